"""The audit trail in the graph: for the helpdesk alone."""

import pytest

from connectors.people import AuditAction, AuditEvent
from schema.node import GlobalId
from tests.portal import Portal
from tests.schema.conftest import people_of

HELPDESK = "helpdesk@maker.example"
QUERY = """query($filter: AuditFilter, $first: Int, $after: String) {
  auditTrail(filter: $filter, first: $first, after: $after) {
    nodes { number action actionLabel actor subject network requestId details { name value } hash }
    pageInfo { hasNextPage endCursor } } }"""


async def test_what_was_done_is_read_the_newest_first_page_by_page(town: Portal) -> None:
    key = str(GlobalId("User", "reader@north.example"))
    await town.data(
        "manager@north.example",
        "mutation($id: ID!) { disableUser(input: { userId: $id }) { errors { code } } }",
        id=key,
    )
    newest = (await town.data(HELPDESK, QUERY, first=1))["auditTrail"]
    (entry,) = newest["nodes"]
    assert (entry["action"], entry["actionLabel"]) == ("USER_DISABLED", "User disabled")
    assert (entry["actor"], entry["subject"]) == ("manager@north.example", "reader@north.example")
    assert (entry["network"], entry["requestId"]) == ("127.0.0.0/24", "test")
    numbers, after = [], None
    while True:
        page = (await town.data(HELPDESK, QUERY, first=2, after=after))["auditTrail"]
        numbers += [node["number"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert numbers == list(range(entry["number"], 0, -1))


async def test_entries_are_found_by_what_and_whom(town: Portal) -> None:
    event = AuditEvent(action=AuditAction.SIGNED_IN, actor="anna", subject="anna", details={"method": "password"})
    await people_of(town).audit.record(event)
    for given, count in (
        ({"actions": ["SIGNED_IN"]}, 1),
        ({"about": "anna"}, 1),
        ({"about": "nobody"}, 0),
        ({"actions": []}, 0),
        ({"since": "2100-01-01T00:00:00Z"}, 0),
    ):
        nodes = (await town.data(HELPDESK, QUERY, filter=given))["auditTrail"]["nodes"]
        assert len(nodes) == count, given
    (entry,) = (await town.data(HELPDESK, QUERY, filter={"about": "anna"}))["auditTrail"]["nodes"]
    assert entry["details"] == [{"name": "method", "value": "password"}]


@pytest.mark.rule("R1")
@pytest.mark.parametrize(
    "who",
    ["reader@north.example", "user@north.example", "manager@north.example", "analyst@maker.example", "partner-north"],
)
async def test_nobody_else_reads_the_trail(town: Portal, who: str) -> None:
    assert (await town.ask(who, QUERY)).codes == ["FORBIDDEN"]


async def test_it_is_read_forwards_alone(town: Portal) -> None:
    answer = await town.ask(HELPDESK, "{ auditTrail(last: 1) { nodes { number } } }")
    assert answer.codes == ["BAD_INPUT"]
