"""What other graphs may know our objects by: the keys of entities, and how objects are found by each."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from auth.rules import Action
from auth.visibility import Page, Window
from schema.account import list_accounts
from schema.case import list_cases
from schema.context import Context
from schema.contract import find_service_contracts
from schema.filters.accounts import AccountFilter
from schema.filters.cases import CaseFilter
from schema.filters.installed_products import InstalledProductFilter
from schema.finders import FINDERS
from schema.installed_product import list_installed_products

Find = Callable[[Context, Sequence[str]], Awaitable[Mapping[str, object]]]


class NaturalKey(NamedTuple):
    """A field that people know an object by. `find` answers those that the viewer may see, by the field's value, and
    what kept a source from telling."""

    field: str
    find: Find


async def _accounts(context: Context, numbers: Sequence[str]) -> Mapping[str, object]:
    given = AccountFilter(numbers=list(numbers))
    return _by("number", numbers, await list_accounts(context, given, _all(numbers)))


async def _installed_products(context: Context, asset_ids: Sequence[str]) -> Mapping[str, object]:
    given = InstalledProductFilter(asset_ids=list(asset_ids))
    return _by("asset_id", asset_ids, await list_installed_products(context, given, _all(asset_ids)))


async def _cases(context: Context, numbers: Sequence[str]) -> Mapping[str, object]:
    return _by("number", numbers, await list_cases(context, CaseFilter(numbers=list(numbers)), _all(numbers)))


async def _contracts(context: Context, numbers: Sequence[str]) -> Mapping[str, object]:
    found: Mapping[str, object] = await find_service_contracts(context, numbers)
    return found


NATURAL_KEYS: Mapping[str, NaturalKey] = {
    "Account": NaturalKey("number", _accounts),
    "Case": NaturalKey("number", _cases),
    "InstalledProduct": NaturalKey("assetId", _installed_products),
    "ServiceContract": NaturalKey("number", _contracts),
}
"""By type. A type's other key is always `id`."""


ENTITIES = frozenset(FINDERS) - {"AccessRequest", "ContactRequest"}
"""What other graphs may refer to; requests are between us and those who ask."""


def keys_of_type(type_name: str) -> Sequence[str]:
    """The key fields of an entity, `id` first; none of what is no entity."""
    if type_name not in ENTITIES:
        return ()
    natural = NATURAL_KEYS.get(type_name)
    return ("id",) if natural is None else ("id", natural.field)


def action_for(type_name: str) -> Action:
    """What a viewer's role must be granted to refer to an entity."""
    return FINDERS[type_name][1]


def _all(keys: Sequence[str]) -> Window:
    return Window(first=2 * len(keys))  # a number may be one case's own and another's in the service system


def _by(attribute: str, keys: Sequence[str], page: Page[Any]) -> Mapping[str, object]:
    """Rows by that attribute; where not all could be read, what kept them away stands for those that are missing."""
    missing = {} if page.problem is None else dict.fromkeys(keys, page.problem)
    return {**missing, **{getattr(row, attribute): row for row in page.rows}}
