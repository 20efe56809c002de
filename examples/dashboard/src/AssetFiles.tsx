import { graphql } from "./gql";
import { ask, useAnswer } from "./graph";
import { useViewer } from "./viewer";

const FILES = graphql(`
  query AssetFiles($id: ID!, $from: Date!, $to: Date!, $languages: [String!]) {
    node(id: $id) {
      ... on InstalledProduct {
        documents(languages: $languages) {
          id
          title
          kindLabel
          version
          url
        }
        uptimeReportAccess {
          entitled
          reasonLabel
        }
        uptimeReportUrl(from: $from, to: $to)
        endOfLifeStatementUrl
      }
    }
  }
`);

/** What is written about a piece of equipment, and the statements made of it: links that open in place (F6, F11, F12). */
export function AssetFiles({ id }: { readonly id: string }) {
  const { words, locale } = useViewer();
  const to = new Date();
  const from = new Date(to.getTime() - 90 * 24 * 3600 * 1000);
  const period = { from: from.toISOString().slice(0, 10), to: to.toISOString().slice(0, 10) };
  const { data, problem } = useAnswer(() => ask(FILES, { id, languages: [locale], ...period }), `files ${id}`);
  const asset = data?.node && "documents" in data.node ? data.node : null;
  if (problem) return <p role="alert">{problem}</p>;
  if (asset === null) return <p className="soft">{words.loading}</p>;
  return (
    <ul className="files" aria-label={words.documents}>
      {asset.documents?.map((each) => (
        <li key={each.id}>
          <a href={each.url}>{each.title}</a> <small>{[each.kindLabel, each.version].filter(Boolean).join(" ")}</small>
        </li>
      ))}
      <li>
        {asset.uptimeReportUrl ? (
          <a href={asset.uptimeReportUrl}>{words.uptime}</a>
        ) : (
          <>
            {words.uptime} <small>{asset.uptimeReportAccess?.reasonLabel}</small>
          </>
        )}
      </li>
      {asset.endOfLifeStatementUrl ? (
        <li>
          <a href={asset.endOfLifeStatementUrl}>{words.endOfLife}</a>
        </li>
      ) : null}
    </ul>
  );
}
