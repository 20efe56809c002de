import "./examples.css";

import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from "@graphiql/react";

import { EXAMPLES, type Example } from "./examples";

/** A pane of GraphiQL that lists the example queries; each opens in a tab of its own. */
export const EXAMPLES_PLUGIN: GraphiQLPlugin = { title: "Examples", icon: ExamplesIcon, content: Examples };

function Examples() {
  const { addTab, changeTab } = useGraphiQLActions();
  const { tabs, queryEditor } = useGraphiQL(({ tabs, queryEditor }) => ({ tabs, queryEditor }));
  const open = ({ query }: Example) => {
    const opened = tabs.findIndex((tab) => tab.query === query);
    if (opened >= 0) return changeTab(opened);
    addTab();
    queryEditor?.setValue(query);
  };

  return (
    <section className="examples" aria-label="Example queries">
      <h2>Examples</h2>
      <ul>
        {EXAMPLES.map((example) => (
          <li key={example.title}>
            <button type="button" onClick={() => open(example)}>
              {example.title}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ExamplesIcon() {
  return (
    <svg viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M2.5 3.5h11M2.5 8h11M2.5 12.5h7" strokeLinecap="round" />
    </svg>
  );
}
