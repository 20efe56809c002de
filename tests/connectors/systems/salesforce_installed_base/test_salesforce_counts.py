"""Counts and pages of restricted viewers: what the org does of them, and what is left to who checks the rows."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from connectors.ordering import sort_rows
from connectors.queries import AccountQuery, AccountScope, InstalledProductQuery, OrderBy, Rows
from connectors.systems.salesforce_installed_base.connector import SalesforceInstalledBase
from fixtures.simulators.conduct import Conduct
from fixtures.simulators.salesforce_installed_base import create_app, salesforce_id
from fixtures.simulators.server import running
from fixtures.world.generator import generate
from tests.connectors.systems.salesforce_installed_base.test_salesforce_reads import by_id, every_asset, soqls

EVERYONE = AccountScope(unrestricted=True)
Org = Any  # conftest's: a conftest is no module to import from
Connect = Callable[..., Awaitable[SalesforceInstalledBase]]


async def test_a_count_alone_asks_for_no_rows(crm: SalesforceInstalledBase, org: Org) -> None:
    answer = await crm.installed_products(InstalledProductQuery(scope=EVERYONE, limit=0, count=True))
    assert answer == Rows(windowed=True, more=True, total=len(org.world.assets))
    assert soqls(org) == ["SELECT COUNT() FROM SVMXC__Installed_Product__c"]


@pytest.mark.rule("R2")
async def test_a_restricted_count_is_left_to_who_checks_the_rows(crm: SalesforceInstalledBase, org: Org) -> None:
    mine = AccountScope(account_ids=frozenset({org.account("north-radio")}))
    for limit in (0, 1):
        answer = await crm.installed_products(InstalledProductQuery(scope=mine, limit=limit, count=True))
        assert (answer.windowed, answer.total) == (False, None)
        assert len(answer.rows) == sum(asset.owner == "north-radio" for asset in org.world.assets)


@pytest.mark.rule("R2")
async def test_a_restricted_page_is_cut_by_the_org_among_the_scopes_rows(
    crm: SalesforceInstalledBase, org: Org
) -> None:
    keys = {"north-radio", "north-cardio"}
    scope = AccountScope(account_ids=frozenset(map(org.account, keys)))
    order = (OrderBy("installation_date", descending=True),)
    mine = [row for row in await every_asset(crm) if row.account_id in scope.account_ids]
    org.conduct.behave()
    query = InstalledProductQuery(scope=scope, order=order, limit=5)
    page = await crm.installed_products(query)
    assert (page.windowed, page.more, page.total) == (True, len(mine) > 5, None)
    assert [row.id for row in page.rows] == [row.id for row in sort_rows(mine, order, by_id)[:5]]
    (asked,) = soqls(org)
    assert "SVMXC__Company__c IN (" in asked
    assert asked.endswith("LIMIT 6")


@pytest.mark.rule("R2")
async def test_a_page_of_a_large_customer_transfers_a_page(connect: Connect) -> None:
    """Ten of six thousand assets are asked for; eleven come, to know whether more follow."""
    world, conduct = generate(6_000, today=date(2026, 11, 22)), Conduct()
    owners = frozenset(salesforce_id("001", asset.owner) for asset in world.assets if asset.owner)
    assert len(owners) > 1
    with running(create_app(world, conduct)) as url:
        crm = await connect(url=url)
        conduct.behave()
        query = InstalledProductQuery(scope=AccountScope(account_ids=owners), order=(OrderBy("updated_at"),), limit=10)
        page = await crm.installed_products(query)
        assert (len(page.rows), page.more, page.windowed) == (10, True, True)
        assert len(conduct.calls) == 1
        assert conduct.bytes_answered() < 15_000


@pytest.mark.rule("R2")
async def test_a_scope_that_no_url_holds_is_no_window(crm: SalesforceInstalledBase, org: Org) -> None:
    mine = frozenset({org.account("north-radio")})
    scope = AccountScope(account_ids=mine | {f"001{number:012d}AAA" for number in range(1_000)})
    page = await crm.installed_products(InstalledProductQuery(scope=scope, limit=1))
    assert not page.windowed
    assert {row.account_id for row in page.rows} == mine


async def test_an_id_that_is_none_does_not_end_windows(crm: SalesforceInstalledBase, org: Org) -> None:
    assert (await crm.accounts(AccountQuery(scope=EVERYONE, ids=("x" * 18,), limit=1))).rows == ()
    assert (await crm.accounts(AccountQuery(scope=EVERYONE, limit=1))).windowed
