import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { useCallback, useMemo, useState } from "react";

import { EXAMPLES } from "./examples";
import { EXAMPLES_PLUGIN } from "./ExamplesPlugin";
import { gatewayFetcher } from "./fetcher";
import { keepSession, loadSession, type Session } from "./session";
import { SignInBar } from "./SignInBar";
import { useViewer } from "./useViewer";

const PLUGINS = [EXAMPLES_PLUGIN, HISTORY_PLUGIN];
/** The pane open at first; on a narrow screen none, so that the editor has room. */
const FIRST_PANE = matchMedia("(max-width: 48rem)").matches ? {} : { visiblePlugin: EXAMPLES_PLUGIN };
const DEFAULT_TABS = EXAMPLES.slice(0, 1).map(({ query }) => ({ query }));

/** The sign-in bar above GraphiQL. A change of the token makes GraphiQL read the schema anew. */
export function Page() {
  const [session, setSession] = useState(loadSession);
  const token = session?.token ?? null;
  const [viewer, askAgain] = useViewer(token);
  const fetcher = useMemo(() => gatewayFetcher(token, askAgain), [token, askAgain]);
  const changeSession = useCallback((next: Session | null) => {
    keepSession(next);
    setSession(next);
  }, []);

  return (
    <>
      <SignInBar session={session} viewer={viewer} onChange={changeSession} />
      <main>
        {/* Headers can carry a token, so GraphiQL must neither keep them nor offer to. */}
        <GraphiQL
          fetcher={fetcher}
          plugins={PLUGINS}
          {...FIRST_PANE}
          defaultTabs={DEFAULT_TABS}
          defaultEditorToolsVisibility={false}
          shouldPersistHeaders={false}
          showPersistHeadersSettings={false}
          inputValueDeprecation
          schemaDescription
        >
          {/* The logo of our own leads to no other site. */}
          <GraphiQL.Logo>GraphiQL</GraphiQL.Logo>
        </GraphiQL>
      </main>
    </>
  );
}
