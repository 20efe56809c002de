/**
 * The sign-in of this browser tab. It is kept in sessionStorage alone, so that it ends with the tab and no other
 * tab, and nobody who opens the browser later, finds it; it is never part of an address.
 */
export interface Session {
  readonly token: string;
  /** The demo's persona the token was made for; absent for a pasted token. */
  readonly persona?: string;
}

const KEY = "portal.session";

export function loadSession(storage: Storage = sessionStorage): Session | null {
  const text = storage.getItem(KEY);
  if (text === null) return null;
  try {
    const kept: unknown = JSON.parse(text);
    return isSession(kept) ? kept : null;
  } catch {
    return null;
  }
}

export function keepSession(session: Session | null, storage: Storage = sessionStorage): void {
  if (session) storage.setItem(KEY, JSON.stringify(session));
  else storage.removeItem(KEY);
}

/**
 * The bearer token in what a person pasted: white space around it and a leading "Bearer" are taken off.
 * Null when the rest cannot be a token (RFC 6750, section 2.1).
 */
export function readToken(pasted: string): string | null {
  const token = pasted.trim().replace(/^bearer\s+/i, "");
  return /^[A-Za-z0-9\-._~+/]+=*$/.test(token) ? token : null;
}

function isSession(value: unknown): value is Session {
  return typeof value === "object" && value !== null && "token" in value && typeof value.token === "string";
}
