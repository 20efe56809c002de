"""Statements as PDF files (F11, F12): what the graph says of the same equipment to the same viewer; nobody else's."""

import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pikepdf
import pypdfium2
import pytest
from starlette.applications import Starlette

from connectors.people import AuditAction, AuditEvent
from connectors.vocabulary import UserStatus
from gateway.statements.rendering import Writer, languages, texts
from tests.gateway.conftest import client_of
from tests.gateway.test_deliveries import Ask, ask

__all__ = ["ask"]

MANAGER, USER, SOUTH = "manager@north.example", "user@north.example", "manager@south.example"
EVENT = AuditEvent(action=AuditAction.USER_DISABLED, actor="a", subject="b")
TODAY = datetime.now(UTC).date()
PERIOD = {"from": (TODAY - timedelta(days=120)).isoformat(), "to": TODAY.isoformat()}
ENTITLED = ["a01", "a06", "a14", "a18", "a21", "a26", "a28"]
REFUSED = {
    "a05": "ENDED",
    "a08": "CONTRACT_NOT_ACTIVE",
    "a19": "CONTRACT_NOT_ACTIVE",
    "a20": "NOT_YET",
    "a24": "NO_ENTITLEMENT",
}
ASSET = """query ($asset: String!, $from: Date!, $to: Date!) { installedProduct(assetId: $asset) {
  id serialNumber description endOfLife endOfService uptimeReportAccess { entitled reason reasonLabel }
  uptimeReportUrl(from: $from, to: $to) endOfLifeStatementUrl
  cases(first: 1000) { nodes { number priority isDown eventType status createdAt reportedClosingDate } }
  contractLines { number endDate } } }"""


async def get(app: Starlette, url: str, **headers: str) -> httpx.Response:
    async with client_of(app) as client:
        return await client.get("/" + url.partition("://")[2].partition("/")[2], headers=headers)


def words_of(content: bytes) -> str:
    """What the pages say, as another reader has it."""
    document = pypdfium2.PdfDocument(content)
    try:
        return " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())
    finally:
        document.close()


def number_of(key: str) -> str:
    return f"100000{key[1:]}"


async def asset(ask: Ask, key: str, who: str = MANAGER, **period: str) -> Any:
    return (await ask(ASSET, who=who, asset=number_of(key), **(PERIOD | period)))["installedProduct"]


@pytest.mark.rule("V26")
@pytest.mark.rule("F11")
@pytest.mark.parametrize("key", [*ENTITLED, *REFUSED])
async def test_a_report_is_there_for_entitled_equipment_and_the_reason_for_other(asked: Ask, key: str) -> None:
    told = await asset(asked, key, "analyst@maker.example")
    access = told["uptimeReportAccess"]
    assert access["entitled"] is (key in ENTITLED)
    assert access["reason"] == REFUSED.get(key, "ENTITLED")
    assert (told["uptimeReportUrl"] is not None) is (key in ENTITLED)
    assert access["reasonLabel"]


@pytest.mark.rule("F11")
@pytest.mark.parametrize("key", ["a01", "a06", "a14", "a18"])
async def test_a_report_tells_what_the_graph_does(asked: Ask, standing: list[Starlette], key: str) -> None:
    told = await asset(asked, key)
    answer = await get(standing[1], told["uptimeReportUrl"])
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("inline; filename*=UTF-8''uptime-")
    assert answer.headers["cache-control"] == "private, no-store"
    text = words_of(answer.content)
    assert told["serialNumber"] in text
    assert texts("pl")["uptime"]["title"] in text
    start = datetime.fromisoformat(PERIOD["from"]).replace(tzinfo=UTC)
    for case in told["cases"]["nodes"]:
        incident = (case["priority"] in ("URGENT_NEED", "SYSTEM_DOWN") or case["isDown"]) and case[
            "eventType"
        ] != "PLANNED_MAINTENANCE"
        until = case["reportedClosingDate"] or (
            "9999" if case["status"] in ("NEW", "IN_PROGRESS") else case["createdAt"]
        )
        if incident and case["createdAt"] and until > (start + timedelta(days=1)).isoformat():
            assert case["number"] in text, case
        if not incident:
            assert case["number"] not in text
    query = """query ($from: Date!, $to: Date!) { fleetStatistics(from: $from, to: $to, first: 1000) {
      assets { installedProduct { assetId } availability } } }"""
    fleet = (await asked(query, who=MANAGER, **PERIOD))["fleetStatistics"]["assets"]
    availability = {row["installedProduct"]["assetId"]: row["availability"] for row in fleet}[number_of(key)]
    shown = re.search(r"([\d ]+,\d\d) %", text)
    assert shown is not None
    assert float(shown[1].replace(",", ".").replace(" ", "")) == pytest.approx(availability, abs=0.05)


@pytest.mark.rule("F12")
@pytest.mark.parametrize("key", ["a01", "a02", "a08", "a09", "a13", "a21"])
async def test_a_statement_tells_dates_and_what_ends_when(asked: Ask, standing: list[Starlette], key: str) -> None:
    told = await asset(asked, key)
    answer = await get(standing[0], told["endOfLifeStatementUrl"])
    text = words_of(answer.content)
    writer = Writer("pl", "Europe/Warsaw", datetime.now(UTC))
    for day in (told["endOfLife"], told["endOfService"], *(line["endDate"] for line in told["contractLines"])):
        if day is not None and not day.startswith("9999"):
            assert writer.day(date.fromisoformat(day)) in text
    words = texts("pl")["end_of_life"]
    assert words["title"] in text
    if key == "a08":  # of a product that another one replaces
        assert words["replaced_by"].format(name="Meridian 3.0T", code="MR-300") in text
    if told["endOfLife"] is None and told["endOfService"] is None:
        assert words["unannounced"] in text


@pytest.mark.rule("F11")
@pytest.mark.parametrize("name", ["uptimeReportUrl", "endOfLifeStatementUrl"])
async def test_a_file_is_archivable_accessible_and_the_same_every_time(
    asked: Ask, standing: list[Starlette], name: str
) -> None:
    past = {"from": (TODAY - timedelta(days=90)).isoformat(), "to": (TODAY - timedelta(days=1)).isoformat()}
    first = await get(standing[0], (await asset(asked, "a01", **past))[name])
    second = await get(standing[1], (await asset(asked, "a01", **past))[name])
    assert first.content == second.content
    with pikepdf.open(io.BytesIO(first.content)) as document:
        metadata = document.open_metadata()
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A")
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"]
        root = document.Root
        assert str(root.Lang) == "pl"
        assert bool(root.MarkInfo.Marked)
        assert "/StructTreeRoot" in root
        assert "/OutputIntents" in root
        assert not any(key in root for key in ("/AcroForm", "/OpenAction", "/AA"))
        for page in document.pages:
            for font in page.resources.get("/Font", {}).values():
                (own,) = font.DescendantFonts
                assert any(key in own.FontDescriptor for key in ("/FontFile2", "/FontFile3")), "every font is in it"


@pytest.mark.rule("F17")
@pytest.mark.parametrize("name", ["uptimeReportUrl", "endOfLifeStatementUrl"])
async def test_pages_look_as_they_should(asked: Ask, standing: list[Starlette], name: str) -> None:
    """Nothing runs off a page: what is drawn lies within its margins."""
    content = (await get(standing[0], (await asset(asked, "a01"))[name])).content
    document = pypdfium2.PdfDocument(content)
    assert 1 <= len(document) <= 6
    for page in document:
        picture = page.render(scale=1).to_pil().convert("L")
        width, height = picture.size
        box = picture.point(lambda shade: 255 if shade < 250 else 0).getbbox()
        assert box is not None
        assert box[0] >= width * 0.08
        assert box[2] <= width * 0.92
        assert box[1] >= height * 0.02
        assert box[3] <= height * 0.98
    document.close()


@pytest.mark.rule("F17")
def test_every_language_has_every_word() -> None:
    def shape(value: Any) -> Any:
        return {key: shape(each) for key, each in value.items()} if isinstance(value, dict) else type(value)

    assert languages() >= {"en", "pl"}
    assert {str(shape(texts(locale))) for locale in languages()} == {str(shape(texts("en")))}
    assert texts("de") == texts("en")


@pytest.mark.rule("R10")
@pytest.mark.rule("V26")
async def test_a_link_ends_with_its_viewers_rights_and_the_entitlement(
    ask: Ask, gateways: list[Starlette], bearer: Callable[[str], dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await asset(ask, "a01")
    urls = [told["uptimeReportUrl"], told["endOfLifeStatementUrl"]]
    for url in urls:
        assert (await get(gateways[0], url)).status_code == 200
        assert (await get(gateways[0], url, **bearer(SOUTH))).status_code == 404
        assert (await get(gateways[0], url.replace("/statements/", "/statements/x"))).status_code == 404
    assert (await asset(ask, "a01", SOUTH)) is None
    people = gateways[0].state.gateway.sources.people
    user = await people.users.by_email(MANAGER)
    elsewhere = await people.users.change(user, EVENT, accounts=frozenset({"7100020"}))
    assert [(await get(gateways[0], url)).status_code for url in urls] == [404, 404]
    gone = await people.users.change(elsewhere, EVENT, accounts=user.accounts, status=UserStatus.DISABLED)
    assert [(await get(gateways[0], url)).status_code for url in urls] == [404, 404]
    await people.users.change(gone, EVENT, status=UserStatus.ACTIVE)
    monkeypatch.setattr("auth.statements.uptime_report_entitlement", lambda lines, today: "ENDED")
    assert [(await get(gateways[0], url)).status_code for url in urls] == [404, 200]


@pytest.mark.rule("F11")
async def test_a_system_that_is_away_gives_no_half_report(
    ask: Ask, gateways: list[Starlette], own_systems: Any
) -> None:
    url = (await asset(ask, "a01"))["uptimeReportUrl"]
    for app in gateways:
        await app.state.gateway.cache.invalidate("sap", "cases")
        await app.state.gateway.cache.invalidate("sap", "service_orders")
    own_systems.conducts["sap"].misbehave(fail=503)
    answer = await get(gateways[0], url)
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)


@pytest.mark.rule("F11")
async def test_a_period_that_is_none_is_told(
    standing: list[Starlette], bearer: Callable[[str], dict[str, str]]
) -> None:
    async with client_of(standing[0]) as client:
        for first, last in ((TODAY + timedelta(days=3), TODAY + timedelta(days=9)), (TODAY, TODAY - timedelta(days=1))):
            variables = {"asset": number_of("a01"), "from": first.isoformat(), "to": last.isoformat()}
            answer = await client.post(
                "/graphql", json={"query": ASSET, "variables": variables}, headers=bearer(MANAGER)
            )
            assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_INPUT"


@pytest.mark.rule("F11")
async def test_who_takes_a_report_is_in_the_trail(ask: Ask, gateways: list[Starlette]) -> None:
    await get(gateways[0], (await asset(ask, "a01"))["uptimeReportUrl"])
    (entry, *_) = await gateways[0].state.gateway.sources.people.audit.entries()
    assert entry.action is AuditAction.DOWNLOADED
    assert entry.details["document"].startswith("uptime report")
