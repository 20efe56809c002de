/** The dashboard's own words. What the graph names (states, priorities, kinds) comes with its labels. */
const ENGLISH = {
  title: "Equipment",
  signIn: "Sign in",
  signOut: "Sign out",
  signInWhy: "See which of your equipment works, what is open on it, and what is planned.",
  loading: "Loading…",
  fleet: "Which equipment runs",
  all: "All",
  openCases: "Open cases",
  visits: "This month",
  contracts: "Contracts",
  search: "Search by number, name or text",
  found: "Found",
  nothing: "Nothing was found.",
  none: "None.",
  asset: "Equipment",
  location: "Location",
  state: "State",
  caseNumber: "Case",
  priority: "Priority",
  status: "Status",
  created: "Created",
  contract: "Contract",
  ends: "Ends",
  openEnded: "open-ended",
  export: "Export",
  exporting: "Exporting…",
  documents: "Documents",
  endOfLife: "End-of-life statement",
  uptime: "Uptime report",
  more: (count: number) => `and ${count} more`,
  previous: "Previous month",
  next: "Next month",
  close: "Close",
};

type Words = typeof ENGLISH;

const POLISH: Words = {
  title: "Urządzenia",
  signIn: "Zaloguj się",
  signOut: "Wyloguj się",
  signInWhy: "Zobacz, które z Twoich urządzeń działają, co jest na nich otwarte i co zaplanowano.",
  loading: "Ładowanie…",
  fleet: "Które urządzenia działają",
  all: "Wszystkie",
  openCases: "Otwarte zgłoszenia",
  visits: "Ten miesiąc",
  contracts: "Umowy",
  search: "Szukaj po numerze, nazwie lub tekście",
  found: "Znaleziono",
  nothing: "Nic nie znaleziono.",
  none: "Brak.",
  asset: "Urządzenie",
  location: "Lokalizacja",
  state: "Stan",
  caseNumber: "Zgłoszenie",
  priority: "Priorytet",
  status: "Status",
  created: "Utworzono",
  contract: "Umowa",
  ends: "Do",
  openEnded: "bezterminowo",
  export: "Eksportuj",
  exporting: "Eksportowanie…",
  documents: "Dokumenty",
  endOfLife: "Oświadczenie o końcu życia",
  uptime: "Raport sprawności",
  more: (count: number) => `i ${count} więcej`,
  previous: "Poprzedni miesiąc",
  next: "Następny miesiąc",
  close: "Zamknij",
};

export function wordsOf(locale: string): Words {
  return locale.startsWith("pl") ? POLISH : ENGLISH;
}

/** A day or a moment as the viewer writes it. */
export function written(value: string | null | undefined, locale: string, zone: string): string {
  if (!value) return "";
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(value);
  const options: Intl.DateTimeFormatOptions = isDay
    ? { dateStyle: "medium", timeZone: "UTC" }
    : { dateStyle: "short", timeStyle: "short", timeZone: zone };
  return new Intl.DateTimeFormat(locale, options).format(new Date(isDay ? `${value}T00:00:00Z` : value));
}
