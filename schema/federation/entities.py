"""`_entities` and `_service`: how a router of a composed graph asks for our objects, and for what we hold.

A router sends what it knows of objects, each with its type and a key. They are found under the same rules as anywhere:
the viewer is who the router's request says, "not yours" is "not there", and each type is read once for all.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple, NewType, Union

import strawberry

from auth.rules import Action, decide
from connectors.errors import ConnectorError
from schema.access import Access
from schema.batch import batched
from schema.computed import computed
from schema.context import Context
from schema.cost import sliced
from schema.errors import BadInput, Forbidden
from schema.federation.keys import NATURAL_KEYS, action_for, keys_of_type
from schema.finders import MOST_NODES, find
from schema.lazy import (
    AccountType,
    ArchivedCaseType,
    CaseType,
    InstalledProductType,
    LocationType,
    ServiceContractType,
    ServiceOrderType,
    UserType,
    VisitType,
    WarrantyType,
)
from schema.node import GlobalId, parse_id

Representation = NewType("Representation", object)
REPRESENTATION = strawberry.scalar(
    name="_Any",
    description="What another graph knows of an object of ours: its __typename and the fields of one of its keys.",
    serialize=lambda value: value,
    parse_value=lambda value: value,
)

Entity = Annotated[
    Union[  # noqa: UP007 - lazy types are not joined by |
        AccountType,
        ArchivedCaseType,
        CaseType,
        InstalledProductType,
        LocationType,
        ServiceContractType,
        ServiceOrderType,
        UserType,
        VisitType,
        WarrantyType,
    ],
    strawberry.union("_Entity", description="What other graphs may refer to."),
]


@strawberry.type(
    name="_Service",
    description="This graph, as a subgraph of others.",
    directives=[Access(action=Action.READ_SELF)],
)
class Service:
    sdl: str = strawberry.field(description="The SDL that a composition takes.")


class _Reference(NamedTuple):
    type_name: str
    field: str
    key: str


@batched(
    list[Entity | None],
    name="_entities",
    description="Objects by what another graph knows of them, in that order; null for each that isn't there.",
    needs=[],
    directives=[sliced(MOST_NODES, "representations")],
)
async def entities(
    parents: Sequence[None], context: Context, *, representations: list[Representation]
) -> Sequence[Any]:
    if len(representations) > MOST_NODES:
        raise BadInput(f"At most {MOST_NODES} representations at once.", field="representations")
    references = [_reference(given, index) for index, given in enumerate(representations)]
    known = [each for each in references if isinstance(each, _Reference)]
    found = await _found(context, known)
    return [[found.get(each) if isinstance(each, _Reference) else each for each in references]] * len(parents)


@computed("This graph's SDL, for a composition.", needs=[], graphql_type=Service, name="_service")
def service(_: None, context: Context) -> Any:
    if context.subgraph_sdl is None:
        raise Forbidden("The graph tells its schema only to those who may ask for it.")
    return Service(sdl=context.subgraph_sdl())


def _reference(given: object, index: int) -> _Reference | BadInput:
    """One that names nothing spoils no other."""
    place = f"representations.{index}"
    if not isinstance(given, Mapping):
        return BadInput("A representation is an object with a __typename and a key.", field=place)
    type_name = given.get("__typename")
    fields = keys_of_type(type_name) if isinstance(type_name, str) else ()
    if not fields:
        return BadInput("This is no type that is known by a key here.", field=f"{place}.__typename")
    for field in fields:
        key = given.get(field)
        if isinstance(key, str) and key:
            return _global(str(type_name), key, place) if field == "id" else _Reference(str(type_name), field, key)
    return BadInput(f"{type_name} is known by its {' or its '.join(fields)}.", field=place)


def _global(type_name: str, text: str, place: str) -> _Reference | BadInput:
    try:
        parsed = parse_id(text, field=f"{place}.id")
    except BadInput as error:
        return error
    if parsed.type_name != type_name:
        return BadInput(f"This is no id of a {type_name}.", field=f"{place}.id")
    return _Reference(type_name, "id", parsed.key)


async def _found(context: Context, references: Sequence[_Reference]) -> Mapping[_Reference, object]:
    """What is there, and what kept a source from telling; each type's by each key together, side by side."""
    keys: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in dict.fromkeys(references):
        if decide(context.viewer, action_for(each.type_name)).allowed:
            keys[each.type_name, each.field].append(each.key)
    answers = await asyncio.gather(*(_rows(context, *kind, asked) for kind, asked in keys.items()))
    return {_Reference(*kind, key): row for kind, rows in zip(keys, answers, strict=True) for key, row in rows.items()}


async def _rows(context: Context, type_name: str, field: str, keys: Sequence[str]) -> Mapping[str, object]:
    try:
        if field != "id":
            return await NATURAL_KEYS[type_name].find(context, keys)
        found = await find(context, [GlobalId(type_name, key) for key in keys])
        return {one.key: row for one, row in found.items()}
    except ConnectorError as error:
        return dict.fromkeys(keys, error)
