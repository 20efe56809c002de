"""What the case archive holds comes out as records, in as few calls as it takes."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.errors import SourceFailed, SourceMisconfigured, SourceRejected, TooManyRows
from connectors.ports import CaseArchive, Connector
from connectors.queries import AccountScope, ArchivedCaseQuery, Keys
from connectors.records import ArchivedCase, Provenance
from connectors.registry import manifest
from connectors.systems.soap_case_archive import client
from connectors.systems.soap_case_archive.connector import MANIFEST, SoapCaseArchive
from connectors.vocabulary import CaseOrigin, CasePriority, CaseStatus, EventType, ServiceType
from fixtures.simulators import soap_case_archive as simulators
from tests.connectors.systems.soap_case_archive.conftest import LONG_LINE, LONG_WORD, MANY, NOW, Connect, Simulator

CUSTOMER = AccountScope(account_numbers=frozenset({"7100010"}))
ANALYST = AccountScope(unrestricted=True)


def asked(ids: Keys | None = None, assets: Keys | None = None, scope: AccountScope = CUSTOMER) -> ArchivedCaseQuery:
    return ArchivedCaseQuery(scope=scope, ids=ids, asset_ids=assets)


async def ids(archive: SoapCaseArchive, query: ArchivedCaseQuery) -> list[str]:
    return [case.id for case in (await archive.archived_cases(query)).rows]


def test_it_is_found_by_its_name_and_serves_the_port(archive: SoapCaseArchive) -> None:
    assert manifest("soap_case_archive") is MANIFEST
    assert isinstance(archive, Connector)
    assert isinstance(archive, CaseArchive)


def test_its_service_description_is_the_systems_own() -> None:
    wire = Path(simulators.__file__).parents[2] / "wire" / "soap_case_archive" / "case_archive.wsdl"
    assert client.WSDL.read_bytes() == wire.read_bytes()


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("query", [asked(assets=("10000012",)), asked(ids=("200000001",))])
async def test_a_case_is_read_the_same_by_asset_and_by_number(
    connect: Connect, query: ArchivedCaseQuery, version: str
) -> None:
    rows = await connect(soap_version=version, language="PL").archived_cases(query)
    assert rows.rows[0] == ArchivedCase(
        provenance=Provenance("archive", NOW),
        id="200000001",
        asset_id="10000012",
        account_number="7100010",
        description="TK: wyłącza się",
        priority=CasePriority.SYSTEM_DOWN,
        event_type=EventType.CORRECTIVE_MAINTENANCE,
        service_type=ServiceType.ON_SITE,
        origin=CaseOrigin.PHONE,
        status=CaseStatus.RESOLVED,
        created_at=datetime(2020, 7, 27, 5, 15, tzinfo=UTC),
        reported_closing_date=date(2020, 8, 2),
        purchase_order="PO-9",
        work_centre="Serwis Północ",
    )


async def test_what_the_archive_leaves_empty_or_codes_oddly_is_none(archive: SoapCaseArchive) -> None:
    (case,) = (await archive.archived_cases(asked(ids=("200000002",)))).rows
    assert case == ArchivedCase(
        provenance=Provenance("archive", NOW), id="200000002", asset_id="10000012", status=CaseStatus.CLOSED
    )


async def test_codes_and_the_time_zone_are_the_settings(connect: Connect) -> None:
    archive = connect(
        time_zone="America/New_York", priorities={"2": "5"}, event_types={"S1": "INSTALLATION"}, origins={"P": "WEB"}
    )
    case = (await archive.archived_cases(asked(ids=("200000001",)))).rows[0]
    assert case.created_at == datetime(2020, 7, 27, 11, 15, tzinfo=UTC)
    assert (case.priority, case.event_type, case.origin) == (
        CasePriority.SCHEDULED,
        EventType.INSTALLATION,
        CaseOrigin.WEB,
    )


async def test_every_page_of_an_asset_is_read(archive: SoapCaseArchive, simulator: Simulator) -> None:
    assert sorted(await ids(archive, asked(assets=("10000099",)))) == [case.number for case in MANY]
    assert simulator.conduct.operations() == ["Z_SCA_CASE_GETLIST"] * 3


async def test_many_assets_take_one_call_for_200_of_them(archive: SoapCaseArchive, simulator: Simulator) -> None:
    assets = tuple(str(10_000_013 - place) for place in range(401))
    assert sorted(await ids(archive, asked(assets=assets))) == ["200000001", "200000002", "200000003"]
    assert len(simulator.conduct.calls) == 3


async def test_numbers_and_assets_are_anded(archive: SoapCaseArchive) -> None:
    both = asked(ids=("200000001", "200000003"), assets=("10000013", "1"))
    assert await ids(archive, both) == ["200000003"]


@pytest.mark.rule("R10")
async def test_a_number_that_the_archive_does_not_have_is_absent(archive: SoapCaseArchive) -> None:
    assert await ids(archive, asked(ids=("199999999", "200000003", "no such number at all", "0"))) == ["200000003"]
    assert await archive.texts(("199999999",)) == {}


async def test_calls_for_single_cases_are_bounded(connect: Connect, simulator: Simulator) -> None:
    simulator.conduct.misbehave(delay=0.02)
    numbers = tuple(case.number for case in MANY[:20])
    assert await ids(connect(), asked(ids=numbers + numbers)) == list(numbers)
    assert (len(simulator.conduct.calls), simulator.conduct.most_in_flight) == (20, 8)


async def test_texts_are_joined_as_their_lines_say(archive: SoapCaseArchive) -> None:
    assert await archive.texts(("200000001", "200000002", "200000003")) == {
        "200000001": f"Opis zgłoszenia:\n{LONG_LINE}\n\n{LONG_WORD}",
        "200000003": "Bez uwag <&>.",
    }


async def test_a_text_is_answered_under_the_number_asked_for(archive: SoapCaseArchive) -> None:
    assert set(await archive.texts(("000200000003", "200000003"))) == {"000200000003", "200000003"}


@pytest.mark.rule("R10")
async def test_who_may_see_nothing_and_what_names_nothing_asks_nothing(
    archive: SoapCaseArchive, simulator: Simulator
) -> None:
    assert await ids(archive, asked(assets=("10000012",), scope=AccountScope())) == []
    assert await ids(archive, asked(assets=())) == []
    assert await ids(archive, asked(ids=())) == []
    assert await ids(archive, asked(ids=("200000001",), assets=())) == []
    assert await archive.texts(()) == {}
    assert simulator.conduct.calls == []


@pytest.mark.parametrize("scope", [CUSTOMER, ANALYST])
async def test_a_read_without_a_criterion_is_a_mistake(archive: SoapCaseArchive, scope: AccountScope) -> None:
    with pytest.raises(ValueError, match="names at least one"):
        await archive.archived_cases(asked(scope=scope))


@pytest.mark.parametrize("query", [asked(assets=("10000012",)), asked(ids=("200000001",))])
@pytest.mark.parametrize("severity", ["E", "A"])
async def test_an_error_row_about_something_else_is_a_refusal(
    archive: SoapCaseArchive, simulator: Simulator, severity: str, query: ArchivedCaseQuery
) -> None:
    simulator.faults.return_row("The archive is being reorganised", severity=severity)
    with pytest.raises(SourceRejected, match="reorganised"):
        await archive.archived_cases(query)


async def test_an_abort_is_a_refusal_even_where_it_names_the_case(
    archive: SoapCaseArchive, simulator: Simulator
) -> None:
    simulator.faults.return_row("Case 200000001 broke the program", severity="A")
    with pytest.raises(SourceRejected):
        await archive.texts(("200000001",))


async def test_another_archives_words_for_no_such_case_are_a_setting(connect: Connect, simulator: Simulator) -> None:
    simulator.faults.return_row("Nothing here", number=77)
    assert await connect(missing_case_codes=["ZSCA077"]).texts(("200000001",)) == {}
    simulator.faults.raise_exception("CASE_NOT_FOUND", "Nothing here")
    assert await connect().texts(("200000001",)) == {}


async def test_one_case_that_fails_fails_the_read(archive: SoapCaseArchive, simulator: Simulator) -> None:
    simulator.faults.raise_exception("NO_AUTHORITY", "No authorisation")
    with pytest.raises(SourceRejected, match="No authorisation"):
        await archive.texts(("200000001", "200000002", "200000003"))


async def test_too_many_rows_are_refused(connect: Connect) -> None:
    with pytest.raises(TooManyRows):
        await connect(max_rows=1000).archived_cases(asked(assets=("10000099",)))
    with pytest.raises(TooManyRows):
        await connect(max_rows=1).archived_cases(asked(ids=("200000001", "200000002")))


async def test_a_check_tries_each_operation(archive: SoapCaseArchive, simulator: Simulator) -> None:
    assert [result.ok for result in await archive.check()] == [True, True]
    assert simulator.conduct.operations() == ["Z_SCA_CASE_GETLIST", "Z_SCA_CASE_GETDETAIL"]


async def test_a_check_of_a_failing_archive_says_so(archive: SoapCaseArchive, simulator: Simulator) -> None:
    simulator.conduct.misbehave(fail=401)
    results = await archive.check()
    assert [result.ok for result in results] == [False, False]
    assert all("password" in result.hint for result in results)


async def test_a_ping_is_one_call(archive: SoapCaseArchive, simulator: Simulator) -> None:
    await archive.ping()
    assert len(simulator.conduct.calls) == 1
    simulator.conduct.misbehave(fail=503)
    with pytest.raises(SourceFailed):
        await archive.ping()
    simulator.conduct.misbehave(fail=403)
    with pytest.raises(SourceMisconfigured):
        await archive.ping()
