"""Two gateways over HTTP, with cache and mails: what is written is shown at once, delivered, told and measured."""

import asyncio
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from connectors.case_writing import CaseChange, FieldChange
from connectors.deliveries import Deliveries, DeliveryStatus
from connectors.registry import utc_now
from gateway.deliveries import DeliveryService
from tests.delivery_records import SUBMITTED, changing
from tests.gateway.conftest import asking, client_of
from tests.portal import Systems

pytestmark = pytest.mark.rule("F1")

USER = "user@north.example"
LIST = "{ cases(first: 3) { totalCount nodes { number status } } }"
CREATE = """mutation ($input: CreateCaseInput!) { createCase(input: $input) {
  case { number status sapNotificationNumber } errors { code field } } }"""


Ask = Callable[..., Any]


@pytest.fixture
def ask(gateways: list[Starlette], bearer: Callable[[str], dict[str, str]]) -> Ask:
    """`await ask(query, gateway=1, who=…, **variables)`: the data."""
    return asking(gateways, bearer)


def service(app: Starlette) -> DeliveryService:
    found = app.state.gateway.deliveries
    assert isinstance(found, DeliveryService)
    return found


async def report(ask: Ask, **given: Any) -> dict[str, Any]:
    about = (await ask('{ installedProduct(assetId: "10000003") { id } }'))["installedProduct"]["id"]
    told = {"installedProductId": about, "description": "Bild rauscht", "priority": "SYSTEM_DOWN", **given}
    payload: dict[str, Any] = (await ask(CREATE, input=told))["createCase"]
    assert payload["errors"] == []
    case: dict[str, Any] = payload["case"]
    return case


async def test_ones_own_case_is_in_the_list_at_once_in_spite_of_kept_rows_at_every_gateway(ask: Ask) -> None:
    before = [(await ask(LIST, gateway=gateway))["cases"]["totalCount"] for gateway in (0, 1)]
    case = await report(ask)
    assert case["status"] == "NEW"
    for gateway in (0, 1):
        listed = (await ask(LIST, gateway=gateway))["cases"]
        assert listed["nodes"][0] == {"number": case["number"], "status": "NEW"}
        assert listed["totalCount"] == before[gateway] + 1


async def test_a_gateway_that_runs_delivers_what_another_has_kept(
    ask: Ask, gateways: list[Starlette], own_systems: Systems
) -> None:
    own_systems.conducts["sap"].misbehave(method="POST", fail=503)
    case = await report(ask)
    assert case["status"] == "SUBMITTED"
    for app in gateways:
        await service(app).courier.close()
    own_systems.behave()
    service(gateways[1]).start()
    query = "query ($number: String!) { case(number: $number) { status } }"
    async with asyncio.timeout(40):
        while (await ask(query, number=case["number"]))["case"]["status"] != "NEW":  # noqa: ASYNC110  # as a client asks
            await asyncio.sleep(0.1)
    posts = [call for call in own_systems.conducts["sap"].calls if call.method == "POST" and call.status == 201]
    assert len(posts) == 1


async def test_a_refusal_is_mailed_to_the_helpdesk_in_the_systems_words(
    ask: Ask, gateways: list[Starlette], tmp_path: Path
) -> None:
    case = await report(ask, priority="SCHEDULED")
    assert case["status"] == "REFUSED"
    await gateways[0].state.gateway.identity.outbox.deliver_due()
    mails = [message_from_bytes(path.read_bytes(), policy=default) for path in (tmp_path / "mail").glob("*.eml")]
    (mail,) = [mail for mail in mails if mail["subject"] == f"The service system refused {case['number']}"]
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # a mail of ours has one
    assert text.startswith("Hello,\r\n")
    assert "has no code for SCHEDULED" in text
    assert "10000003" not in text, "the helpdesk sees no equipment (R11)"


async def test_a_conflict_that_nobody_waited_for_is_mailed_in_words(
    ask: Ask, gateways: list[Starlette], tmp_path: Path
) -> None:
    case = await report(ask)
    change = CaseChange(reference="N-1", at=utc_now(), fields=(FieldChange("priority", "4", "1"),))
    late = changing(case["number"], change, lane="10000003", created_at=utc_now(), due_at=utc_now())
    store = app_store(gateways[0])
    await store.submit([late], SUBMITTED, repeated_since=utc_now())
    await service(gateways[0]).courier.deliver_due()
    await gateways[0].state.gateway.identity.outbox.deliver_due()
    mails = [path.read_bytes() for path in (tmp_path / "mail").glob("*.eml")]
    (mail,) = [mail for mail in mails if case["number"].encode() in mail]
    text = message_from_bytes(mail, policy=default).get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Others have changed this meanwhile: priority is '2', was '4', was to be '1'" in " ".join(text.split())


def app_store(app: Starlette) -> Deliveries:
    found = app.state.gateway.sources.deliveries
    assert isinstance(found, Deliveries)
    return found


async def test_what_waits_is_measured_by_count_and_age(
    ask: Ask, gateways: list[Starlette], own_systems: Systems
) -> None:
    await report(ask)
    own_systems.conducts["sap"].misbehave(method="POST", fail=503)
    await report(ask, details="Another.")
    await service(gateways[0]).measure()
    registry = gateways[0].state.gateway.metrics
    waiting = {"status": DeliveryStatus.WAITING.value}
    assert registry.get_sample_value("portal_deliveries", waiting) == 1
    assert 0 < registry.get_sample_value("portal_deliveries_oldest_seconds", waiting) < 30
    assert registry.get_sample_value("portal_deliveries", {"status": "DELIVERED"}) == 1


async def test_who_goes_away_while_it_is_sent_finds_it_registered_all_the_same(
    ask: Ask, gateways: list[Starlette], own_systems: Systems, bearer: Callable[[str], dict[str, str]]
) -> None:
    about = (await ask('{ installedProduct(assetId: "10000003") { id } }'))["installedProduct"]["id"]
    own_systems.conducts["sap"].misbehave(method="POST", delay=0.5)
    told = {"installedProductId": about, "description": "Weg", "priority": "SYSTEM_DOWN", "idempotencyKey": "k"}
    async with client_of(gateways[0]) as client:
        content = {"query": CREATE, "variables": {"input": told}}
        sent = asyncio.create_task(client.post("/graphql", json=content, headers=bearer(USER)))
        await asyncio.sleep(0.2)
        sent.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sent
    own_systems.behave()
    again = await report(ask, description="Weg", idempotencyKey="k")
    assert again["status"] == "NEW"
    posts = [call for call in own_systems.conducts["sap"].calls if call.method == "POST"]
    assert len(posts) <= 1
