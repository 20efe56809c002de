"""Everything that a persona gets from the graph, asked for in one query made from the schema itself.

A field that joins the graph tomorrow is in it tomorrow: what nobody thought of is looked at too.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type, is_object_type, is_required_argument

from auth.rules import Action
from fixtures.world.model import Warranty
from schema.access import Access, action_of
from schema.node import GlobalId, parse_id
from tests.portal import Answer, Portal
from tests.watchers import viewer

Row = Mapping[str, Any]

LISTS = (
    ("accounts", "Account", "name"),
    ("locations", "Location", "description"),
    ("installedProducts", "InstalledProduct", "installedProductNumber"),
    ("cases", "Case", "sapNotificationNumber"),
    ("serviceContracts", "ServiceContract", "number"),
)
"""The root's lists, their types, and the field that names an object in the story. Warranties have none."""

DEPTH = 2  # a list's objects, what hangs on them, and the values of that

WITHOUT_LIST = ("ArchivedCase", "ServiceOrder", "Visit")
"""The types that no list of the root has: they are asked for by their ids."""

_ABOUT_PEOPLE = {
    Action.READ_USERS,
    Action.ASSIGN_ACCOUNTS,
    Action.ANSWER_ACCESS_REQUESTS,
    Action.READ_AUDIT,
}

_answers: WeakKeyDictionary[Portal, dict[tuple[str, str], Answer]] = WeakKeyDictionary()


async def everything(portal: Portal, who: str) -> Answer:
    """What every list of the root answers, and all that hangs on its objects."""
    root = portal.schema._schema.query_type
    assert root is not None
    return await _once(portal, who, f"{{ {_selections(root, DEPTH)} }}")


async def every_object(portal: Portal, who: str) -> Mapping[str, Row | None]:
    """What `nodes` answers to the id of every object of the world: by id, in full where the lists don't show it."""
    ids = sorted((await ids_of_the_world(portal)).values())
    types = [portal.schema._schema.type_map[name] for name in WITHOUT_LIST]
    fragments = " ".join(f"... on {t.name} {{ {_inner(t, DEPTH, top=True)} }}" for t in types if is_object_type(t))
    answer = await _once(
        portal, who, f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename id {fragments} }} }}", ids=ids
    )
    assert answer.errors == []
    return dict(zip(ids, answer.data["nodes"], strict=True))


async def ids_of_the_world(portal: Portal) -> Mapping[tuple[str, str], str]:
    """The global id of each object, by its type and name. What no list shows has an id that is made as the others."""
    analyst = await everything(portal, "analyst@maker.example")
    listed = {(type_, row[name]): row["id"] for field, type_, name in LISTS for row in rows(analyst, field)}
    listed |= {("Warranty", key_of(row)): row["id"] for row in rows(analyst, "warranties")}
    made = [(type_, order.number) for order in portal.world.orders for type_ in ("ServiceOrder", "Visit")]
    made += [("ArchivedCase", archived.number) for archived in portal.world.archived_cases]
    made += [("Warranty", warranty_key(warranty)) for warranty in portal.world.warranties]
    return listed | {key: str(GlobalId(*key)) for key in made if key not in listed}


def key_of(row: Row) -> str:
    """What names an object within its type: a visit's order, a warranty's equipment with its kind and first day."""
    return parse_id(row["id"]).key


def warranty_key(warranty: Warranty) -> str:
    return f"{warranty.equipment}-{warranty.kind}-{warranty.begins or ''}"


async def _once(portal: Portal, who: str, query: str, **variables: Any) -> Answer:
    """The answers are large and are looked at from many sides: each is asked for once in a test run."""
    answers = _answers.setdefault(portal, {})
    if (who, query) not in answers:
        answers[who, query] = await portal.ask(viewer(who), query, **variables)
    return answers[who, query]


def rows(answer: Answer, field: str) -> Sequence[Row]:
    """The objects of a list of the root; none where it was refused."""
    return nodes(answer.data[field])


def nodes(connection: Row | None) -> Sequence[Row]:
    """A connection's objects. They are all there: the page holds as many as are counted."""
    if connection is None:
        return ()
    found: Sequence[Row] = connection["nodes"]
    assert connection["totalCount"] == len(found)
    return found


def texts(value: object) -> Iterator[str]:
    """Every text in an answer."""
    match value:
        case str():
            yield value
        case Mapping():
            for each in value.values():
                yield from texts(each)
        case list():
            for each in value:
                yield from texts(each)


@cache
def _selections(type_: GraphQLObjectType, depth: int, *, top: bool = True) -> str:
    """All values of an object of a list of the root; of what hangs on it the texts, for they are what tells."""
    return " ".join(_each_selection(type_, depth, top=top))


def _each_selection(type_: GraphQLObjectType, depth: int, *, top: bool) -> Iterator[str]:
    for name, field in type_.fields.items():
        if any(map(is_required_argument, field.args.values())) or _is_about_people(field) or name.startswith("_"):
            continue
        value = get_named_type(field.type)
        if is_leaf_type(value) and (top or _tells(type_, name)):
            yield name
        elif is_object_type(value) and (inner := _inner(value, depth, top=top)):
            size = "(first: 1000)" if "first" in field.args else ""
            yield f"{name}{size} {{ {inner} }}"


def _is_about_people(field: GraphQLField) -> bool:
    """Users, requests and the audit trail are not of the story's world: they have tests of their own."""
    value = get_named_type(field.type)
    actions = {action_of(value)} if is_object_type(value) else set()
    directives = getattr(field.extensions.get("strawberry-definition"), "directives", ())
    actions |= {directive.action for directive in directives if isinstance(directive, Access)}
    # What a manager may assign is more than what the manager may see (R3).
    return value.name == "Assignable" or not actions.isdisjoint(_ABOUT_PEOPLE)


def _inner(type_: GraphQLObjectType, depth: int, *, top: bool) -> str:
    if "nodes" in type_.fields:
        node = get_named_type(type_.fields["nodes"].type)
        assert is_object_type(node)
        inner = _inner(node, depth, top=top)
        paging = "pageInfo { startCursor endCursor } edges { cursor node { id } }" if depth == DEPTH else ""
        return inner and f"totalCount {paging} nodes {{ {inner} }}"
    if "id" not in type_.fields:  # it belongs to the object that it stands on: a line, an activity, a UDI
        return _selections(type_, depth, top=top)
    return _selections(type_, depth - 1, top=depth == DEPTH) if depth > 0 else ""


def _tells(type_: GraphQLObjectType, name: str) -> bool:
    is_text = get_named_type(type_.fields[name].type).name in ("String", "ID")
    translates = name.endswith("Label") and name.removesuffix("Label") in type_.fields
    return is_text and not translates and type_.name != "Provenance"
