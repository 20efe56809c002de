"""What values are called, without a row that has them (F17), and how much equipment is in each state (F4)."""

import msgspec
import pytest

from connectors.vocabulary import CasePriority, OperationalState
from schema.labels import label
from tests.portal import Portal
from tests.watchers import READERS, viewer

LABELS = "query ($of: String!) { valueLabels(of: $of) { value label } }"
COUNTS = """{ operationalStateCounts { state stateLabel count }
  installedProducts(first: 1000) { nodes { operationalState } } }"""


@pytest.mark.rule("F17")
@pytest.mark.parametrize("locale", ["pl", "en", "de"])
async def test_every_value_of_a_list_has_its_name(portal: Portal, locale: str) -> None:
    who = msgspec.structs.replace(portal.viewers["manager@north.example"], locale=locale)
    found = (await portal.data(who, LABELS, of="CasePriority"))["valueLabels"]
    assert found == [{"value": each.name, "label": label(each, locale)} for each in CasePriority]


@pytest.mark.rule("F17")
async def test_a_list_that_there_is_not_is_told(portal: Portal) -> None:
    answer = await portal.ask("manager@north.example", LABELS, of="../pl")
    assert answer.codes == ["BAD_INPUT"]


@pytest.mark.rule("F4")
@pytest.mark.rule("R10")
@pytest.mark.parametrize("who", READERS)
async def test_states_are_counted_over_what_may_be_seen(portal: Portal, who: str) -> None:
    data = await portal.data(viewer(who), COUNTS)
    states = [row["operationalState"] for row in data["installedProducts"]["nodes"]]
    assert {each["state"]: each["count"] for each in data["operationalStateCounts"]} == {
        state.name: states.count(state.name) for state in OperationalState
    }


@pytest.mark.rule("F4")
async def test_a_filter_narrows_what_is_counted_and_the_helpdesk_counts_nothing(portal: Portal) -> None:
    narrowed = "{ operationalStateCounts(filter: { operationalState: [DOWN] }) { state count } }"
    found = (await portal.data("manager@north.example", narrowed))["operationalStateCounts"]
    assert [each["state"] for each in found] == ["DOWN"]
    helpdesk = await portal.ask("helpdesk@maker.example", narrowed)
    assert helpdesk.codes == ["FORBIDDEN"]
