"""Cases are registered, changed, noted and given files; what is done already is not done twice."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.case_writing import CaseChange, CaseChangedMeanwhile, CaseFile, FieldChange, NewCase
from connectors.errors import ConnectorError, SourceBusy, SourceFailed, SourceRejected, SourceTimeout
from connectors.ports import CaseWriter
from connectors.queries import AccountScope, CaseQuery
from connectors.records import Case
from connectors.systems.sap_service_orders.connector import SapServiceOrders
from connectors.vocabulary import CaseOrigin, CasePriority, CaseStatus, EventType
from fixtures.simulators.conduct import Conduct
from fixtures.simulators.sap_service_orders.app import create_app
from fixtures.simulators.server import running
from fixtures.world.generator import generate
from tests.connectors.systems.sap_service_orders.conftest import TODAY, Connect, Odd, Sap

AT = datetime(2026, 11, 22, 3, 5, tzinfo=UTC)
NEW = NewCase(
    reference="WEB-7QK2M9XA4D",
    event_type=EventType.CORRECTIVE_MAINTENANCE,
    description="CT: błąd lampy, system stoi – pacjenci czekają",
    long_text="Lampa nie startuje.\nKod 'E-42'.",
    priority=CasePriority.SYSTEM_DOWN,
    asset_id="10000001",
    sold_to="7100010",
    ship_to="7100011",
    is_down=True,
    safety_issue=True,
    purchase_order="PO 4711/26",
    contact_email="anna@north.example",
    contact_phone="+48 58 555 01 02",
    reporter="Anna Nowak",
    created_at=AT,
)
NOTE = CaseChange(
    reference="N-4RT9", at=AT, author="Anna Nowak", note="Brama otwarta od 6:00, proszę dzwonić wcześniej."
)


@pytest.fixture
def own() -> Iterator[Sap]:
    """A system that this test alone writes to."""
    world, conduct = generate(20, today=TODAY), Conduct()
    app = create_app(world, conduct)
    with running(app) as url:
        yield Sap(world, url, conduct, app)


@pytest.fixture
def writer(own: Sap, connect: Connect) -> SapServiceOrders:
    return connect(url=own.url)


def case_about(own: Sap, **changes: Any) -> NewCase:  # Any: each attribute has its own type
    equipment = next(asset.equipment for asset in own.world.assets if asset.equipment)
    return msgspec.structs.replace(NEW, asset_id=equipment, **changes)


async def read(connector: SapServiceOrders, case_id: str) -> Case:
    (found,) = (await connector.cases(CaseQuery(scope=AccountScope(unrestricted=True), ids=(case_id,)))).rows
    return found


def in_sap(own: Sap, path: str) -> Any:  # Any: JSON
    """What the system itself says."""
    address = f"{own.url}/sap/opu/odata/sap/{path}"
    headers = {"Accept": "application/json", "sap-client": "100"}
    return httpx.get(address, headers=headers, auth=("PORTAL", "portal-demo")).json()["d"]


def count_in_sap(own: Sap, reference: str) -> int:
    rows = in_sap(
        own, f"API_MAINTNOTIFICATION/MaintenanceNotification?$filter=MaintNotifExtReferenceNumber eq '{reference}'"
    )
    return len(rows["results"])


async def test_a_registered_case_reads_back_as_it_was_told(own: Sap, writer: SapServiceOrders) -> None:
    assert isinstance(writer, CaseWriter)
    told = case_about(own)
    number = await writer.register_case(told)
    case = await read(writer, number)
    assert (case.number, case.id) == (NEW.reference, number)
    assert case.description == "CT: błąd lampy, system stoi – pacjenci…"
    assert case.long_text == ("Lampa nie startuje.\nKod 'E-42'.\n\n2026-11-22 03:05 UTC, Anna Nowak (WEB-7QK2M9XA4D)")
    assert (case.event_type, case.priority, case.status, case.origin) == (
        EventType.CORRECTIVE_MAINTENANCE,
        CasePriority.SYSTEM_DOWN,
        CaseStatus.NEW,
        CaseOrigin.WEB,
    )
    assert (case.asset_id, case.sold_to, case.ship_to, case.is_down) == (told.asset_id, "7100010", "7100011", True)
    assert (case.purchase_order, case.contact_email, case.contact_phone) == (
        "PO 4711/26",
        "anna@north.example",
        "+48 58 555 01 02",
    )
    activities = (await writer.activities((number,)))[number]
    assert [activity.type.name for activity in activities] == ["CUSTOMER_REPORTED_PROBLEM", "SAFETY_ISSUE"]


async def test_a_case_is_found_by_its_portal_number_and_others_are_not(own: Sap, writer: SapServiceOrders) -> None:
    assert await writer.registered_case(NEW.reference) is None
    number = await writer.register_case(case_about(own))
    assert await writer.registered_case(NEW.reference) == number
    assert await writer.registered_case("WEB-' or '1' eq '1") is None


async def test_a_case_about_an_account_alone_names_no_equipment(own: Sap, writer: SapServiceOrders) -> None:
    case = await read(writer, await writer.register_case(msgspec.structs.replace(NEW, asset_id=None)))
    assert (case.asset_id, case.sold_to) == (None, "7100010")


async def test_what_the_system_refuses_is_told_in_its_words_and_is_not_there(
    own: Sap, writer: SapServiceOrders
) -> None:
    with pytest.raises(SourceRejected, match="Technical object 000000000099999999"):
        await writer.register_case(msgspec.structs.replace(NEW, asset_id="99999999"))
    assert count_in_sap(own, NEW.reference) == 0


async def test_a_field_or_a_code_that_the_deployment_lacks_is_a_refusal(own: Sap, connect: Connect) -> None:
    writer = connect(url=own.url, event_types={"S1": EventType.INSTALLATION}, custom_fields={"purchase_order": ""})
    with pytest.raises(SourceRejected, match="CORRECTIVE_MAINTENANCE"):
        await writer.register_case(case_about(own))
    number = await writer.register_case(case_about(own, event_type=EventType.INSTALLATION))
    change = CaseChange(reference="N-1", at=AT, fields=(FieldChange("purchase_order", None, "PO 1"),))
    with pytest.raises(SourceRejected, match="purchase_order"):
        await writer.change_case(number, change)


async def test_a_token_that_expired_is_fetched_anew_and_the_case_is_there_once(
    own: Sap, writer: SapServiceOrders
) -> None:
    await writer.register_case(case_about(own, reference="WEB-1"))
    own.app.state.expire_tokens()
    await writer.register_case(case_about(own, reference="WEB-2"))
    assert (count_in_sap(own, "WEB-1"), count_in_sap(own, "WEB-2")) == (1, 1)


@pytest.mark.parametrize("misconduct", [{"fail": 503}, {"fail": 500}, {"hang": True}])
async def test_a_failed_write_is_not_sent_again_by_itself(
    own: Sap, connect: Connect, misconduct: dict[str, Any]
) -> None:
    writer = connect(url=own.url, timeout=0.5)
    own.conduct.misbehave(method="POST", path="MaintenanceNotification", done=True, **misconduct)
    with pytest.raises((SourceFailed, SourceTimeout)):
        await writer.register_case(case_about(own))
    posts = [call for call in own.conduct.calls if call.method == "POST"]
    assert len(posts) == 1
    assert count_in_sap(own, NEW.reference) == 1
    assert await writer.registered_case(NEW.reference) is not None


@pytest.mark.parametrize("use_batch", [True, False])
@pytest.mark.parametrize("change_method", ["PATCH", "MERGE"])
async def test_a_note_is_an_activity_and_stands_whole_in_the_text(
    own: Sap, connect: Connect, use_batch: bool, change_method: str
) -> None:
    writer = connect(url=own.url, use_batch=use_batch, change_method=change_method)
    number = await writer.register_case(case_about(own))
    await writer.change_case(number, NOTE)
    case = await read(writer, number)
    assert case.long_text is not None
    assert case.long_text.endswith(f"\n\n2026-11-22 03:05 UTC, Anna Nowak (N-4RT9):\n{NOTE.note}")
    assert case.long_text.startswith("Lampa nie startuje.")
    last = (await writer.activities((number,)))[number][-1]
    assert (last.type.name, last.text) == ("EXTERNAL_NOTE", "Brama otwarta od 6:00, proszę dzwonić w…")


async def test_a_note_that_is_there_is_not_written_again(own: Sap, writer: SapServiceOrders) -> None:
    number = await writer.register_case(case_about(own))
    own.conduct.misbehave(fail=503, path="$batch", done=True, times=1)
    with pytest.raises(SourceFailed):
        await writer.change_case(number, NOTE)
    await writer.change_case(number, NOTE)
    case = await read(writer, number)
    assert (case.long_text or "").count(NOTE.note) == 1
    assert [activity.type.name for activity in (await writer.activities((number,)))[number]].count("EXTERNAL_NOTE") == 1


async def test_a_note_and_its_activity_are_kept_together_or_not_at_all(own: Sap, writer: SapServiceOrders) -> None:
    number = await writer.register_case(msgspec.structs.replace(NEW, asset_id=None))
    closed = next(case.number for case in own.world.cases if "CLSD" in case.system_status)
    with pytest.raises(SourceRejected, match="closed"):
        await writer.change_case(closed, NOTE)
    assert NOTE.note not in ((await read(writer, closed)).long_text or "")
    with pytest.raises(SourceRejected):
        await writer.change_case("399999999", NOTE)
    assert (await read(writer, number)).long_text is not None


def fields(*changes: tuple[str, str | None, str | None]) -> CaseChange:
    return CaseChange(reference="N-9", at=AT, fields=tuple(FieldChange(*change) for change in changes))


async def test_attributes_are_changed_and_emptied(own: Sap, writer: SapServiceOrders) -> None:
    number = await writer.register_case(case_about(own))
    change = fields(
        ("priority", "2", "3"), ("purchase_order", "PO 4711/26", None), ("contact_phone", "+48 58 555 01 02", "112")
    )
    await writer.change_case(number, change)
    case = await read(writer, number)
    assert (case.priority, case.purchase_order, case.contact_phone) == (CasePriority.SYSTEM_RESTRICTED, None, "112")
    calls = len(own.conduct.calls)
    await writer.change_case(number, change)  # is done already: one look, and nothing is written
    assert [call.method for call in own.conduct.calls[calls:]] == ["GET"]


async def test_a_case_is_completed_once_with_its_note(own: Sap, writer: SapServiceOrders) -> None:
    number = await writer.register_case(case_about(own))
    change = msgspec.structs.replace(NOTE, completes=True)
    own.conduct.misbehave(fail=503, path="CompleteMaintNotification", done=True, times=1)
    with pytest.raises(SourceFailed):
        await writer.change_case(number, change)
    await writer.change_case(number, change)
    case = await read(writer, number)
    assert (case.status, (case.long_text or "").count(NOTE.note)) == (CaseStatus.RESOLVED, 1)


async def test_what_others_changed_in_between_comes_back_and_nothing_is_written(
    own: Sap, writer: SapServiceOrders
) -> None:
    number = await writer.register_case(case_about(own))
    await writer.change_case(number, fields(("priority", "2", "1")))
    with pytest.raises(CaseChangedMeanwhile) as raised:
        await writer.change_case(number, fields(("priority", "2", "4"), ("contact_phone", "+48 58 555 01 02", "112")))
    (conflict,) = raised.value.conflicts
    assert (conflict.attribute, conflict.before, conflict.now, conflict.after) == ("priority", "2", "1", "4")
    case = await read(writer, number)
    assert (case.priority, case.contact_phone) == (CasePriority.URGENT_NEED, "+48 58 555 01 02")


async def test_another_state_than_looked_at_is_looked_at_again(own: Sap, writer: SapServiceOrders) -> None:
    number = await writer.register_case(case_about(own))
    own.conduct.misbehave(fail=412, method="PATCH", times=3)
    await writer.change_case(number, fields(("priority", "2", "3")))
    assert (await read(writer, number)).priority is CasePriority.SYSTEM_RESTRICTED
    own.conduct.misbehave(fail=412, method="PATCH")
    with pytest.raises(SourceBusy):
        await writer.change_case(number, fields(("priority", "3", "4")))


async def test_a_file_hangs_on_its_case_once(own: Sap, writer: SapServiceOrders) -> None:
    number = await writer.register_case(case_about(own))
    file = CaseFile(name="zdjęcie lampy.jpg", media_type="image/jpeg", content=b"\xff\xd8\xff" + b"x" * 3000)
    await writer.attach_to_case(number, file)
    own.app.state.expire_tokens()
    await writer.attach_to_case(number, file)
    await writer.attach_to_case(number, msgspec.structs.replace(file, name="second.jpg"))
    key = number.zfill(12)
    owner = f"BusinessObjectTypeName='PMQMEL'&LinkedSAPObjectKey='{key}'"
    rows = in_sap(own, f"API_CV_ATTACHMENT_SRV/GetAllOriginals?{owner}")["results"]
    assert [(row["FileName"], row["MimeType"], row["FileSize"]) for row in rows] == [
        ("zdjęcie lampy.jpg", "image/jpeg", "3003"),
        ("second.jpg", "image/jpeg", "3003"),
    ]


async def test_a_system_that_lets_nobody_in_is_not_taken_for_one_that_says_no(own: Sap, connect: Connect) -> None:
    writer = connect(url=own.url, sap_client="999")
    with pytest.raises(ConnectorError) as raised:
        await writer.register_case(case_about(own))
    assert not isinstance(raised.value, SourceRejected)


async def test_another_odata_runtime_is_written_to_as_well(odd: Odd) -> None:
    """Its token needs no cookie, its ETag stands in the header alone, lines end in LF, changes answer 200."""
    seen: list[tuple[str, str, bytes]] = []

    async def answer(request: Request) -> Response:
        body = await request.body()
        seen.append((request.method, request.url.path.rpartition("/")[2], body))
        if request.headers.get("x-csrf-token") == "Fetch":
            return Response("{}", headers={"X-CSRF-Token": "T"}, media_type="application/json")
        if request.url.path.endswith("$batch"):
            inner = "--B\nContent-Type: application/http\n\nHTTP/1.1 200 OK\n\n{}\n"
            parts = f"--A\nContent-Length: 9\nContent-Type: multipart/mixed; boundary=B\n\n{inner}{inner}--B--\n--A--\n"
            return Response(parts, 202, media_type="multipart/mixed; boundary=A")
        if request.method == "GET":
            row = {"MaintenanceNotification": "000000000007", "MaintPriority": "2", "MaintNotifLongTextForEdit": None}
            return JSONResponse({"d": row}, headers={"ETag": 'W/"1"'})
        created = {"d": {"MaintenanceNotification": "7", "to_Item": {"__deferred": {}}}}
        return JSONResponse(created, 201 if request.method == "POST" else 200)

    writer = odd(answer)
    assert await writer.register_case(NEW) == "7"
    await writer.change_case("7", msgspec.structs.replace(NOTE, fields=(FieldChange("priority", "2", "3"),)))
    await writer.change_case("7", fields(("priority", "2", "1")))
    (batched,) = [body for method, name, body in seen if name == "$batch"]
    assert b'If-Match: W/"1"\r\n' in batched
    assert (seen[-1][0], json.loads(seen[-1][2])) == ("PATCH", {"MaintPriority": "1"})


@pytest.mark.parametrize("status", [400, 412, 428])
async def test_one_refusal_in_a_changeset_is_the_whole_ones(odd: Odd, status: int) -> None:
    async def answer(request: Request) -> Response:
        if request.headers.get("x-csrf-token") == "Fetch":
            return Response("{}", headers={"X-CSRF-Token": "T"})
        if request.url.path.endswith("$batch"):
            said = '{"error":{"code":"X/1","message":{"value":"No."}}}'
            part = f"--A\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 {status} No\r\n\r\n{said}\r\n--A--\r\n"
            return Response(part, 202, media_type="multipart/mixed; boundary=A")
        return JSONResponse({"d": {"MaintPriority": "2"}}, headers={"ETag": "1"})

    with pytest.raises(SourceBusy if status == 412 else SourceRejected):
        await odd(answer).change_case("7", NOTE)
