import { useCallback, useEffect, useState } from "react";

import { askViewer, type ViewerState } from "./viewer";

/** Who the bearer of `token` is, or without one who this browser is signed in as, and a function that asks anew. */
export function useViewer(token: string | null): [ViewerState, () => void] {
  const [viewer, setViewer] = useState<ViewerState>({ kind: "asking" });
  const [turn, setTurn] = useState(0);

  useEffect(() => {
    const request = new AbortController();
    setViewer({ kind: "asking" });
    void askViewer(token, request.signal).then((answer) => {
      if (!request.signal.aborted) setViewer(answer);
    });
    return () => request.abort();
  }, [token, turn]);

  return [viewer, useCallback(() => setTurn((last) => last + 1), [])];
}
