import { fetchJson } from "./endpoint";

/** Somebody of the demo's story whom a visitor can be. Only the demo serves them. */
export interface Persona {
  readonly name: string;
  readonly role: string;
  readonly about: string;
}

/** The demo's personas; none where the gateway is not a demo. */
export async function fetchPersonas(signal: AbortSignal): Promise<readonly Persona[]> {
  try {
    const response = await fetchJson("/demo/personas", null, { signal });
    return response.ok ? ((await response.json()) as Persona[]) : [];
  } catch {
    return []; // a gateway that is not a demo may answer with anything but personas
  }
}

/** A bearer token of a persona. Throws an Error with a readable message when the gateway gives none. */
export async function fetchPersonaToken(name: string): Promise<string> {
  const response = await fetchJson("/demo/token", null, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ name }),
  });
  if (!response.ok) throw new Error(`The gateway gave no token for ${name} (${response.status})`);
  return ((await response.json()) as { token: string }).token;
}
