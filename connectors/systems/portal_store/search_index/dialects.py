"""How each database keeps words and finds them: in `search_texts`, by their entry's id.

A word holds letters and digits alone (`connectors.search.folding`): none means anything in a database's own language of
queries, and each is quoted all the same.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any, Protocol

from connectors.search.index import SearchEntry, SearchQuery

Parameters = Mapping[str, Any]  # Any: what a statement binds

_MOST_PLACES = 16_383  # of words in one text (PostgreSQL)


class Dialect(Protocol):
    """`matching` joins the entries `e` that a query `:meant` finds; `order` puts them in order, by `:number` and
    `:strict` too, and what is written about things behind the things."""

    matching: str
    order: str
    add: str
    remove: str

    def one_of(self, column: str, name: str) -> str:
        """That a column holds one of the values that are bound under that name."""
        ...

    def values(self, values: Collection[Any]) -> object:
        """Values as they are bound."""
        ...

    def row(self, entry_id: int, entry: SearchEntry) -> Parameters: ...

    def queries(self, query: SearchQuery) -> Parameters:
        """`number`: the words are numbers of an entry; `strict`: it holds words that begin so; `meant`: or what may
        have been meant."""
        ...


class Sqlite:
    matching = "search_texts JOIN search_entries AS e ON e.id = search_texts.rowid AND search_texts MATCH :meant"
    order = (
        "e.id IN (SELECT rowid FROM search_texts WHERE search_texts MATCH :number) DESC, "
        "e.id IN (SELECT rowid FROM search_texts WHERE search_texts MATCH :strict) DESC, "
        "e.kind = 'DOCUMENT', bm25(search_texts, 10.0, 4.0, 1.0), e.id"
    )
    add = "INSERT INTO search_texts (rowid, numbers, title, body) VALUES (:id, :numbers, :title, :body)"
    remove = "DELETE FROM search_texts WHERE rowid IN (SELECT value FROM json_each(:ids))"

    def one_of(self, column: str, name: str) -> str:
        return f"{column} IN (SELECT value FROM json_each(:{name}))"  # noqa: S608  # names of our own

    def values(self, values: Collection[Any]) -> object:
        return json.dumps(list(values))

    def row(self, entry_id: int, entry: SearchEntry) -> Parameters:
        texts = {"numbers": entry.numbers, "title": entry.title, "body": entry.body}
        return {"id": entry_id, **{name: " ".join(words) for name, words in texts.items()}}

    def queries(self, query: SearchQuery) -> Parameters:
        return {
            "number": "numbers : (" + " AND ".join(f'"{word}"' for word, _ in query.terms) + ")",
            "strict": " AND ".join(f'"{word}"*' for word, _ in query.terms),
            "meant": " AND ".join(
                "(" + " OR ".join([f'"{word}"*', *(f'"{other}"' for other in others)]) + ")"
                for word, others in query.terms
            ),
        }


class Postgresql:
    matching = "search_texts AS t JOIN search_entries AS e ON e.id = t.id AND t.words @@ CAST(:meant AS tsquery)"
    order = (
        "t.words @@ CAST(:number AS tsquery) DESC, t.words @@ CAST(:strict AS tsquery) DESC, "
        "e.kind = 'DOCUMENT', ts_rank(t.words, CAST(:meant AS tsquery)) DESC, e.id"
    )
    add = "INSERT INTO search_texts (id, words) VALUES (:id, CAST(:words AS tsvector))"
    remove = "DELETE FROM search_texts WHERE id = ANY(CAST(:ids AS bigint[]))"

    def one_of(self, column: str, name: str) -> str:
        return f"{column} = ANY(CAST(:{name} AS text[]))"

    def values(self, values: Collection[Any]) -> object:
        return list(values)

    def row(self, entry_id: int, entry: SearchEntry) -> Parameters:
        weighed = [
            (word, weight)
            for words, weight in ((entry.numbers, "A"), (entry.title, "B"), (entry.body, "D"))
            for word in words
        ]
        placed = (f"'{word}':{min(place, _MOST_PLACES)}{weight}" for place, (word, weight) in enumerate(weighed, 1))
        return {"id": entry_id, "words": " ".join(placed)}

    def queries(self, query: SearchQuery) -> Parameters:
        return {
            "number": " & ".join(f"'{word}':A" for word, _ in query.terms),
            "strict": " & ".join(f"'{word}':*" for word, _ in query.terms),
            "meant": " & ".join(
                "(" + " | ".join([f"'{word}':*", *(f"'{other}'" for other in others)]) + ")"
                for word, others in query.terms
            ),
        }


def dialect_of(name: str) -> Dialect:
    return Postgresql() if name == "postgresql" else Sqlite()
