"""Which equipment runs and which doesn't, told from what is open on it (F4)."""

from collections.abc import Iterable

from connectors.records import Case, InstalledProduct
from connectors.vocabulary import AssetStatus, CasePriority, OperationalState

_DOWN = (CasePriority.URGENT_NEED, CasePriority.SYSTEM_DOWN)
_RESTRICTED = (CasePriority.SYSTEM_RESTRICTED, CasePriority.INTERMITTENT_PROBLEM)


def operational_state(asset: InstalledProduct, open_cases: Iterable[Case]) -> OperationalState:
    """Inactive equipment is not in service, one without an equipment number unknown; else the worst open case says."""
    if asset.status is AssetStatus.INACTIVE:
        return OperationalState.NOT_IN_SERVICE
    if asset.asset_id is None:
        return OperationalState.UNKNOWN
    state = OperationalState.RUNNING
    for case in open_cases:
        if not case.status.is_open:
            continue
        if case.is_down or case.priority in _DOWN:
            return OperationalState.DOWN
        if case.priority in _RESTRICTED:
            state = OperationalState.RESTRICTED
    return state
