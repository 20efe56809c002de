"""Lists taken away as tables (F9): what the graph tells the same viewer, and nobody else gets it."""

import asyncio
import csv
import io
from collections.abc import Callable
from typing import Any

import httpx
import openpyxl
import pytest
from starlette.applications import Starlette

from auth.viewer import viewer_of_user
from auth.visibility import cases, window
from connectors.people import AuditAction, AuditEvent
from connectors.vocabulary import ExportFormat, ExportStatus, UserStatus
from gateway.exports import rows
from gateway.exports import service as making
from gateway.exports.service import result_key
from tests.gateway.conftest import client_of
from tests.gateway.test_deliveries import Ask, ask
from tests.portal import Systems

__all__ = ["ask"]

pytestmark = pytest.mark.rule("F9")

MANAGER, USER, SOUTH = "manager@north.example", "user@north.example", "manager@south.example"
PEOPLE = [MANAGER, USER, "reader@north.example", SOUTH, "analyst@maker.example", "partner-north"]
EVENT = AuditEvent(action=AuditAction.USER_DISABLED, actor="a", subject="b")
URL = "query ($of: ExportInput!) { exportUrl(of: $of) }"
JOB = "{ id name status statusLabel progress rowCount reason url }"
START = f"mutation ($of: ExportInput!) {{ startExport(input: $of) {{ export {JOB} errors {{ code field }} }} }}"
CANCEL = f"mutation ($id: ID!) {{ cancelExport(input: {{ exportId: $id }}) {{ export {JOB} errors {{ code }} }} }}"
MINE = f"{{ viewer {{ exports {JOB} }} }}"
OPEN_CASES = {
    "filter": {"open": True},
    "orderBy": [{"field": "PRIORITY"}, {"field": "NUMBER", "direction": "DESC"}],
    "columns": ["NUMBER", "PRIORITY", "ASSET_ID", "ACCOUNT", "CREATED_AT"],
}
ON_SCREEN = """query ($after: String) { cases(first: 1000, after: $after, filter: { open: true },
  orderBy: [{ field: PRIORITY }, { field: NUMBER, direction: DESC }]) {
  nodes { number priorityLabel installedProduct { assetId } account { name } createdAt } } }"""


async def get(app: Starlette, url: str, **headers: str) -> httpx.Response:
    async with client_of(app) as client:
        return await client.get("/" + url.partition("://")[2].partition("/")[2], headers=headers)


def lines(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.text, newline=""), strict=True))


@pytest.mark.rule("R10")
@pytest.mark.parametrize("who", PEOPLE)
async def test_a_table_holds_what_the_list_on_screen_does(asked: Ask, standing: list[Starlette], who: str) -> None:
    url = (await asked(URL, who=who, of={"cases": OPEN_CASES, "format": "CSV"}))["exportUrl"]
    answer = await get(standing[1], url)
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert answer.headers["cache-control"] == "private, no-store"
    shown = (await asked(ON_SCREEN, who=who))["cases"]["nodes"]
    expected = [
        [
            row["number"],
            row["priorityLabel"] or "",
            (row["installedProduct"] or {"assetId": ""})["assetId"],
            (row["account"] or {"name": ""})["name"],
        ]
        for row in shown
    ]
    assert [line[:4] for line in lines(answer)[1:]] == expected
    assert expected or who == "partner-north"


async def test_headers_are_in_the_viewers_language_and_times_in_the_viewers_zone(
    asked: Ask, standing: list[Starlette]
) -> None:
    url = (await asked(URL, who=MANAGER, of={"cases": OPEN_CASES, "format": "CSV"}))["exportUrl"]
    header, first, *_ = lines(await get(standing[0], url))
    assert header == ["Numer zgłoszenia", "Priorytet", "Identyfikator zasobu", "Konto", "Utworzono (Europe/Warsaw)"]
    assert first[4].endswith(("+01:00", "+02:00"))
    assert "zg%C5%82oszenia-" in url


async def test_a_workbook_of_equipment_as_another_reader_sees_it(asked: Ask, standing: list[Starlette]) -> None:
    columns = ["ASSET_ID", "OPERATIONAL_STATE", "OPEN_CASES", "INSTALLATION_DATE", "CUSTOM_NAME", "CITY", "UDI"]
    of = {"installedProducts": {"filter": {"operationalState": ["DOWN"]}, "columns": columns}}
    url = (await asked(URL, who=MANAGER, of=of))["exportUrl"]
    answer = await get(standing[0], url)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    query = """{ installedProducts(first: 1000, filter: { operationalState: [DOWN] }) { nodes {
      assetId operationalStateLabel cases(filter: { open: true }) { totalCount } installationDate } } }"""
    shown = (await asked(query, who=MANAGER))["installedProducts"]["nodes"]
    found = [list(row)[:4] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert [row[:3] for row in found] == [
        [each["assetId"], each["operationalStateLabel"], each["cases"]["totalCount"]] for each in shown
    ]
    assert [row[3] and row[3].date().isoformat() for row in found] == [each["installationDate"] for each in shown]  # type: ignore[union-attr]  # a date, or nothing
    assert sheet.title == "Urządzenia"


@pytest.mark.rule("R10")
async def test_a_link_is_its_viewers_alone_and_ends_with_the_right_to_be_here(
    ask: Ask, gateways: list[Starlette], bearer: Callable[[str], dict[str, str]]
) -> None:
    url = (await ask(URL, who=MANAGER, of={"cases": {}, "format": "CSV"}))["exportUrl"]
    before = lines(await get(gateways[0], url))
    assert (await get(gateways[0], url, **bearer(SOUTH))).status_code == 404
    people = gateways[0].state.gateway.sources.people
    user = await people.users.by_email(MANAGER)
    narrowed = await people.users.change(user, EVENT, accounts=frozenset({"7100012"}))
    after = lines(await get(gateways[0], url))
    assert {tuple(row) for row in after} < {tuple(row) for row in before}
    gone = await people.users.change(narrowed, EVENT, status=UserStatus.DISABLED)
    assert (await get(gateways[0], url)).status_code == 404
    await people.users.change(gone, EVENT, status=UserStatus.ACTIVE)
    assert (await get(gateways[0], url[:-30] + "x" + url[-29:])).status_code in (200, 404)
    assert (await get(gateways[0], url.replace("/exports/", "/exports/x"))).status_code == 404


@pytest.mark.rule("R10")
@pytest.mark.parametrize("who", PEOPLE)
async def test_a_table_is_the_same_however_its_rows_are_read(
    asked: Ask, standing: list[Starlette], who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Groups of assets, pages and portions of rows are of any size."""
    narrow: list[dict[str, Any]] = [
        {"cases": OPEN_CASES},
        {"installedProducts": {"orderBy": [{"field": "SERIAL_NUMBER"}]}},
    ]
    urls = [(await asked(URL, who=who, of={**of, "format": "CSV"}))["exportUrl"] for of in narrow]
    whole = [lines(await get(standing[0], url)) for url in urls]
    monkeypatch.setattr(cases, "_MANY_ASSETS", 2)
    monkeypatch.setattr(window, "_ROWS_AT_ONCE", 3)
    monkeypatch.setattr(rows, "ROWS_AT_ONCE", 4)
    assert [lines(await get(standing[0], url)) for url in urls] == whole


@pytest.mark.rule("R11")
async def test_the_helpdesk_takes_no_equipment_away(
    standing: list[Starlette], bearer: Callable[[str], dict[str, str]]
) -> None:
    async with client_of(standing[0]) as client:
        asked = {"query": URL, "variables": {"of": {"cases": {}}}}
        answer = await client.post("/graphql", json=asked, headers=bearer("helpdesk@maker.example"))
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_what_can_be_asked_wrongly_is_told(
    standing: list[Starlette], bearer: Callable[[str], dict[str, str]]
) -> None:
    wrong = [
        {},
        {"cases": {}, "installedProducts": {}},
        {"cases": {"columns": []}},
        {"cases": {"filter": {"ids": ["nonsense"]}}},
        {"cases": {"filter": {"numbers": ["300000101"] * 2000}}},
    ]
    async with client_of(standing[0]) as client:
        for of in wrong:
            asked = {"query": URL, "variables": {"of": of}}
            answer = await client.post("/graphql", json=asked, headers=bearer(MANAGER))
            assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_INPUT", of


async def test_a_system_that_is_away_gives_no_half_table(
    ask: Ask, gateways: list[Starlette], own_systems: Systems
) -> None:
    url = (await ask(URL, who=MANAGER, of={"cases": {}, "format": "CSV"}))["exportUrl"]
    for app in gateways:
        await app.state.gateway.cache.invalidate("sap", "cases")
    own_systems.conducts["sap"].misbehave(fail=503)
    answer = await get(gateways[0], url)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (503, "SOURCE_UNAVAILABLE")


async def test_who_goes_away_leaves_no_work_behind(
    asked: Ask, standing: list[Starlette], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the first byte and in the middle of the file: nothing is read and written for nobody."""
    monkeypatch.setattr(rows, "ROWS_AT_ONCE", 4)
    url = (await asked(URL, who=MANAGER, of={"cases": {}, "format": "CSV"}))["exportUrl"]
    path = "/" + url.partition("://")[2].partition("/")[2]
    for pieces in (0, 2):
        sent: list[Any] = []
        gone = asyncio.Event()

        async def send(message: Any, sent: list[Any] = sent, gone: asyncio.Event = gone, pieces: int = pieces) -> None:
            sent.append(message)
            if len(sent) > pieces:
                gone.set()
                await asyncio.sleep(0)

        async def receive(gone: asyncio.Event = gone, pieces: int = pieces) -> Any:
            if pieces:
                await gone.wait()
            return {"type": "http.disconnect"}

        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [],
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "scheme": "http",
            "server": ("portal.test", 80),
            "client": ("127.0.0.1", 1),
        }
        async with asyncio.timeout(10):
            await standing[0](scope, receive, send)
        bodies = [message for message in sent if message["type"] == "http.response.body" and message["body"]]
        assert len(bodies) < 15, "the whole file has 21 portions"


async def test_a_small_table_is_done_when_the_mutation_answers(ask: Ask, gateways: list[Starlette]) -> None:
    made = (await ask(START, who=MANAGER, of={"cases": OPEN_CASES, "format": "CSV"}))["startExport"]
    assert made["errors"] == []
    job = made["export"]
    assert (job["status"], job["statusLabel"], job["progress"]) == ("DONE", "Gotowy", 100)
    link = (await ask(URL, who=MANAGER, of={"cases": OPEN_CASES, "format": "CSV"}))["exportUrl"]
    kept, streamed = await get(gateways[1], job["url"]), await get(gateways[1], link)
    assert kept.content == streamed.content
    assert job["rowCount"] == len(lines(kept)) - 1
    assert [each["id"] for each in (await ask(MINE, who=MANAGER, gateway=1))["viewer"]["exports"]] == [job["id"]]
    assert (await ask(MINE, who=USER))["viewer"]["exports"] == []


@pytest.mark.rule("R10")
async def test_what_was_made_with_former_rights_is_not_there_any_more(ask: Ask, gateways: list[Starlette]) -> None:
    job = (await ask(START, who=MANAGER, of={"cases": {}, "format": "CSV"}))["startExport"]["export"]
    assert (await get(gateways[0], job["url"])).status_code == 200
    people = gateways[0].state.gateway.sources.people
    user = await people.users.by_email(MANAGER)
    before = user.accounts
    user = await people.users.change(user, EVENT, accounts=frozenset({"7100012"}))
    assert (await get(gateways[0], job["url"])).status_code == 404
    user = await people.users.change(user, EVENT, accounts=before)
    assert (await get(gateways[0], job["url"])).status_code == 200
    await people.users.change(user, EVENT, status=UserStatus.DISABLED)
    assert (await get(gateways[0], job["url"])).status_code == 404


@pytest.mark.rule("R10")
async def test_a_token_that_may_read_less_opens_no_table_that_was_made_with_more(
    ask: Ask, gateways: list[Starlette]
) -> None:
    gateway = gateways[0].state.gateway
    await ask(START, who=MANAGER, of={"cases": {}, "format": "CSV"})
    user = await gateway.sources.people.users.by_email(MANAGER)
    (job,) = await gateway.sources.people.export_jobs.of_subject(user.id)
    for scopes, status in (
        (None, 200),
        (frozenset({"portal"}), 200),
        (frozenset({"equipment:read"}), 404),
        (frozenset({"equipment:read", "accounts:read", "contracts:read"}), 404),
    ):
        url = gateway.exports.result_link(viewer_of_user(user, scopes=scopes), job)
        assert (await get(gateways[1], url)).status_code == status, scopes


async def test_a_table_that_is_made_can_be_watched_and_given_up(
    ask: Ask, gateways: list[Starlette], monkeypatch: pytest.MonkeyPatch, bearer: Callable[[str], dict[str, str]]
) -> None:
    monkeypatch.setattr(making, "_PATIENCE", 0.0)
    going = asyncio.Event()
    make = making.make  # type: ignore[attr-defined]  # what it was made with

    async def slowly(*given: Any) -> Any:
        await going.wait()
        return await make(*given)

    monkeypatch.setattr(making, "make", slowly)
    first, second, third = [
        (await ask(START, who=MANAGER, of={"cases": {}, "format": format}))["startExport"]["export"]
        for format in ("CSV", "CSV", "XLSX")  # noqa: A001  # as the graph calls it
    ]
    assert {each["status"] for each in (first, second, third)} == {"RUNNING"}
    refused = (await ask(START, who=MANAGER, of={"cases": {}}))["startExport"]
    assert [error["code"] for error in refused["errors"]] == ["TOO_MANY"]
    assert (await ask(CANCEL, who=USER, id=second["id"]))["cancelExport"]["errors"][0]["code"] == "NOT_FOUND"
    given_up = (await ask(CANCEL, who=MANAGER, id=second["id"], gateway=1))["cancelExport"]
    assert given_up["export"]["status"] == "CANCELLED"
    again = (await ask(CANCEL, who=MANAGER, id=second["id"]))["cancelExport"]
    assert again["errors"][0]["code"] == "WRONG_STATUS"
    watching = asyncio.create_task(_watched(gateways[1], first["id"], bearer(MANAGER)))
    await asyncio.sleep(0.2)
    going.set()
    states = await watching
    assert states[0] == "RUNNING"
    assert states[-1] == "DONE"
    assert await _watched(gateways[1], first["id"], bearer(USER)) == []
    async with asyncio.timeout(20):
        while (mine := (await ask(MINE, who=MANAGER))["viewer"]["exports"])[0]["status"] == "RUNNING":  # noqa: ASYNC110  # as a client asks
            await asyncio.sleep(0.05)
    assert {each["id"]: each["status"] for each in mine} == {
        first["id"]: "DONE",
        second["id"]: "CANCELLED",
        third["id"]: "DONE",
    }
    store = gateways[0].state.gateway.sources.files
    kept = {found.key async for found in store.kept_files("exports")}
    assert len(kept) == 2, "nothing is kept of what was given up"


async def _watched(app: Starlette, job: str, headers: dict[str, str]) -> list[str]:
    """The states that `exportProgress` tells."""
    query = "subscription ($id: ID!) { exportProgress(exportId: $id) { status progress } }"
    asked = {"query": query, "variables": {"id": job}}
    async with client_of(app) as client:
        answer = await client.post("/graphql", json=asked, headers={**headers, "accept": "text/event-stream"})
    return [part.partition('"status":"')[2].partition('"')[0] for part in answer.text.split("event: next")[1:]]


async def test_a_table_whose_gateway_is_gone_has_failed_and_says_so(ask: Ask, gateways: list[Starlette]) -> None:
    job = (await ask(START, who=MANAGER, of={"cases": {}}))["startExport"]["export"]
    jobs = gateways[0].state.gateway.sources.people.export_jobs
    gateway = gateways[0].state.gateway
    (kept,) = await jobs.of_subject((await gateway.sources.people.users.by_email(MANAGER)).id)
    assert not await jobs.end(kept.id, ExportStatus.FAILED, gateway.clock()), "it has come to its end before"
    assert await jobs.fail_silent(gateway.clock(), gateway.clock(), reason="gone") == 0
    assert await gateway.sources.files.file_size(result_key(kept.id)) is not None
    assert job["status"] == "DONE"
    await jobs.add(kept.__class__(**{**_fields(kept), "id": "j-2", "status": ExportStatus.RUNNING}), EVENT)
    assert await jobs.fail_silent(gateway.clock(), gateway.clock(), reason="gone") == 1
    assert (await jobs.job("j-2")).reason == "gone"


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


async def test_who_takes_something_away_is_in_the_trail(ask: Ask, gateways: list[Starlette]) -> None:
    url = (await ask(URL, who=MANAGER, of={"cases": OPEN_CASES, "format": "CSV"}))["exportUrl"]
    await get(gateways[0], url)
    people = gateways[0].state.gateway.sources.people
    (entry, *_) = await people.audit.entries()
    assert (entry.action, entry.details["list"], entry.details["format"]) == (
        AuditAction.EXPORTED,
        "CASES",
        ExportFormat.CSV.value,
    )
