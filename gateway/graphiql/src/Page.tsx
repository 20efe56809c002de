import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { useCallback, useEffect, useMemo, useState } from "react";

import { ANSWER_PLUGIN } from "./AnswerPlugin";
import { EXAMPLES } from "./examples";
import { EXAMPLES_PLUGIN } from "./ExamplesPlugin";
import { gatewayFetcher } from "./fetcher";
import { keepSession, loadSession, type Session } from "./session";
import { SignInBar } from "./SignInBar";
import { userStorage } from "./userStorage";
import { useViewer } from "./useViewer";
import type { ViewerState } from "./viewer";

const PLUGINS = [EXAMPLES_PLUGIN, ANSWER_PLUGIN, HISTORY_PLUGIN];
/** The pane open at first; on a narrow screen none, so that the editor has room. */
const FIRST_PANE = matchMedia("(max-width: 48rem)").matches ? {} : { visiblePlugin: EXAMPLES_PLUGIN };
const DEFAULT_TABS = EXAMPLES.slice(0, 1).map(({ query }) => ({ query }));

/** The sign-in bar above GraphiQL. A change of the token makes GraphiQL read the schema anew. */
export function Page() {
  const [session, setSession] = useState(loadSession);
  const token = session?.token ?? null;
  const [viewer, askAgain] = useViewer(token);
  const user = useUser(viewer);
  const storage = useMemo(() => userStorage(user ?? ""), [user]);
  const fetcher = useMemo(() => gatewayFetcher(token, askAgain), [token, askAgain]);
  const changeSession = useCallback((next: Session | null) => {
    keepSession(next);
    setSession(next);
  }, []);

  return (
    <>
      <SignInBar session={session} viewer={viewer} onChange={changeSession} />
      <main>
        {/* Each user has tabs, variables and headers of their own; the storage keeps no header that carries a secret. */}
        {user !== null && (
          <GraphiQL
            key={user}
            storage={storage}
            fetcher={fetcher}
            plugins={PLUGINS}
            {...FIRST_PANE}
            defaultTabs={DEFAULT_TABS}
            defaultEditorToolsVisibility={false}
            shouldPersistHeaders
            showPersistHeadersSettings={false}
            inputValueDeprecation
            schemaDescription
          >
            {/* The logo of our own leads to no other site. */}
            <GraphiQL.Logo>GraphiQL</GraphiQL.Logo>
          </GraphiQL>
        )}
      </main>
    </>
  );
}

/** Whose tabs are shown; null until it is known who that is. While one is asked for anew they stay. */
function useUser(viewer: ViewerState): string | null {
  const [user, setUser] = useState<string | null>(null);
  useEffect(() => {
    if (viewer.kind !== "asking") setUser(viewer.kind === "known" ? viewer.label : "nobody");
  }, [viewer]);
  return user;
}
