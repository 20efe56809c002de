import { authorization, fetchJson, GRAPHQL_PATH, JSON_HEADERS } from "./endpoint";
import query from "./viewer.graphql?raw";

/** Who the gateway says one is, as far as is known. */
export type ViewerState =
  | { readonly kind: "anonymous" }
  | { readonly kind: "asking" }
  | { readonly kind: "known"; readonly label: string }
  | { readonly kind: "refused"; readonly reason: string };

interface ViewerAnswer {
  readonly data?: { readonly viewer?: Readonly<Record<string, unknown>> | null } | null;
  readonly errors?: readonly { readonly message: string }[];
}

/** Asks the gateway who the bearer of `token` is. Never throws: what goes wrong becomes the reason. */
export async function askViewer(token: string, signal: AbortSignal): Promise<ViewerState> {
  try {
    const response = await fetchJson(GRAPHQL_PATH, {
      method: "POST",
      headers: { ...JSON_HEADERS, ...authorization(token) },
      body: JSON.stringify({ query }),
      signal,
    });
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

/** The texts of the answer in the order asked for; of an object with a label (a value with its translation), the label. */
function describe(viewer: Readonly<Record<string, unknown>>): string {
  const texts = Object.values(viewer).map((value) =>
    typeof value === "object" && value !== null && "label" in value ? value.label : value,
  );
  return texts.filter((text): text is string => typeof text === "string" && text !== "").join(" · ") || "signed in";
}
