"""Search (F3): assets, cases, contracts, locations and documents by number, name and text, within what may be seen."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
import strawberry

from auth.documents import AssetDocument as DocumentRow
from auth.rules import Action
from auth.search import Hit, Results
from connectors.search.folding import spans_of
from connectors.vocabulary import SearchKind
from schema.access import Access
from schema.batch import batched
from schema.computed import computed
from schema.context import Context
from schema.cost import sliced, weighs
from schema.document import WRITTEN_ABOUT, AssetDocument
from schema.errors import BadInput
from schema.labels import camel, label_field
from schema.lazy import CaseType, InstalledProductType, LocationType, ServiceContractType

MOST_HITS = 100
FURTHEST = 1_000
LONGEST_TEXT = 200
_EXCERPT = 60
"""Characters on either side of a match that are shown of a long text."""

_SHOWN: Mapping[SearchKind, tuple[str, ...]] = {
    SearchKind.INSTALLED_PRODUCT: (
        "description",
        "asset_id",
        "serial_number",
        "technical_id",
        "installed_product_number",
        "asset_tag",
        "udi",
        "product_code",
    ),
    SearchKind.CASE: ("number", "id", "description", "long_text", "purchase_order"),
    SearchKind.SERVICE_CONTRACT: ("number", "description", "purchase_order", "type"),
    SearchKind.LOCATION: ("name", "functional_location", "street", "postal_code", "city"),
    SearchKind.DOCUMENT: ("title", "version"),
}
"""Where matches are marked, by kind: attributes of its record."""

_READS = {
    "InstalledProduct": [*_SHOWN[SearchKind.INSTALLED_PRODUCT], *WRITTEN_ABOUT],
    "Case": [*_SHOWN[SearchKind.CASE], "status"],
    "ServiceContract": list(_SHOWN[SearchKind.SERVICE_CONTRACT]),
    "Location": list(_SHOWN[SearchKind.LOCATION]),
}


class HitRow(msgspec.Struct, frozen=True):
    """A hit, with what of it is marked."""

    kind: SearchKind
    record: Any  # Any: the record that the kind is of
    custom_name: str | None
    terms: tuple[tuple[str, tuple[str, ...]], ...]


@strawberry.type(description="A part of a text.", directives=[Access(action=Action.READ_EQUIPMENT)])
class SearchFragment:
    text: str
    is_match: bool = strawberry.field(description="Whether it is what was looked for.")


@strawberry.type(
    description="A text in which something was found, in parts: put together they are the text, or an excerpt of it.",
    directives=[Access(action=Action.READ_EQUIPMENT)],
)
class SearchHighlight:
    field: str = strawberry.field(description="The field that holds it, as `serialNumber`.")
    fragments: list[SearchFragment] = strawberry.field(description="In their order.")


@strawberry.type(description="Something that was found.", directives=[Access(action=Action.READ_EQUIPMENT)])
class SearchHit:
    kind: SearchKind
    kind_label: str = label_field("kind")

    @computed("Where what was looked for stands in it.", needs=[])
    def highlights(record: HitRow, context: Context) -> list[SearchHighlight]:
        return _highlights(record)

    @computed("The equipment, where it is some.", needs=[], graphql_type=InstalledProductType | None)
    def installed_product(record: HitRow, context: Context) -> Any:
        return _of(record, SearchKind.INSTALLED_PRODUCT)

    @computed("The case, where it is one.", needs=[], graphql_type=CaseType | None)
    def case(record: HitRow, context: Context) -> Any:
        return _of(record, SearchKind.CASE)

    @computed("The contract, where it is one.", needs=[], graphql_type=ServiceContractType | None)
    def service_contract(record: HitRow, context: Context) -> Any:
        return _of(record, SearchKind.SERVICE_CONTRACT)

    @computed("The location, where it is one.", needs=[], graphql_type=LocationType | None)
    def location(record: HitRow, context: Context) -> Any:
        return _of(record, SearchKind.LOCATION)

    @computed("The document, where it is one.", needs=[], graphql_type=AssetDocument | None)
    def document(record: HitRow, context: Context) -> Any:
        return _of(record, SearchKind.DOCUMENT)


@strawberry.type(description="How much there is of a kind.", directives=[Access(action=Action.READ_EQUIPMENT)])
class SearchFacet:
    kind: SearchKind
    kind_label: str = label_field("kind")
    count: int


@strawberry.type(description="What was found, the best first.", directives=[Access(action=Action.READ_EQUIPMENT)])
class SearchResult:
    hits: list[SearchHit] = strawberry.field(description="The best first.")
    total_count: int = strawberry.field(description="How much there is of all kinds that were asked for.")
    facets: list[SearchFacet] = strawberry.field(description="How much of each kind; kinds without any are left out.")
    as_of: datetime | None = strawberry.field(
        description="What changed later may not be found yet: cases of the last minute or two, anything else of the "
        "last hour, unless somebody told of it. Null: the systems are being read for the first time, and much is "
        "missing."
    )


@batched(
    SearchResult | None,
    description="Finds things by numbers (with or without leading zeros), serial numbers, UDIs, names and texts (F3). "
    "Every word must be there, as the beginning of one; accents and case don't matter, and a letter or two may be "
    "wrong. Numbers come first, then what holds the words as they are, then what may have been meant; documents behind "
    "the rest of each.",
    needs=[],
    reads=_READS,
    directives=[
        Access(action=Action.READ_EQUIPMENT),
        weighs(100),
        sliced(20, "first", fields=["hits"]),
    ],
)
async def search(
    parents: Any,
    context: Context,
    *,
    text: Annotated[str, strawberry.argument(description=f"At most {LONGEST_TEXT} characters.")],
    kinds: Annotated[list[SearchKind] | None, strawberry.argument(description="Left out: all.")] = None,
    first: Annotated[int, strawberry.argument(description=f"So many hits; at most {MOST_HITS}.")] = 20,
    offset: Annotated[int, strawberry.argument(description=f"Hits to pass over; at most {FURTHEST}.")] = 0,
) -> Any:
    if len(text) > LONGEST_TEXT:
        raise BadInput(f"Search for at most {LONGEST_TEXT} characters.", field="text")
    for name, value, most in (("first", first, MOST_HITS), ("offset", offset, FURTHEST)):
        if not 0 <= value <= most:
            raise BadInput(f"Between 0 and {most}.", field=name)
    asked = tuple(SearchKind) if kinds is None else tuple(dict.fromkeys(kinds))
    visible = await context.visible()
    found = await context.search.find(visible, context.viewer, text, asked, first=first, offset=offset)
    names = await _custom_names(context, found.hits)
    return [_result(found, names) for _ in parents]


def _result(found: Results, names: Mapping[str, str | None]) -> SearchResult:
    rows = [HitRow(hit.kind, hit.record, names.get(getattr(hit.record, "id", "")), found.terms) for hit in found.hits]
    facets = [
        SearchFacet(kind=kind, count=count) for kind, count in sorted(found.counts.items(), key=lambda each: -each[1])
    ]
    hits: Any = rows  # the rows that the type is a view over
    return SearchResult(hits=hits, total_count=sum(found.counts.values()), facets=facets, as_of=found.as_of)


async def _custom_names(context: Context, hits: Iterable[Hit]) -> Mapping[str, str | None]:
    ids = [hit.record.id for hit in hits if hit.kind is SearchKind.INSTALLED_PRODUCT]  # type: ignore[union-attr]  # an asset
    own = await (await context.visible()).custom_asset_data(ids) if ids else {}
    return {key: data.name for key, data in own.items()}


def _of(row: HitRow, kind: SearchKind) -> Any:  # Any: the record that the kind is of
    return row.record if row.kind is kind else None


def _highlights(row: HitRow) -> list[SearchHighlight]:
    record = row.record.document if isinstance(row.record, DocumentRow) else row.record
    texts = [(attribute, getattr(record, attribute)) for attribute in _SHOWN[row.kind]]
    texts.append(("custom_name", row.custom_name))
    if row.kind is SearchKind.CASE and not row.record.status.is_registered:
        texts = [(attribute, text) for attribute, text in texts if attribute != "id"]
    marked = [(attribute, fragments_of(text, row.terms)) for attribute, text in texts if text]
    found = [(attribute, fragments) for attribute, fragments in marked if any(part.is_match for part in fragments)]
    return [SearchHighlight(field=_NAMED.get((row.kind, name), camel(name)), fragments=parts) for name, parts in found]


_NAMED = {(SearchKind.CASE, "id"): "sapNotificationNumber"}


def fragments_of(text: str, terms: Sequence[tuple[str, tuple[str, ...]]]) -> list[SearchFragment]:
    """The text with what was looked for in parts of its own; of a long one an excerpt around the first of them."""
    matches = [(start, end) for start, end, word in spans_of(text) if _is_meant(word, terms)]
    if not matches:
        return []
    first, last = 0, len(text)
    if last > 4 * _EXCERPT:
        first, last = max(0, matches[0][0] - _EXCERPT), min(last, matches[0][1] + 3 * _EXCERPT)
    parts = []
    place = first
    for start, end in matches:
        if end > last:
            break
        parts += [SearchFragment(text=text[place:start], is_match=False)] if start > place else []
        parts.append(SearchFragment(text=text[start:end], is_match=True))
        place = end
    return [*parts, SearchFragment(text=text[place:last], is_match=False)] if place < last else parts


def _is_meant(word: str, terms: Sequence[tuple[str, tuple[str, ...]]]) -> bool:
    return any(word.startswith(term) or word in others for term, others in terms)
