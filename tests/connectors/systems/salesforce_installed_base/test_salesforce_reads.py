"""The port against an org: what is answered, and how many calls it takes."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any
from urllib.parse import unquote

import pytest

from connectors.criteria import installed_product_matches
from connectors.errors import SourceMisconfigured, TooManyRows
from connectors.ordering import is_after, position_of, sort_rows
from connectors.queries import AccountQuery, AccountScope, InstalledProductQuery, LocationQuery, OrderBy, Rows
from connectors.records import InstalledProduct, Provenance
from connectors.registry import manifest, ports_of
from connectors.systems.salesforce_installed_base.client import Answer, Asked, SalesforceClient
from connectors.systems.salesforce_installed_base.connector import MANIFEST, SalesforceInstalledBase
from connectors.vocabulary import AssetStatus, Modality

EVERYONE = AccountScope(unrestricted=True)
Org = Any  # conftest's: a conftest is no module to import from
Connect = Callable[..., Awaitable[SalesforceInstalledBase]]


def by_id(row: InstalledProduct) -> str:
    return row.id


async def every_asset(crm: SalesforceInstalledBase) -> tuple[InstalledProduct, ...]:
    return (await crm.installed_products(InstalledProductQuery(scope=EVERYONE))).rows


def test_the_connector_is_found_by_its_folder() -> None:
    assert manifest("salesforce_installed_base") is MANIFEST


async def test_it_serves_the_installed_base(crm: SalesforceInstalledBase) -> None:
    assert [port.__name__ for port in ports_of(crm)] == ["InstalledBase", "ChangeNotices"]


async def test_all_pages_of_everything_are_read(crm: SalesforceInstalledBase, org: Org) -> None:
    rows = await crm.installed_products(InstalledProductQuery(scope=EVERYONE))
    assert sorted(row.installed_product_number or "" for row in rows.rows) == sorted(a.name for a in org.world.assets)
    assert not rows.windowed
    assert len(org.conduct.calls) == 4  # 700 assets on pages of 200


async def test_a_record_holds_what_the_world_says(crm: SalesforceInstalledBase, org: Org) -> None:
    asset = org.world.assets[0]
    query = InstalledProductQuery(scope=EVERYONE, asset_ids=(asset.equipment,))
    (found,) = (await crm.installed_products(query)).rows
    assert found.id == org.asset(asset.key)
    assert (found.asset_id, found.serial_number, found.udi) == (asset.equipment, asset.serial, asset.udi or None)
    assert (found.account_id, found.location_id) == (org.account(asset.owner), org.location(asset.location))
    assert (found.installation_date, found.updated_at) == (asset.installed, asset.modified)
    assert found.provenance == Provenance("crm", found.provenance.fetched_at)


@pytest.mark.rule("R10")
async def test_an_empty_scope_asks_nothing(crm: SalesforceInstalledBase, org: Org) -> None:
    nobody = AccountScope()
    assert await crm.accounts(AccountQuery(scope=nobody)) == Rows()
    assert await crm.locations(LocationQuery(scope=nobody)) == Rows()
    assert await crm.installed_products(InstalledProductQuery(scope=nobody)) == Rows()
    assert org.conduct.calls == []


async def test_an_empty_criterion_asks_nothing(crm: SalesforceInstalledBase, org: Org) -> None:
    assert await crm.accounts(AccountQuery(scope=EVERYONE, ids=())) == Rows()
    assert await crm.installed_products(InstalledProductQuery(scope=EVERYONE, modalities=())) == Rows()
    assert org.conduct.calls == []


@pytest.mark.rule("R2")
async def test_a_restricted_scope_sees_its_accounts_and_their_rows_in_one_call_each(
    crm: SalesforceInstalledBase, org: Org
) -> None:
    keys = {"north-radio", "north-cardio"}
    scope = AccountScope(account_ids=frozenset(map(org.account, keys)))
    accounts = await crm.accounts(AccountQuery(scope=scope))
    locations = await crm.locations(LocationQuery(scope=scope))
    assets = await crm.installed_products(InstalledProductQuery(scope=scope))
    assert {row.id for row in accounts.rows} == scope.account_ids
    assert {row.id for row in locations.rows} == {
        org.location(place.key) for place in org.world.locations if place.account in keys
    }
    assert {row.id for row in assets.rows} == {
        org.asset(asset.key) for asset in org.world.assets if asset.owner in keys
    }
    assert len(org.conduct.calls) == 3


@pytest.mark.rule("R4")
async def test_an_asset_without_owner_is_for_unrestricted_scopes_alone(crm: SalesforceInstalledBase, org: Org) -> None:
    unowned = {org.asset(asset.key) for asset in org.world.assets if asset.owner is None}
    assert unowned
    assert unowned <= {row.id for row in await every_asset(crm)}
    everywhere = AccountScope(account_ids=frozenset(org.account(account.key) for account in org.world.accounts))
    restricted = await crm.installed_products(InstalledProductQuery(scope=everywhere))
    assert len(restricted.rows) == len(org.world.assets) - len(unowned)


async def test_a_level_of_many_keys_is_one_call(crm: SalesforceInstalledBase, org: Org) -> None:
    ids = tuple(org.asset(asset.key) for asset in org.world.assets)
    org.conduct.behave()
    query = InstalledProductQuery(scope=EVERYONE, ids=(*ids, *ids[:5]))
    rows = (await crm.installed_products(query)).rows
    assert {row.id for row in rows} == set(ids)
    assert org.conduct.operations()[0] == "composite"
    assert all(call.startswith("query more") for call in org.conduct.operations()[1:])  # its pages are full: 200 rows


async def test_without_composite_the_portions_run_at_the_same_time(connect: Connect, org: Org) -> None:
    crm = await connect(use_composite=False, concurrent_calls=2)
    ids = tuple(org.asset(asset.key) for asset in org.world.assets)
    org.conduct.misbehave(delay=0.05)
    rows = (await crm.installed_products(InstalledProductQuery(scope=EVERYONE, ids=ids))).rows
    assert len(rows) == len(ids)
    assert org.conduct.most_in_flight == 2


async def test_what_was_not_asked_of_the_org_is_checked_here(crm: SalesforceInstalledBase, org: Org) -> None:
    accounts = frozenset(org.account(account.key) for account in org.world.accounts)
    strangers = frozenset(f"001{number:012d}AAA" for number in range(500))
    mine = frozenset(sorted(accounts)[:5])
    keys = (*(org.asset(asset.key) for asset in org.world.assets), *(f"a0P{number:012d}" for number in range(300)))
    org.conduct.behave()
    rows = (
        await crm.installed_products(InstalledProductQuery(scope=AccountScope(account_ids=mine | strangers), ids=keys))
    ).rows
    assert rows
    assert {row.account_id for row in rows} <= mine
    assert {row.id for row in rows} == {
        org.asset(asset.key) for asset in org.world.assets if asset.owner and org.account(asset.owner) in mine
    }


async def test_an_id_that_only_looks_like_one_finds_nothing_and_harms_no_other(
    crm: SalesforceInstalledBase, org: Org
) -> None:
    known = org.account("north")
    assert (await crm.accounts(AccountQuery(scope=EVERYONE, ids=("x" * 18,)))).rows == ()
    rows = (await crm.accounts(AccountQuery(scope=EVERYONE, ids=("x" * 18, known)))).rows
    assert [row.id for row in rows] == [known]


QUERIES = {
    "status": InstalledProductQuery(scope=EVERYONE, statuses=(AssetStatus.ACTIVE,)),
    "inactive": InstalledProductQuery(scope=EVERYONE, statuses=(AssetStatus.INACTIVE,)),
    "other status": InstalledProductQuery(scope=EVERYONE, statuses=(AssetStatus.OTHER, AssetStatus.INACTIVE)),
    "modality": InstalledProductQuery(scope=EVERYONE, modalities=(Modality.MR, Modality.IXR)),
    "other modality": InstalledProductQuery(scope=EVERYONE, modalities=(Modality.OTHER,)),
    "dates": InstalledProductQuery(scope=EVERYONE, installed_from=date(2021, 1, 1), installed_to=date(2023, 6, 30)),
    "until": InstalledProductQuery(scope=EVERYONE, installed_to=date(2023, 6, 30)),
    "text": InstalledProductQuery(scope=EVERYONE, text=" gAm "),
    "number": InstalledProductQuery(scope=EVERYONE, text="1000"),
    "zeros": InstalledProductQuery(scope=EVERYONE, text="000"),
    "odd text": InstalledProductQuery(scope=EVERYONE, text="%_'\\"),
    "both": InstalledProductQuery(scope=EVERYONE, text="tag-2", modalities=(Modality.CT, Modality.US)),
    "serial": InstalledProductQuery(scope=EVERYONE, serial_numbers=("MR30001", "ct12002")),
}
ORDERS: dict[str, tuple[OrderBy, ...]] = {
    "id": (),
    "number": (OrderBy("installed_product_number"),),
    "dates": (OrderBy("installation_date", descending=True), OrderBy("description")),
    "empty ones": (OrderBy("end_of_life"), OrderBy("product_family", descending=True), OrderBy("updated_at")),
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
async def test_criteria_mean_the_same_there_as_here(crm: SalesforceInstalledBase, query: InstalledProductQuery) -> None:
    answered = {row.id for row in filter(installed_product_matches(query), (await crm.installed_products(query)).rows)}
    assert answered == {row.id for row in filter(installed_product_matches(query), await every_asset(crm))}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("name", ["status", "other modality", "text", "until"])
async def test_windows_are_the_pages_of_the_whole_list(
    crm: SalesforceInstalledBase, name: str, order: tuple[OrderBy, ...]
) -> None:
    query = QUERIES[name]
    whole = sort_rows(filter(installed_product_matches(query), await every_asset(crm)), order, by_id)
    rows: list[InstalledProduct] = []
    after, more = None, True
    while more and len(rows) < 150:
        asked = InstalledProductQuery(
            scope=EVERYONE,
            statuses=query.statuses,
            modalities=query.modalities,
            text=query.text,
            installed_to=query.installed_to,
            order=order,
            after=after,
            limit=37,
            count=True,
        )
        page = await crm.installed_products(asked)
        assert (page.windowed, page.total) == (True, len(whole))
        rows.extend(page.rows)
        after, more = position_of(rows[-1], order, by_id), page.more
    assert [row.id for row in rows] == [row.id for row in whole[: len(rows)]]
    assert more == (len(rows) < len(whole))


async def test_a_window_costs_one_call_with_its_count(crm: SalesforceInstalledBase, org: Org) -> None:
    query = InstalledProductQuery(scope=EVERYONE, limit=10, count=True, order=(OrderBy("updated_at"),))
    page = await crm.installed_products(query)
    assert (len(page.rows), page.more, page.total) == (10, True, len(org.world.assets))
    assert org.conduct.operations() == ["composite"]


async def test_a_window_goes_on_where_a_cursors_row_has_gone(crm: SalesforceInstalledBase) -> None:
    order = (OrderBy("installation_date"),)
    whole = sort_rows(await every_asset(crm), order, by_id)
    gone = position_of(whole[20], order, by_id)
    after = type(gone)(gone.values, "a0P000000000000")
    page = await crm.installed_products(InstalledProductQuery(scope=EVERYONE, order=order, after=after, limit=5))
    expected = [row for row in whole if is_after(position_of(row, order, by_id), after, order)]
    assert [row.id for row in page.rows] == [row.id for row in expected[:5]]


@pytest.mark.parametrize("attribute", ["asset_id", "status", "modality", "account_id", "id"])
async def test_an_order_that_the_org_has_not_is_left_to_the_caller(
    crm: SalesforceInstalledBase, attribute: str
) -> None:
    query = InstalledProductQuery(scope=EVERYONE, order=(OrderBy(attribute),), limit=3, text="TAG-00")
    page = await crm.installed_products(query)
    assert not page.windowed
    assert len(page.rows) > 3


@pytest.mark.parametrize("name", ["zeros", "serial"])
async def test_what_the_org_finds_too_much_of_is_not_counted(crm: SalesforceInstalledBase, name: str) -> None:
    query = QUERIES[name]
    page = await crm.installed_products(
        InstalledProductQuery(scope=EVERYONE, text=query.text, serial_numbers=query.serial_numbers, limit=1, count=True)
    )
    assert (page.windowed, page.total) == (False, None)


async def test_an_org_that_orders_texts_by_case_is_not_asked_to(connect: Connect) -> None:
    crm = await connect(text_order=False)
    by_name = InstalledProductQuery(scope=EVERYONE, order=(OrderBy("description"),), limit=3)
    by_date = InstalledProductQuery(scope=EVERYONE, order=(OrderBy("updated_at"),), limit=3)
    assert not (await crm.installed_products(by_name)).windowed
    assert (await crm.installed_products(by_date)).windowed


async def test_an_org_that_takes_no_window_is_read_whole(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another engine may know neither NULLS LAST nor COUNT(): the rows come all the same, and it is asked but once."""
    crm = await connect()
    asked: list[str] = []
    read = SalesforceClient.read

    async def refusing(self: SalesforceClient, queries: Sequence[Asked]) -> list[Answer]:
        asked.extend(query.soql for query in queries)
        if any("NULLS LAST" in query.soql for query in queries):
            raise SourceMisconfigured(self.system, "did not understand the gateway's query", detail="MALFORMED_QUERY")
        return await read(self, queries)

    monkeypatch.setattr(SalesforceClient, "read", refusing)
    query = InstalledProductQuery(scope=EVERYONE, order=(OrderBy("updated_at"),), limit=3)
    first, second = await crm.installed_products(query), await crm.installed_products(query)
    assert not first.windowed
    assert {row.id for row in first.rows} == {row.id for row in second.rows}
    assert len(first.rows) > 3
    assert sum("NULLS LAST" in soql for soql in asked) == 1


async def test_a_projected_read_holds_what_checks_and_orders_need(crm: SalesforceInstalledBase) -> None:
    query = InstalledProductQuery(
        scope=EVERYONE,
        fields=frozenset({"serial_number"}),
        statuses=(AssetStatus.ACTIVE,),
        text="MR30001",
        order=(OrderBy("updated_at"),),
        limit=5,
    )
    (found,) = (await crm.installed_products(query)).rows
    assert installed_product_matches(query)(found)
    assert found.account_id
    assert found.updated_at
    assert found.installation_date is None


async def test_accounts_and_locations_are_found_by_their_own_criteria(crm: SalesforceInstalledBase, org: Org) -> None:
    north = org.account("north")
    assert [a.id for a in (await crm.accounts(AccountQuery(scope=EVERYONE, numbers=("7100000",)))).rows] == [north]
    children = (await crm.accounts(AccountQuery(scope=EVERYONE, parent_ids=(north,)))).rows
    assert {row.id for row in children} == {
        org.account(account.key) for account in org.world.accounts if account.parent == "north"
    }
    found = (await crm.accounts(AccountQuery(scope=EVERYONE, text="GDAŃSK", limit=1))).rows
    assert {"7100010", "7100011", "7100012"} <= {row.number for row in found}
    owner = org.account("north-radio")
    places = (await crm.locations(LocationQuery(scope=EVERYONE, account_ids=(owner,)))).rows
    assert places
    assert {place.account_id for place in places} == {owner}


async def test_more_rows_than_allowed_are_refused_at_the_first_page(connect: Connect, org: Org) -> None:
    crm = await connect(max_rows=300)
    with pytest.raises(TooManyRows) as refused:
        await crm.installed_products(InstalledProductQuery(scope=EVERYONE))
    assert "300 rows" in refused.value.message
    assert len(org.conduct.calls) == 1


async def test_an_org_with_other_names_needs_other_settings_alone(connect: Connect) -> None:
    crm = await connect(
        installed_products={"udi": "", "asset_tag": "", "description": "SVMXC__Serial_Lot_Number__c"},
        statuses={"Installed": "INACTIVE"},
    )
    query = InstalledProductQuery(scope=EVERYONE, serial_numbers=("MR30001",))
    (found,) = (await crm.installed_products(query)).rows
    assert (found.description, found.udi, found.status) == ("MR30001", None, AssetStatus.INACTIVE)


def soqls(org: Org) -> list[str]:
    """The queries asked alone, as they stood in their URLs."""
    return [unquote(call.query).removeprefix("q=") for call in org.conduct.calls]


async def test_a_projected_read_asks_for_those_fields_only(crm: SalesforceInstalledBase, org: Org) -> None:
    owner = AccountScope(account_ids=frozenset({org.account("north-radio")}))
    fields = frozenset({"serial_number", "status", "modality"})
    rows = (await crm.installed_products(InstalledProductQuery(scope=owner, fields=fields))).rows
    assert rows
    (asked,) = soqls(org)
    assert asked.partition(" FROM ")[0] == (
        "SELECT Id,SVMXC__Serial_Lot_Number__c,SVMXC__Product__r.Family,SVMXC__Status__c,SVMXC__Company__c"
    )
    projected = org.conduct.bytes_answered()
    org.conduct.behave()
    whole = (await crm.installed_products(InstalledProductQuery(scope=owner))).rows
    assert projected < org.conduct.bytes_answered() * 0.6
    assert [(row.id, row.serial_number, row.status) for row in rows] == [
        (row.id, row.serial_number, row.status) for row in whole
    ]
