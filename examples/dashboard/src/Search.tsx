import { useState } from "react";
import { graphql } from "./gql";
import type { FindQuery } from "./gql/graphql";
import { ask, useAnswer } from "./graph";
import { useViewer } from "./viewer";

const FIND = graphql(`
  query Find($text: String!) {
    search(text: $text, first: 8) {
      totalCount
      facets {
        kind
        kindLabel
        count
      }
      hits {
        kind
        kindLabel
        highlights {
          field
          fragments {
            text
            isMatch
          }
        }
        installedProduct {
          assetId
          description
          customName
        }
        case {
          number
          description
        }
        serviceContract {
          number
          description
        }
        location {
          description
        }
        document {
          title
          url
        }
      }
    }
  }
`);

type Hit = NonNullable<FindQuery["search"]>["hits"][number];

/** Anything by number, name or text (F3); what was looked for is marked. */
export function Search() {
  const { words } = useViewer();
  const [text, setText] = useState("");
  const wanted = text.trim();
  const { data, problem } = useAnswer(
    () => (wanted === "" ? Promise.resolve(null) : ask(FIND, { text: wanted })),
    `search ${wanted}`,
  );
  const found = wanted === "" ? null : data?.search;
  return (
    <search className="search">
      <input
        type="search"
        value={text}
        maxLength={200}
        placeholder={words.search}
        aria-label={words.search}
        onChange={(event) => setText(event.target.value)}
      />
      {problem && wanted !== "" ? <p role="alert">{problem}</p> : null}
      {found ? (
        <div className="found" role="region" aria-label={words.found}>
          <p className="soft">
            {found.totalCount === 0 ? words.nothing : found.facets.map((each) => `${each.kindLabel}: ${each.count}`).join(" · ")}
          </p>
          <ul>
            {found.hits.map((hit, place) => (
              <li key={`${hit.kind} ${place}`}>
                <strong>{nameOf(hit)}</strong> <small>{hit.kindLabel}</small>
                <Highlights hit={hit} />
              </li>
            ))}
          </ul>
        </div>
      ) : null}
    </search>
  );
}

function nameOf(hit: Hit) {
  if (hit.document) return <a href={hit.document.url}>{hit.document.title}</a>;
  return (
    hit.installedProduct?.customName ??
    hit.installedProduct?.description ??
    hit.case?.number ??
    hit.serviceContract?.number ??
    hit.location?.description ??
    hit.installedProduct?.assetId
  );
}

function Highlights({ hit }: { readonly hit: Hit }) {
  const marked = hit.highlights[0];
  if (!marked) return null;
  return (
    <small className="highlight">
      {marked.fragments.map((part, place) =>
        part.isMatch ? <mark key={place}>{part.text}</mark> : <span key={place}>{part.text}</span>,
      )}
    </small>
  );
}
