import { useState } from "react";
import { AssetFiles } from "./AssetFiles";
import { ExportButton } from "./ExportButton";
import { graphql } from "./gql";
import type { OperationalState } from "./gql/graphql";
import { ask, useAnswer } from "./graph";
import { Panel } from "./Panel";
import { useViewer } from "./viewer";

const COUNTS = graphql(`
  query StateCounts {
    operationalStateCounts {
      state
      stateLabel
      count
    }
  }
`);

const FLEET = graphql(`
  query Fleet($states: [OperationalState!]) {
    installedProducts(filter: { operationalState: $states }, first: 50, orderBy: [{ field: DESCRIPTION }]) {
      totalCount
      nodes {
        id
        assetId
        description
        customName
        serialNumber
        modalityLabel
        functionalLocationDescription
        operationalState
        operationalStateLabel
      }
    }
  }
`);

/** Which equipment runs and which does not (F4): counts as buttons, and the list that each opens. */
export function Fleet() {
  const { words } = useViewer();
  const [state, setState] = useState<OperationalState | null>(null);
  const [opened, setOpened] = useState<string | null>(null);
  const counts = useAnswer(() => ask(COUNTS), "counts");
  const states = state === null ? null : [state];
  const fleet = useAnswer(() => ask(FLEET, { states }), `fleet ${state ?? ""}`);
  const found = fleet.data?.installedProducts;
  const hidden = (found?.totalCount ?? 0) - (found?.nodes.length ?? 0);
  return (
    <Panel
      title={words.fleet}
      problem={fleet.problem ?? counts.problem}
      loading={found ? null : words.loading}
      actions={<ExportButton of={{ installedProducts: { filter: { operationalState: states } } }} />}
    >
      <div className="states" role="group" aria-label={words.state}>
        <button type="button" aria-pressed={state === null} onClick={() => setState(null)}>
          {words.all}
        </button>
        {counts.data?.operationalStateCounts
          ?.filter((each) => each.count > 0)
          .map((each) => (
            <button
              key={each.state}
              type="button"
              className={each.state.toLowerCase()}
              aria-pressed={state === each.state}
              onClick={() => setState(each.state)}
            >
              <strong>{each.count}</strong> {each.stateLabel}
            </button>
          ))}
      </div>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.asset}</th>
            <th scope="col">{words.location}</th>
            <th scope="col">{words.state}</th>
          </tr>
        </thead>
        <tbody>
          {found?.nodes.map((row) => (
            <tr key={row.id}>
              <td>
                <button
                  type="button"
                  className="link"
                  aria-expanded={opened === row.id}
                  onClick={() => setOpened(opened === row.id ? null : row.id)}
                >
                  {row.customName ?? row.description ?? row.assetId}
                </button>
                <small>{[row.modalityLabel, row.serialNumber ?? row.assetId].filter(Boolean).join(" · ")}</small>
                {opened === row.id ? <AssetFiles id={row.id} /> : null}
              </td>
              <td>{row.functionalLocationDescription}</td>
              <td>
                <span className={`dot ${(row.operationalState ?? "unknown").toLowerCase()}`} aria-hidden="true" />
                {row.operationalStateLabel}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {hidden > 0 ? <p className="soft">{words.more(hidden)}</p> : null}
    </Panel>
  );
}
