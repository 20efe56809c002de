"""The installed products and cases of many accounts or locations: one read for all parents."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from auth.visibility import OWNER, Subject, Visibility
from connectors.queries import InstalledProductQuery, OrderBy
from connectors.records import Account, Case, InstalledProduct, Location
from schema.filters.cases import CaseFilter, case_query, subject_of
from schema.filters.installed_products import InstalledProductFilter, installed_product_query
from schema.states import in_states

Parent = Account | Location

EQUIPMENT_OF = {"InstalledProduct": ["account_id", "location_id", "asset_id", "status"]}
"""What is looked at to tell which parent an asset hangs on, and the state that it is in."""


async def installed_products_of(
    visible: Visibility, parents: Sequence[Parent], given: InstalledProductFilter | None, order: tuple[OrderBy, ...]
) -> list[list[InstalledProduct]]:
    """The assets owned by each account, or standing at each location, that match."""
    query = installed_product_query(visible.scope, given, order)
    rows = await _read(visible, parents, query)
    states = given.operational_state if given is not None else None
    permitted = await in_states(visible, rows, states)
    return [[row for row in permitted if _hangs_on(row, parent)] for parent in parents]


async def cases_of(
    visible: Visibility, parents: Sequence[Parent], given: CaseFilter | None, order: tuple[OrderBy, ...]
) -> list[list[Case]]:
    """The cases about each parent's assets; of an account also those without an asset that were sold to it."""
    assets = await _read(visible, parents, InstalledProductQuery(scope=visible.scope, fields=OWNER))
    narrowed = await subject_of(visible, given)
    numbers = frozenset(row.number for row in parents if isinstance(row, Account) and row.number is not None)
    equipment = frozenset(row.asset_id for row in assets if row.asset_id is not None)
    among = Subject(asset_ids=equipment, sold_to=numbers)
    if narrowed is not None:
        among = Subject(asset_ids=equipment & narrowed.asset_ids, sold_to=numbers & narrowed.sold_to)
    found = await visible.cases.all(case_query(visible.scope, given, order), among=among)
    owners: Mapping[str | None, InstalledProduct] = {row.asset_id: row for row in assets if row.asset_id is not None}

    def belongs(case: Case) -> Callable[[Parent], bool]:
        asset = owners.get(case.asset_id)
        if asset is not None:
            return lambda parent: _hangs_on(asset, parent)
        return lambda parent: isinstance(parent, Account) and case.sold_to == parent.number

    return [[case for case in found if belongs(case)(parent)] for parent in parents]


async def _read(
    visible: Visibility, parents: Sequence[Parent], query: InstalledProductQuery
) -> Sequence[InstalledProduct]:
    ids = tuple(dict.fromkeys(parent.id for parent in parents))
    if isinstance(parents[0], Account):
        asked = ids if query.account_ids is None else tuple(key for key in ids if key in query.account_ids)
        return await visible.installed_products.all(msgspec.structs.replace(query, account_ids=asked))
    asked = ids if query.location_ids is None else tuple(key for key in ids if key in query.location_ids)
    return await visible.installed_products.all(msgspec.structs.replace(query, location_ids=asked))


def _hangs_on(asset: InstalledProduct, parent: Parent) -> bool:
    return (asset.account_id if isinstance(parent, Account) else asset.location_id) == parent.id
