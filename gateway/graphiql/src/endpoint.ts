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
 * A fetch that sends no cookies (who asks is the bearer token, and nobody else) and throws a readable error when the
 * answer is not JSON, as from a proxy between the page and the gateway.
 */
export async function fetchJson(url: RequestInfo | URL, options: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, { ...options, credentials: "omit", referrerPolicy: "no-referrer" });
  if (!/[/+]json\b/.test(response.headers.get("content-type") ?? "")) {
    throw new Error(`The gateway answered ${response.status} ${response.statusText} without JSON`.trim());
  }
  return response;
}
