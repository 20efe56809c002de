import { graphql } from "./gql";
import { ask, useAnswer } from "./graph";
import { Panel } from "./Panel";
import { useViewer } from "./viewer";
import { written } from "./words";

const CONTRACTS = graphql(`
  query Contracts {
    serviceContracts(orderBy: [{ field: END_DATE }], first: 12, filter: { status: [ACTIVE] }) {
      totalCount
      nodes {
        id
        number
        description
        endDate
        openEnded
        expiryStatus
        expiryStatusLabel
      }
    }
  }
`);

/** Contracts in force with their traffic lights (V25), what ends first on top. */
export function Contracts() {
  const { words, locale, timeZone } = useViewer();
  const { data, problem } = useAnswer(() => ask(CONTRACTS), "contracts");
  const contracts = data?.serviceContracts;
  const hidden = (contracts?.totalCount ?? 0) - (contracts?.nodes.length ?? 0);
  return (
    <Panel title={words.contracts} problem={problem} loading={contracts ? null : words.loading}>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.contract}</th>
            <th scope="col">{words.ends}</th>
          </tr>
        </thead>
        <tbody>
          {contracts?.nodes.map((row) => (
            <tr key={row.id}>
              <td>
                {row.number} <small>{row.description}</small>
              </td>
              <td>
                <span className={`dot ${(row.expiryStatus ?? "unknown").toLowerCase()}`} aria-hidden="true" />
                {row.openEnded ? words.openEnded : written(row.endDate, locale, timeZone)}
                <small>{row.expiryStatusLabel}</small>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {hidden > 0 ? <p className="soft">{words.more(hidden)}</p> : null}
    </Panel>
  );
}
