"""How an object of each type is found by its key: for `node(id)`, and for other graphs that refer to ours."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from auth.rules import Action, decide
from schema.account import find_accounts
from schema.archived_case import find_archived_cases
from schema.case import find_cases
from schema.context import Context
from schema.contract import find_service_contracts
from schema.installed_product import find_installed_products
from schema.location import find_locations
from schema.node import Finder, GlobalId
from schema.request import find_access_requests, find_contact_requests
from schema.service_order import find_service_orders, find_visits
from schema.user import find_users
from schema.warranty import find_warranties

MOST_NODES = 1000

FINDERS: Mapping[str, tuple[Finder, Action]] = {
    "AccessRequest": (find_access_requests, Action.ANSWER_ACCESS_REQUESTS),
    "Account": (find_accounts, Action.READ_ACCOUNTS),
    "ArchivedCase": (find_archived_cases, Action.READ_CASES),
    "Case": (find_cases, Action.READ_CASES),
    "ContactRequest": (find_contact_requests, Action.ANSWER_ACCESS_REQUESTS),
    "InstalledProduct": (find_installed_products, Action.READ_EQUIPMENT),
    "Location": (find_locations, Action.READ_EQUIPMENT),
    "ServiceContract": (find_service_contracts, Action.READ_CONTRACTS),
    "ServiceOrder": (find_service_orders, Action.READ_CASES),
    "Visit": (find_visits, Action.READ_CASES),
    "User": (find_users, Action.READ_USERS),
    "Warranty": (find_warranties, Action.READ_CONTRACTS),
}
"""How an object of each type is found by its key, and what a viewer's role must be granted for it."""


async def find(context: Context, ids: Iterable[GlobalId]) -> Mapping[GlobalId, object]:
    """Those that the viewer may see, each type's together. A type that the viewer's role may not read is not there."""
    by_type: dict[str, list[str]] = defaultdict(list)
    for one in dict.fromkeys(ids):
        by_type[one.type_name].append(one.key)
    found: dict[GlobalId, object] = {}
    for type_name, keys in by_type.items():
        finder, action = FINDERS.get(type_name, (None, None))
        if finder is not None and action is not None and decide(context.viewer, action).allowed:
            rows = await finder(context, keys)
            found.update({GlobalId(type_name, key): row for key, row in rows.items()})
    return found
