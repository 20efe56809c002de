import { useEffect } from "react";
import { ExportButton } from "./ExportButton";
import { graphql } from "./gql";
import { ask, listen, useAnswer } from "./graph";
import { Panel } from "./Panel";
import { useViewer } from "./viewer";
import { written } from "./words";

const CASES = graphql(`
  query OpenCases {
    cases(filter: { open: true }, orderBy: [{ field: PRIORITY }], first: 12) {
      totalCount
      nodes {
        id
        number
        description
        priority
        priorityLabel
        statusLabel
        createdAt
        installedProduct {
          description
          customName
        }
      }
    }
  }
`);

const CHANGED = graphql(`
  subscription CaseChanged {
    caseChanged {
      number
    }
  }
`);

/** What is open, the most urgent first (F1, F2); looked at again whenever a case changes (F18). */
export function Cases() {
  const { words, locale, timeZone } = useViewer();
  const { data, problem, again } = useAnswer(() => ask(CASES), "cases");
  useEffect(() => listen(CHANGED, {}, again), [again]);
  const cases = data?.cases;
  const hidden = (cases?.totalCount ?? 0) - (cases?.nodes.length ?? 0);
  return (
    <Panel
      title={words.openCases}
      problem={problem}
      loading={cases ? null : words.loading}
      actions={<ExportButton of={{ cases: { filter: { open: true }, orderBy: [{ field: "PRIORITY" }] } }} />}
    >
      <table>
        <thead>
          <tr>
            <th scope="col">{words.caseNumber}</th>
            <th scope="col">{words.priority}</th>
            <th scope="col">{words.status}</th>
            <th scope="col">{words.created}</th>
          </tr>
        </thead>
        <tbody>
          {cases?.nodes.map((row) => (
            <tr key={row.id}>
              <td>
                {row.number} <small>{[row.description, row.installedProduct?.customName ?? row.installedProduct?.description].filter(Boolean).join(" · ")}</small>
              </td>
              <td>
                <span className={`dot ${(row.priority ?? "none").toLowerCase()}`} aria-hidden="true" />
                {row.priorityLabel}
              </td>
              <td>{row.statusLabel}</td>
              <td>{written(row.createdAt, locale, timeZone)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {hidden > 0 ? <p className="soft">{words.more(hidden)}</p> : null}
    </Panel>
  );
}
