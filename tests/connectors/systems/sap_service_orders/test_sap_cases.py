"""Cases from the simulated system: what is asked, what it costs, what comes back."""

from datetime import timedelta
from urllib.parse import unquote

import pytest

from connectors.errors import TooManyRows
from connectors.ports import Connector, ServiceCases
from connectors.queries import AccountScope, CaseQuery, Rows
from connectors.records import Provenance
from connectors.vocabulary import CaseOrigin, CasePriority, CaseStatus, EventType
from tests.connectors.systems.sap_service_orders.conftest import NOW, Connect, Sap

ANALYST = AccountScope(unrestricted=True)
CUSTOMER = AccountScope(account_numbers=frozenset({"7100012"}))
NOBODY = AccountScope()


async def ids(connect: Connect, query: CaseQuery, **changed: object) -> set[str]:
    found = [case.id for case in (await connect(**changed).cases(query)).rows]
    assert len(found) == len(set(found)), "each case once"
    return set(found)


def filter_of(sap: Sap, call: int = -1) -> str:
    return unquote(sap.conduct.calls[call].query)


def test_it_serves_the_port(connect: Connect) -> None:
    connector = connect()
    assert isinstance(connector, Connector)
    assert isinstance(connector, ServiceCases)
    assert connector.system == "sap"


async def test_every_case_says_where_it_came_from_and_when(connect: Connect, sap: Sap) -> None:
    rows = (await connect().cases(CaseQuery(scope=ANALYST))).rows
    assert {case.id for case in rows} == {case.number for case in sap.world.cases}
    assert {case.provenance for case in rows} == {Provenance("sap", NOW)}


async def test_cases_of_a_hundred_assets_are_one_call(connect: Connect, sap: Sap) -> None:
    wanted = tuple(asset.equipment for asset in sap.world.assets if asset.equipment)
    keys = (*wanted, *(str(number) for number in range(99_000_000, 99_000_100 - len(wanted))))
    query = CaseQuery(scope=ANALYST, asset_ids=keys, fields=frozenset({"status", "priority", "is_down"}))
    assert await ids(connect, query) == {case.number for case in sap.world.cases if case.equipment in wanted}
    assert sap.conduct.operations() == ["MaintenanceNotification"]
    assert len(sap.conduct.calls[0].query) < 6_000


async def test_more_keys_than_an_url_takes_go_in_one_batch_with_one_token(connect: Connect, sap: Sap) -> None:
    keys = tuple(case.number for case in sap.world.cases)
    connector = connect()
    rows = (await connector.cases(CaseQuery(scope=ANALYST, ids=keys))).rows
    assert {case.id for case in rows} == set(keys)
    first, second = sap.conduct.operations()
    assert first == "API_MAINTNOTIFICATION"
    assert second.startswith("$batch[MaintenanceNotification,")
    await connector.cases(CaseQuery(scope=ANALYST, ids=keys))
    assert len(sap.conduct.calls) == 3, "the token is kept"


async def test_without_paths_in_select_the_same_comes_from_whole_navigations(connect: Connect, sap: Sap) -> None:
    keys = tuple(case.number for case in sap.world.cases)
    accounts = tuple({case.sold_to for case in sap.world.cases if case.sold_to})
    for query in (CaseQuery(scope=ANALYST, ids=keys), CaseQuery(scope=ANALYST, sold_to=accounts)):
        sap.conduct.behave()
        simple = (await connect(select_paths=False).cases(query)).rows
        assert not any("to_Partner/" in call.query.partition("$expand")[0] for call in sap.conduct.calls)
        usual = (await connect().cases(query)).rows
        assert {(row.id, row.sold_to, row.ship_to) for row in simple} == {
            (row.id, row.sold_to, row.ship_to) for row in usual
        }
        assert simple


async def test_without_batch_the_same_comes_from_single_reads(connect: Connect, sap: Sap) -> None:
    keys = tuple(case.number for case in sap.world.cases)
    assert await ids(connect, CaseQuery(scope=ANALYST, ids=keys), use_batch=False) == set(keys)
    assert set(sap.conduct.operations()) == {"MaintenanceNotification"}


async def test_many_keys_are_many_batches_and_no_more_at_once_than_allowed(connect: Connect, sap: Sap) -> None:
    keys = tuple(case.number for case in sap.world.cases)
    told = {"keys_per_get": 2, "gets_per_batch": 5, "concurrency": 3}
    assert await ids(connect, CaseQuery(scope=ANALYST, ids=keys), **told) == set(keys)
    assert sap.conduct.most_in_flight <= 3
    assert len(sap.conduct.calls) == 1 + -(-len(keys) // 10)


@pytest.mark.parametrize("scope", [ANALYST, CUSTOMER])
async def test_a_case_is_found_by_either_of_its_numbers(connect: Connect, sap: Sap, scope: AccountScope) -> None:
    born = next(case for case in sap.world.cases if case.external_reference)
    for number in (born.number, born.external_reference):
        rows = (await connect().cases(CaseQuery(scope=scope, numbers=(number,)))).rows
        assert [(case.id, case.number) for case in rows] == [(born.number, born.external_reference)]


async def test_cases_of_accounts_are_asked_for_through_their_partner(connect: Connect, sap: Sap) -> None:
    query = CaseQuery(scope=CUSTOMER, sold_to=("7100012",))
    rows = (await connect().cases(query)).rows
    expected = {case.number: case.ship_to for case in sap.world.cases if case.sold_to == "7100012"}
    assert {case.id: case.ship_to for case in rows} == expected
    assert {case.sold_to for case in rows} == {"7100012"}
    assert sap.conduct.operations() == ["MaintenanceNotificationPartner"]
    assert "PartnerFunction eq 'AG' and Partner eq '0007100012'" in filter_of(sap)


async def test_other_criteria_hold_for_cases_of_accounts_too(connect: Connect, sap: Sap) -> None:
    query = CaseQuery(scope=CUSTOMER, sold_to=("7100012", "7100029"), statuses=(CaseStatus.NEW,), fields=frozenset())
    expected = {
        case.number for case in sap.world.cases if case.sold_to in ("7100012", "7100029") and case.phase in ("1", "2")
    }
    assert expected
    assert await ids(connect, query) == expected
    assert "to_Partner" not in filter_of(sap)


async def test_an_account_and_assets_together_narrow_each_other(connect: Connect, sap: Sap) -> None:
    some = next(case for case in sap.world.cases if case.sold_to and case.equipment and case.sold_to != "7100012")
    assert some.equipment is not None
    query = CaseQuery(scope=ANALYST, asset_ids=(some.equipment,), sold_to=("7100012",), fields=frozenset())
    assert await ids(connect, query) == set()
    assert "TechnicalObject eq" in filter_of(sap)


async def test_only_what_is_wanted_is_selected(connect: Connect, sap: Sap) -> None:
    await connect().cases(CaseQuery(scope=ANALYST, fields=frozenset({"priority", "origin"})))
    select = filter_of(sap).partition("$select=")[2].partition("&")[0].split(",")
    assert sorted(select) == sorted(
        [
            "MaintenanceNotification",
            "MaintNotifExtReferenceNumber",
            "TechnicalObject",
            "TechObjIsEquipOrFuncnlLoc",
            "MaintPriority",
            "ZZ1_Origin_NTF",
        ]
    )
    assert "$expand" not in filter_of(sap)


async def test_a_customers_case_by_number_brings_its_sold_to_for_the_check_of_scope(connect: Connect, sap: Sap) -> None:
    some = next(case for case in sap.world.cases if case.sold_to)
    rows = (await connect().cases(CaseQuery(scope=CUSTOMER, ids=(some.number,), fields=frozenset()))).rows
    assert [case.sold_to for case in rows] == [some.sold_to]


async def test_a_deployment_without_its_own_fields_is_not_asked_for_them(connect: Connect, sap: Sap) -> None:
    none = dict.fromkeys(("purchase_order", "origin", "contact_email", "contact_phone"), "")
    rows = await connect(custom_fields=none).cases(CaseQuery(scope=ANALYST))
    assert {case.purchase_order for case in rows.rows} == {None}
    assert "ZZ1_" not in filter_of(sap)
    sap.conduct.behave()
    asked = CaseQuery(scope=ANALYST, origins=(CaseOrigin.WEB,))
    assert await connect(custom_fields=none).cases(asked) == Rows()
    assert sap.conduct.calls == []


@pytest.mark.parametrize("status", [status for status in CaseStatus if status.is_registered])
async def test_each_status_is_told_apart(connect: Connect, sap: Sap, status: CaseStatus) -> None:
    def status_of(phase: str, tokens: str) -> CaseStatus:
        if phase == "4":
            return CaseStatus.CLOSED if "CLSD" in tokens.split() else CaseStatus.RESOLVED
        return CaseStatus.IN_PROGRESS if phase == "3" else CaseStatus.NEW

    expected = {case.number for case in sap.world.cases if status_of(case.phase, case.system_status) is status}
    assert expected
    assert await ids(connect, CaseQuery(scope=ANALYST, statuses=(status,), fields=frozenset())) == expected


async def test_codes_are_pushed_and_hold(connect: Connect, sap: Sap) -> None:
    query = CaseQuery(
        scope=ANALYST,
        event_types=(EventType.CORRECTIVE_MAINTENANCE, EventType.INSTALLATION),
        priorities=(CasePriority.SYSTEM_DOWN,),
        origins=(CaseOrigin.PHONE,),
    )
    expected = {
        case.number
        for case in sap.world.cases
        if case.kind in ("S1", "S4") and case.priority == "2" and case.origin == "P"
    }
    assert expected
    assert await ids(connect, query) == expected
    assert (
        "(NotificationType eq 'S1' or NotificationType eq 'S4') and MaintPriority eq '2' and ZZ1_Origin_NTF eq 'P'"
        in filter_of(sap)
    )


async def test_times_hold_to_the_second(connect: Connect, sap: Sap) -> None:
    every = (await connect().cases(CaseQuery(scope=ANALYST))).rows
    some = sorted(case.created_at for case in every if case.created_at)[len(every) // 2]
    hour = timedelta(hours=1)
    created = CaseQuery(scope=ANALYST, created_from=some, created_to=some + 300 * hour)
    expected = {case.id for case in every if case.created_at and some <= case.created_at < some + 300 * hour}
    assert await ids(connect, created) == expected != set()
    changed = every[0].updated_at
    assert changed is not None
    updated = CaseQuery(scope=ANALYST, updated_from=changed, updated_to=changed + timedelta(microseconds=1))
    assert await ids(connect, updated) == {case.id for case in every if case.updated_at == changed}


async def test_text_is_found_whatever_its_case(connect: Connect, sap: Sap) -> None:
    expected = {case.number for case in sap.world.cases if "błąd cewki" in case.text.lower()}
    assert expected
    assert await ids(connect, CaseQuery(scope=ANALYST, text="BŁĄD Cewki", fields=frozenset())) == expected


async def test_too_many_rows_are_refused(connect: Connect, sap: Sap) -> None:
    with pytest.raises(TooManyRows):
        await connect(max_rows=10).cases(CaseQuery(scope=ANALYST))


@pytest.mark.parametrize(
    "query",
    [
        CaseQuery(scope=NOBODY, ids=("300000101",)),
        CaseQuery(scope=NOBODY),
        CaseQuery(scope=ANALYST, ids=()),
        CaseQuery(scope=CUSTOMER, asset_ids=()),
        CaseQuery(scope=ANALYST, statuses=()),
        CaseQuery(scope=ANALYST, ids=("000300000101", "9" * 20, "")),
    ],
)
async def test_what_can_find_nothing_asks_nothing(connect: Connect, sap: Sap, query: CaseQuery) -> None:
    assert await connect().cases(query) == Rows()
    assert sap.conduct.calls == []


async def test_a_restricted_read_of_everything_is_a_programming_error(connect: Connect, sap: Sap) -> None:
    with pytest.raises(ValueError, match="restricted"):
        await connect().cases(CaseQuery(scope=CUSTOMER, text="x"))
    assert sap.conduct.calls == []


@pytest.mark.parametrize("key", ["O'Hara", "1' or 'a' eq 'a", "ż%27 & +#?", "'"])
async def test_odd_numbers_find_nothing_and_break_nothing(connect: Connect, sap: Sap, key: str) -> None:
    assert await ids(connect, CaseQuery(scope=ANALYST, numbers=(key,))) == set()
    assert await ids(connect, CaseQuery(scope=ANALYST, asset_ids=(key,))) == set()


async def test_a_projected_read_transfers_less(connect: Connect, sap: Sap) -> None:
    assets = tuple(asset.equipment for asset in sap.world.assets if asset.equipment)
    query = CaseQuery(scope=ANALYST, asset_ids=assets, fields=frozenset({"number", "priority", "status"}))
    assert await ids(connect, query)
    projected = sap.conduct.bytes_answered()
    sap.conduct.behave()
    await ids(connect, CaseQuery(scope=ANALYST, asset_ids=assets))
    assert projected < sap.conduct.bytes_answered() / 2


@pytest.mark.parametrize("statuses", [None, (CaseStatus.NEW, CaseStatus.IN_PROGRESS)])
async def test_a_count_alone_asks_for_no_rows(
    connect: Connect, sap: Sap, statuses: tuple[CaseStatus, ...] | None
) -> None:
    expected = sum(statuses is None or case.phase in ("1", "2", "3") for case in sap.world.cases)
    answer = await connect().cases(CaseQuery(scope=ANALYST, statuses=statuses, limit=0, count=True))
    assert answer == Rows(windowed=True, more=True, total=expected)
    assert len(sap.conduct.calls) == 1
    assert "$top=0" in filter_of(sap)
    assert sap.conduct.bytes_answered() < 100


async def test_a_count_that_sap_cannot_do_exactly_is_left_to_the_caller(connect: Connect, sap: Sap) -> None:
    answer = await connect().cases(CaseQuery(scope=ANALYST, text="coil", limit=0, count=True))
    assert (answer.windowed, answer.total) == (False, None)
