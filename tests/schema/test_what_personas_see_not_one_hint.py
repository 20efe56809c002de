"""Nothing in all that a persona gets tells of what that persona may not see: no serial, no number, no word (R10)."""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator

import pytest

from fixtures.world.model import Account, ArchivedCase, Asset, Case, Contract, Location, ServiceOrder, World
from tests.oracle import SHOWN_ACTIVITIES, Sight
from tests.portal import Portal
from tests.seen import every_object, everything, texts
from tests.watchers import READERS, WATCHERS, sight_of

SHORTEST = 5
"""A fact of fewer letters, as the country's code, tells of nobody."""


@pytest.mark.parametrize("who", WATCHERS)
@pytest.mark.rule("R10")
async def test_nothing_tells_of_what_the_viewer_may_not_see(portal: Portal, who: str) -> None:
    answer = await everything(portal, who)
    told = "\n".join(set(map(_plain, texts([answer.data, answer.errors, await every_object(portal, who)]))))
    sight = sight_of(portal, who)
    allowed = "\n".join(sorted(_facts_seen(sight)))
    foreign = {fact for fact in _facts(portal.world) if len(fact) >= SHORTEST and fact not in allowed}
    assert sorted(fact for fact in foreign if fact in told) == []


@pytest.mark.parametrize("who", [name for name in READERS if WATCHERS[name].accounts])
async def test_what_is_the_viewer_s_own_is_told(portal: Portal, who: str) -> None:
    """Otherwise the promise above would say nothing."""
    told = "\n".join([*texts((await everything(portal, who)).data), *texts(await every_object(portal, who))])
    sight = sight_of(portal, who)
    own = [asset.serial for asset in sight.assets] + [case.text for case in sight.cases]
    own += [contract.text for contract in sight.contracts] + [archived.text for archived in sight.archived_cases]
    assert [fact for fact in own if fact not in told] == []


def _plain(text: str) -> str:
    """A global id or cursor hides what it is made of: what stands in it counts too."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return text


def _facts(world: World) -> set[str]:
    """Every text and number that stands in the world's tables."""
    contracts = [(contract, contract.lines) for contract in world.contracts]
    return {
        *_of_accounts(world.accounts),
        *_of_locations(world.locations),
        *_of_assets(world.assets),
        *_of_cases(world.cases),
        *_of_orders(world.orders),
        *_of_archived_cases(world.archived_cases),
        *(fact for contract, _ in contracts for fact in _of_contract(contract)),
        *(text for _, lines in contracts for line in lines for text in (line.text, line.equipment, line.serial)),
        *(w.text for w in world.warranties),
    }


def _facts_seen(sight: Sight) -> set[str]:
    """Those of them that the rules let the viewer know."""
    contracts = [(contract, sight.lines(contract)) for contract in sight.contracts]
    lines = [line for _, shown in contracts for line in shown]
    return {
        *_of_accounts(sight.assigned),
        *(text for account in sight.related for text in (account.name, account.number or "")),
        *_of_locations(sight.locations),
        *_of_assets(sight.assets),
        *_of_cases(sight.cases),
        *_of_orders(sight.orders),
        *_of_archived_cases(sight.archived_cases),
        *(fact for contract, _ in contracts for fact in _of_contract(contract)),
        *(line.text for line in lines),
        *(text for line in lines if sight.names_asset(line) for text in (line.equipment, line.serial)),
        *(text for warranty in sight.warranties for text in (warranty.text, warranty.account, warranty.serial)),
        json.dumps([sight.persona.name, sight.persona.parent_account, sight.persona.accounts]),
    }


def _of_accounts(accounts: Iterable[Account]) -> Iterator[str]:
    for account in accounts:
        yield from (account.name, account.number or "", account.street, account.city, account.postal_code)


def _of_locations(locations: Iterable[Location]) -> Iterator[str]:
    for each in locations:
        yield from (each.name, each.street, each.city, each.state, each.postal_code, each.functional_location)


def _of_assets(assets: Iterable[Asset]) -> Iterator[str]:
    for asset in assets:
        yield from (asset.name, asset.serial, asset.tag, asset.equipment or "", asset.technical_id, asset.udi)
        yield from (asset.custom_name or "", asset.custom_description or "", asset.custom_reference or "")


def _of_cases(cases: Iterable[Case]) -> Iterator[str]:
    for case in cases:
        yield from (case.number, case.external_reference, case.text, case.long_text, case.functional_location_label)
        yield from (case.purchase_order, case.reporter, case.contact_email, case.contact_phone)
        yield from (activity.text for activity in case.activities if activity.code in SHOWN_ACTIVITIES)


def _of_orders(orders: Iterable[ServiceOrder]) -> Iterator[str]:
    for order in orders:
        yield from (order.number, order.description, order.purchase_order)


def _of_archived_cases(archived_cases: Iterable[ArchivedCase]) -> Iterator[str]:
    for archived in archived_cases:
        yield from (archived.number, archived.text, archived.purchase_order, archived.work_centre)
        yield "\n".join(archived.lines)


def _of_contract(contract: Contract) -> Iterator[str]:
    yield from (contract.number, contract.text, contract.sold_to, contract.ship_to, contract.purchase_order)
