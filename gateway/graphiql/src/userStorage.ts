const SECRET = /authorization|cookie|token|secret|key|password/i;

/**
 * Where GraphiQL keeps tabs, variables, headers and history: for each user apart, in this browser. Headers that may
 * carry a secret are left out.
 */
export function userStorage(user: string, store: Storage = localStorage): Storage {
  const prefix = `${user}/`;
  const names = () => Object.keys(store).filter((name) => name.startsWith(prefix));
  return {
    get length() {
      return names().length;
    },
    key: (index) => names()[index]?.slice(prefix.length) ?? null,
    getItem: (name) => store.getItem(prefix + name),
    removeItem: (name) => store.removeItem(prefix + name),
    clear: () => names().forEach((name) => store.removeItem(name)),
    setItem: (name, value) => store.setItem(prefix + name, kept(name, value)),
  };
}

/** GraphiQL keeps headers under a name of their own, and in each of its tabs. */
function kept(name: string, value: string): string {
  if (name.endsWith("headers")) return withoutSecrets(value);
  return name.endsWith("tabState") ? rewritten(value, tabsWithoutSecrets) : value;
}

function tabsWithoutSecrets(state: unknown): unknown {
  if (!isObject(state) || !Array.isArray(state["tabs"])) return state;
  const tabs = state["tabs"].map((tab: unknown) => {
    if (!isObject(tab) || typeof tab["headers"] !== "string") return tab;
    return { ...tab, headers: withoutSecrets(tab["headers"]) };
  });
  return { ...state, tabs };
}

function withoutSecrets(headers: string): string {
  return rewritten(headers, (given) =>
    isObject(given) ? Object.fromEntries(Object.entries(given).filter(([name]) => !SECRET.test(name))) : {},
  );
}

/** JSON, changed; nothing of what is none. */
function rewritten(text: string, change: (value: unknown) => unknown): string {
  try {
    return JSON.stringify(change(JSON.parse(text)), null, 2);
  } catch {
    return "";
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
