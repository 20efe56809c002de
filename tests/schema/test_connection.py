"""Pages of lists as a client sees them: sizes, cursors, totals, and what is no cursor."""

import base64
import json

import pytest

from tests.portal import Answer, Portal

MANAGER, ANALYST = "manager@north.example", "analyst@maker.example"
CASES = """query($first: Int, $after: String, $last: Int, $before: String, $orderBy: [CaseOrder!]) {
  cases(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) {
    totalCount edges { cursor node { sapNotificationNumber } } nodes { sapNotificationNumber }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""
LISTS = ["accounts", "locations", "installedProducts", "cases", "serviceContracts", "warranties"]


def sealed(content: object) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def refused(answer: Answer, field: str) -> bool:
    """Whether that is one error, about that argument, and nothing else."""
    return [(error["extensions"]["code"], error["extensions"].get("field")) for error in answer.errors] == [
        ("BAD_INPUT", field)
    ]


@pytest.mark.rule("F3")
@pytest.mark.parametrize("who", [MANAGER, ANALYST])
@pytest.mark.parametrize("noun", LISTS)
async def test_following_end_cursors_gives_each_row_of_a_list_once(portal: Portal, who: str, noun: str) -> None:
    whole = await portal.data(who, f"{{ {noun}(first: 1000) {{ totalCount nodes {{ id }} }} }}")
    ids = [node["id"] for node in whole[noun]["nodes"]]
    query = f"""query($after: String) {{
        {noun}(first: 9, after: $after) {{ nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }} }}"""
    seen: list[str] = []
    after: str | None = None
    more = True
    while more:
        page = (await portal.data(who, query, after=after))[noun]
        seen += [node["id"] for node in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == ids
    assert len(set(ids)) == len(ids) == whole[noun]["totalCount"]


@pytest.mark.parametrize("who", [MANAGER, ANALYST])
async def test_last_and_before_page_from_the_end(portal: Portal, who: str) -> None:
    order = [{"field": "PRIORITY"}, {"field": "CREATED_AT", "direction": "DESC"}]
    whole = (await portal.data(who, CASES, first=1000, orderBy=order))["cases"]["nodes"]
    end = (await portal.data(who, CASES, last=5, orderBy=order))["cases"]
    assert end["nodes"] == whole[-5:]
    assert (end["pageInfo"]["hasNextPage"], end["pageInfo"]["hasPreviousPage"]) == (False, True)
    start = end["pageInfo"]["startCursor"]
    before = (await portal.data(who, CASES, last=5, before=start, orderBy=order))["cases"]
    assert before["nodes"] == whole[-10:-5]
    assert (before["pageInfo"]["hasNextPage"], before["pageInfo"]["hasPreviousPage"]) == (True, True)


async def test_edges_and_page_info_speak_of_the_same_rows(portal: Portal) -> None:
    page = (await portal.data(MANAGER, CASES, first=4))["cases"]
    assert [edge["node"] for edge in page["edges"]] == page["nodes"]
    cursors = [edge["cursor"] for edge in page["edges"]]
    assert len(set(cursors)) == 4
    info = {"hasNextPage": True, "hasPreviousPage": False, "startCursor": cursors[0], "endCursor": cursors[-1]}
    assert page["pageInfo"] == info
    assert page["totalCount"] == 81


@pytest.mark.parametrize("who", [MANAGER, ANALYST])
async def test_any_rows_cursor_can_be_followed(portal: Portal, who: str) -> None:
    whole = (await portal.data(who, CASES, first=1000))["cases"]
    for place in (0, 7, len(whole["edges"]) - 1):
        page = (await portal.data(who, CASES, first=3, after=whole["edges"][place]["cursor"]))["cases"]
        assert page["nodes"] == whole["nodes"][place + 1 : place + 4]
        assert page["totalCount"] == whole["totalCount"]


async def test_without_a_size_a_page_holds_fifty(portal: Portal) -> None:
    page = (await portal.data(MANAGER, "{ cases { nodes { id } pageInfo { hasNextPage } } }"))["cases"]
    assert (len(page["nodes"]), page["pageInfo"]["hasNextPage"]) == (50, True)


@pytest.mark.parametrize("who", [MANAGER, ANALYST])
async def test_a_page_of_none_still_counts(portal: Portal, who: str) -> None:
    page = (await portal.data(who, CASES, first=0))["cases"]
    assert page["nodes"] == page["edges"] == []
    assert page["totalCount"] > 0
    assert page["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": False, "startCursor": None, "endCursor": None}


async def test_an_empty_list_is_an_empty_page(portal: Portal) -> None:
    query = """{ cases(filter: {text: "no case says this"}) {
        totalCount nodes { id } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    assert (await portal.data(MANAGER, query))["cases"] == {
        "totalCount": 0,
        "nodes": [],
        "edges": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
    }


@pytest.mark.parametrize("size", [-1, 1001, 2**31 - 1])
@pytest.mark.parametrize("end", ["first", "last"])
async def test_a_size_out_of_range_is_refused_by_name(portal: Portal, end: str, size: int) -> None:
    assert refused(await portal.ask(MANAGER, CASES, **{end: size}), end)


async def test_both_ends_at_once_are_refused(portal: Portal) -> None:
    assert refused(await portal.ask(MANAGER, CASES, first=1, last=1), "last")


# One list for each kind of order value: a list in this order, and contents that are no cursor of it.
TAMPERED: list[tuple[str, str, object]] = [
    ("cases", "[]", ["1", "2"]),
    ("cases", "[{field: CREATED_AT}]", ["1"]),
    ("cases", "[{field: CREATED_AT}]", ["1", 5]),
    ("cases", "[{field: CREATED_AT}]", ["1", "yesterday"]),
    ("cases", "[{field: CREATED_AT}]", ["1", "2026-01-01T00:00:00"]),  # no zone
    ("cases", "[{field: CREATED_AT}]", ["1", "0001-01-01T00:00:00+14:00"]),  # before the calendar in UTC
    ("cases", "[{field: CREATED_AT}]", ["1", "9999-12-31T23:59:59-14:00"]),
    ("cases", "[{field: CREATED_AT}]", [None, "2026-01-01T00:00:00Z"]),
    ("cases", "[{field: CREATED_AT}]", [300000101, "2026-01-01T00:00:00Z"]),
    ("cases", "[{field: PRIORITY}]", ["1", "2"]),
    ("cases", "[{field: PRIORITY}]", ["1", 1.5]),
    ("cases", "[{field: PRIORITY}]", ["1", True]),
    ("cases", "[{field: NUMBER}]", ["1", 1]),
    ("cases", "[{field: PRIORITY}, {field: NUMBER}]", ["1", 1]),
    ("installedProducts", "[{field: INSTALLATION_DATE}]", ["1", "2026-02-30"]),
    ("installedProducts", "[{field: INSTALLATION_DATE}]", ["1", "2026-01-01T00:00:00Z"]),
    ("installedProducts", "[{field: UPDATED_AT}]", ["1", "2026-01-01T00:00:00"]),
    ("installedProducts", "[{field: UPDATED_AT}]", ["1", "0001-01-01T00:00:00+14:00"]),
    ("installedProducts", "[{field: SERIAL_NUMBER}]", ["1", {"a": 1}]),
    ("serviceContracts", "[{field: END_DATE}]", ["1", 20260101]),
    ("warranties", "[]", {}),
    ("accounts", "[]", 5),
    ("locations", "[]", []),
    ("locations", "[]", b"not JSON"),
    ("locations", "[]", b"\xff\xfe\x00"),
    ("locations", "[]", b"[" * 100_000),
]


@pytest.mark.parametrize("who", [MANAGER, ANALYST])
@pytest.mark.parametrize("argument", ["after", "before"])
async def test_what_is_no_cursor_of_the_list_is_bad_input_never_an_accident(
    portal: Portal, who: str, argument: str
) -> None:
    answered = []
    for noun, order, content in TAMPERED:
        query = f"query($cursor: String) {{ {noun}({argument}: $cursor, orderBy: {order}) {{ totalCount }} }}"
        answer = await portal.ask(who, query, cursor=sealed(content))
        if not refused(answer, argument) or answer.data[noun] is not None:
            answered.append((noun, order, content, answer))
    assert answered == []


@pytest.mark.parametrize("text", ["", "!!!", "ł", "💉", "AAAAA", "=", "\x00"])
async def test_garbage_is_no_cursor(portal: Portal, text: str) -> None:
    assert refused(await portal.ask(MANAGER, CASES, after=text), "after")


async def test_a_cursor_of_another_order_is_refused(portal: Portal) -> None:
    by_priority = await portal.data(MANAGER, CASES, first=1, orderBy=[{"field": "PRIORITY"}])
    cursor = by_priority["cases"]["pageInfo"]["endCursor"]
    assert refused(await portal.ask(MANAGER, CASES, after=cursor), "after")


@pytest.mark.parametrize("who", [MANAGER, ANALYST])
@pytest.mark.parametrize("key", ["' OR Id != '", "x' or 1 eq 1 or '", "\\", "%", "\x00", "ł" * 5000])
async def test_a_forged_cursor_moves_the_page_and_shows_nothing_more(portal: Portal, who: str, key: str) -> None:
    """Its id goes to the sources as text, whatever stands in it."""
    whole = {"installedProducts": 25, "cases": 81} if who == MANAGER else {"installedProducts": 40, "cases": 120}
    for noun, values in (("installedProducts", []), ("cases", ["2026-01-01T00:00:00Z"])):
        query = f"query($cursor: String) {{ {noun}(first: 1000, after: $cursor) {{ totalCount nodes {{ id }} }} }}"
        page = (await portal.data(who, query, cursor=sealed([key, *values])))[noun]
        assert page["totalCount"] == whole[noun]
        assert len(page["nodes"]) <= whole[noun]


async def test_a_list_inside_a_list_pages_each_parents_own_rows(portal: Portal) -> None:
    query = """{ installedProducts(first: 1000) { nodes {
        whole: cases(first: 1000) { totalCount nodes { id } }
        page: cases(first: 2) { totalCount nodes { id } pageInfo { hasNextPage } } } } }"""
    nodes = (await portal.data(MANAGER, query))["installedProducts"]["nodes"]
    for node in nodes:
        assert node["page"]["nodes"] == node["whole"]["nodes"][:2]
        assert node["page"]["totalCount"] == node["whole"]["totalCount"] == len(node["whole"]["nodes"])
        assert node["page"]["pageInfo"]["hasNextPage"] is (node["whole"]["totalCount"] > 2)
    assert {node["whole"]["totalCount"] for node in nodes} >= {0, 4}


async def test_a_wrong_cursor_inside_a_list_is_told_at_each_place(portal: Portal) -> None:
    query = '{ installedProducts(first: 2) { nodes { assetId cases(after: "x") { totalCount } } } }'
    answer = await portal.ask(MANAGER, query)
    assert [node["cases"] for node in answer.data["installedProducts"]["nodes"]] == [None, None]
    assert [(error["path"], error["extensions"]["code"]) for error in answer.errors] == [
        (["installedProducts", "nodes", 0, "cases"], "BAD_INPUT"),
        (["installedProducts", "nodes", 1, "cases"], "BAD_INPUT"),
    ]
