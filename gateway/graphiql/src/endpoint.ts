/** Where the graph answers: the page's own origin. */
export const GRAPHQL_PATH = "/graphql";

/** The same address for subscriptions (the graphql-transport-ws protocol). */
export function subscriptionUrl(page: Location = location): string {
  return `${page.protocol === "https:" ? "wss" : "ws"}://${page.host}${GRAPHQL_PATH}`;
}

export const JSON_HEADERS = {
  "content-type": "application/json",
  accept: "application/graphql-response+json, application/json;q=0.9",
} as const;

export function authorization(token: string | null): Record<string, string> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/**
 * A fetch that throws a readable error when the answer is not JSON, as from a proxy between the page and the gateway.
 * Who asks is the bearer of the token and nobody else; without one, whoever this browser is signed in as (a cookie).
 */
export async function fetchJson(
  url: RequestInfo | URL,
  token: string | null,
  options: RequestInit = {},
): Promise<Response> {
  const credentials = token === null ? "same-origin" : "omit";
  const response = await fetch(url, { ...options, credentials, referrerPolicy: "no-referrer" });
  if (!/[/+]json\b/.test(response.headers.get("content-type") ?? "")) {
    throw new Error(`The gateway answered ${response.status} ${response.statusText} without JSON`.trim());
  }
  return response;
}
