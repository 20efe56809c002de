"""Global ids: one finds again what gave it, and says of anything else that it isn't there (R10)."""

import base64

import pytest
from graphql import GraphQLInterfaceType

from schema.node import GlobalId, parse_id
from tests.portal import Portal, Systems

MANAGER = "manager@north.example"
NODE = "query($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"

EVERYTHING = """{
  account(number: "7100012") { __typename id locations(first: 1) { nodes { __typename id } } }
  case(number: "300000101") { __typename id serviceOrders { __typename id visit { __typename id } } }
  installedProduct(assetId: "10000001") {
    __typename id caseArchive(first: 1) { nodes { __typename id } } warranties { __typename id }
  }
  serviceContract(number: "40000029") { __typename id }
}"""


@pytest.fixture
async def ids(portal: Portal) -> dict[str, str]:
    """The id of one object of each type."""
    data = await portal.data(MANAGER, EVERYTHING)
    order = data["case"]["serviceOrders"][0]
    asset = data["installedProduct"]
    objects = [
        data["account"],
        data["account"]["locations"]["nodes"][0],
        data["case"],
        order,
        order["visit"],
        asset,
        asset["caseArchive"]["nodes"][0],
        asset["warranties"][0],
        data["serviceContract"],
    ]
    return {one["__typename"]: one["id"] for one in objects}


async def test_every_type_with_an_id_is_found_by_it(portal: Portal, ids: dict[str, str]) -> None:
    node = portal.schema._schema.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    possible = {possible.name for possible in portal.schema._schema.get_possible_types(node)}
    assert set(ids) == possible - {"AccessRequest", "ContactRequest", "User"}  # of the store: test_users, test_requests
    for type_, key in ids.items():
        assert (await portal.data(MANAGER, NODE, id=key))["node"] == {"__typename": type_, "id": key}


async def test_nodes_answers_in_the_order_asked_with_null_for_what_is_not_there(
    portal: Portal, ids: dict[str, str]
) -> None:
    nothing = str(GlobalId("Case", "399999999"))
    asked = [ids["Warranty"], nothing, ids["Case"], ids["Account"], ids["Case"], nothing, ids["Visit"]]
    answered = (await portal.data(MANAGER, NODES, ids=asked))["nodes"]
    assert [node and node["id"] for node in answered] == [None if key == nothing else key for key in asked]


async def test_many_ids_of_a_type_are_asked_for_at_once(portal: Portal, systems: Systems) -> None:
    data = await portal.data(MANAGER, "{ cases(first: 40) { nodes { id } } }")
    asked = [node["id"] for node in data["cases"]["nodes"]]
    systems.behave()
    assert len((await portal.data(MANAGER, NODES, ids=asked))["nodes"]) == 40
    assert systems.calls() == {"sap": 1, "crm": 1}


async def test_no_ids_are_no_objects(portal: Portal) -> None:
    assert (await portal.data(MANAGER, NODES, ids=[]))["nodes"] == []


async def test_more_ids_than_a_page_holds_are_refused(portal: Portal) -> None:
    assert len((await portal.data(MANAGER, NODES, ids=[str(GlobalId("Nothing", "1"))] * 1000))["nodes"]) == 1000
    (error,) = (await portal.ask(MANAGER, NODES, ids=[str(GlobalId("Case", "1"))] * 1001)).errors
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("BAD_INPUT", "ids")


def sealed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "!!",
        "ł",
        "A",
        "Case:300000101",
        *map(sealed, (b"Case", b"Case:", b":1", b"\xff\xfe:1")),
        "\x00",
    ],
)
async def test_what_is_no_id_is_bad_input_by_its_argument(portal: Portal, wrong: str) -> None:
    for query, name, value in ((NODE, "id", wrong), (NODES, "ids", [wrong])):
        answer = await portal.ask(MANAGER, query, **{name: value})
        (error,) = answer.errors
        assert (error["extensions"]["code"], error["extensions"]["field"]) == ("BAD_INPUT", name)


TYPES = [
    "Account",
    "ArchivedCase",
    "Case",
    "InstalledProduct",
    "Location",
    "ServiceContract",
    "ServiceOrder",
    "Visit",
    "Warranty",
]


@pytest.mark.rule("R10")
@pytest.mark.parametrize("who", [MANAGER, "analyst@maker.example"])
@pytest.mark.parametrize("type_", [*TYPES, "Nothing", "PageInfo", "case", "Query"])
async def test_an_id_of_nothing_is_null_whatever_stands_in_it(portal: Portal, who: str, type_: str) -> None:
    keys = ["1", "' OR Id != '", "1' or 1 eq 1 or '", "\\", "%", "_", "*", "<x>", "\x00", "ł💉", "-", "--", "0" * 3000]
    asked = [str(GlobalId(type_, key)) for key in keys]
    assert (await portal.data(who, NODES, ids=asked))["nodes"] == [None] * len(keys)
    for one in asked:
        assert await portal.data(who, NODE, id=one) == {"node": None}


@pytest.mark.rule("R10")
async def test_another_customers_object_and_no_object_answer_alike(
    portal: Portal, systems: Systems, ids: dict[str, str]
) -> None:
    """The same null, after the same calls: neither the answer nor its way tells that the object is there."""
    outsider = "manager@south.example"
    for type_, key in ids.items():
        nothing = str(GlobalId(type_, _nothing_like(parse_id(key).key)))
        answered = []
        for one in (nothing, key, nothing, key):
            systems.behave()
            answered.append((await portal.ask(outsider, NODE, id=one), systems.calls()))
        assert answered[-1] == answered[-2], type_
        assert answered[-1][0].data == {"node": None}, type_


@pytest.mark.rule("R10")
@pytest.mark.parametrize(
    ("field", "theirs", "nothing"),
    [
        ("account(number: $key)", "7100012", "7199999"),
        ("case(number: $key)", "300000101", "399999999"),
        ("case(number: $key)", "PN-2026-000106", "PN-2026-999999"),
        ("installedProduct(assetId: $key)", "10000001", "19999999"),
        ("serviceContract(number: $key)", "40000029", "49999999"),
    ],
)
async def test_so_do_another_customers_number_and_no_number(
    portal: Portal, systems: Systems, field: str, theirs: str, nothing: str
) -> None:
    query = f"query($key: String!) {{ found: {field} {{ id }} }}"
    assert (await portal.data(MANAGER, query, key=theirs))["found"] is not None
    answered = []
    for key in (nothing, theirs, nothing, theirs):
        systems.behave()
        answered.append((await portal.ask("manager@south.example", query, key=key), systems.calls()))
    assert answered[-1] == answered[-2]
    assert answered[-1][0].data == {"found": None}


def _nothing_like(key: str) -> str:
    """A key of the same shape that nothing has."""
    return "".join("9" if letter.isdigit() else letter for letter in key).swapcase()
