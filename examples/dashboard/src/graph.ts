/** Asking the graph: queries typed by its SDL, and live answers over Server-Sent Events. */
import { createClient } from "graphql-sse";
import { useCallback, useEffect, useState } from "react";
import type { TypedDocumentString } from "./gql/graphql";
import { currentToken, forgetToken } from "./session";

const GRAPH = "/graphql";

interface Problem {
  readonly message: string;
  readonly extensions?: { readonly code?: string };
}

/** What went wrong, in the graph's words, which are meant for people. */
export class GraphError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map((each) => each.message).join(" "));
  }
}

function credentials(): Record<string, string> {
  const token = currentToken();
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** The answer. Throws where a part that was asked for is missing: each part of the page asks for one thing, and tells it. */
export async function ask<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  ...[variables]: Variables extends Record<string, never> ? [] : [Variables]
): Promise<Result> {
  const answer = await fetch(GRAPH, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/graphql-response+json", ...credentials() },
    body: JSON.stringify({ query: document.toString(), variables }),
  });
  const { data, errors } = (await answer.json()) as { data?: Result; errors?: Problem[] };
  if (errors?.some((each) => each.extensions?.code === "UNAUTHENTICATED")) {
    forgetToken();
    location.reload();
  }
  if (!data) throw new GraphError(errors ?? [{ message: `The portal answers ${answer.status}.` }]);
  if (errors && Object.values(data).includes(null)) throw new GraphError(errors);
  return data;
}

export interface Asked<Result> {
  readonly data: Result | null;
  readonly problem: string | null;
  readonly again: () => void;
}

/** The answer to a question, asked again whenever the question changes. `key` tells one question from another. */
export function useAnswer<Result>(question: () => Promise<Result>, key: string): Asked<Result> {
  const [data, setData] = useState<Result | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    let wanted = true;
    question().then(
      (found) => {
        if (!wanted) return;
        setData(found);
        setProblem(null);
      },
      (error: unknown) => {
        if (wanted) setProblem(error instanceof Error ? error.message : String(error));
      },
    );
    return () => {
      wanted = false;
    };
    // The key says which question it is: the function itself is another with every look at the page.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, round]);
  const again = useCallback(() => setRound((before) => before + 1), []);
  return { data, problem, again };
}

/** Calls `heard` with each event of a subscription until the function that it gives back is called. */
export function listen<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  heard: (event: Result) => void,
): () => void {
  const client = createClient({ url: GRAPH, headers: credentials });
  const stop = client.subscribe<Result>(
    { query: document.toString(), variables: variables as Record<string, unknown> },
    {
      next: ({ data }) => {
        if (data) heard(data);
      },
      error: () => undefined, // the page still shows what it knows, and asks again when it is used
      complete: () => undefined,
    },
  );
  return () => {
    stop();
    client.dispose();
  };
}
