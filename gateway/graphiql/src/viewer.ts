import { authorization, fetchJson, GRAPHQL_PATH, JSON_HEADERS } from "./endpoint";
import query from "./viewer.graphql?raw";

/** Who the gateway says one is, as far as is known. */
export type ViewerState =
  | { readonly kind: "anonymous" }
  | { readonly kind: "asking" }
  | { readonly kind: "known"; readonly label: string }
  | { readonly kind: "refused"; readonly reason: string };

/** What `viewer.graphql` selects. */
interface Viewer {
  readonly subject: string;
  readonly email: string | null;
  readonly roleLabel: string;
  readonly access: string | null;
}

interface ViewerAnswer {
  readonly data?: { readonly viewer?: Viewer | null } | null;
  readonly errors?: readonly { readonly message: string }[];
}

/**
 * Asks the gateway who the bearer of `token` is, or without one who this browser is signed in as. Never throws: what
 * goes wrong becomes the reason.
 */
export async function askViewer(token: string | null, signal: AbortSignal): Promise<ViewerState> {
  try {
    const response = await fetchJson(GRAPHQL_PATH, token, {
      method: "POST",
      headers: { ...JSON_HEADERS, ...authorization(token) },
      body: JSON.stringify({ query }),
      signal,
    });
    if (token === null && response.status === 401) return { kind: "anonymous" };
    return readViewer((await response.json()) as ViewerAnswer);
  } catch (error) {
    return { kind: "refused", reason: error instanceof Error ? error.message : String(error) };
  }
}

function readViewer(answer: ViewerAnswer): ViewerState {
  const viewer = answer.data?.viewer;
  if (viewer) return { kind: "known", label: describe(viewer) };
  return { kind: "refused", reason: answer.errors?.[0]?.message ?? "the gateway knows no viewer for this token" };
}

function describe({ email, subject, roleLabel, access }: Viewer): string {
  const unassigned = access === "NO_ACCOUNTS" ? " · no accounts assigned yet" : "";
  return `${email ?? subject} · ${roleLabel}${unassigned}`;
}
