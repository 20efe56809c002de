"""The operational states of many assets (F4): what is open on them is read once for all."""

from collections.abc import Iterable, Mapping, Sequence

from auth.visibility import Visibility
from connectors.errors import ConnectorError
from connectors.records import InstalledProduct
from connectors.vocabulary import AssetStatus, OperationalState
from schema.operational_state import operational_state

_MAY_BE_WORSE = (OperationalState.RUNNING, OperationalState.RESTRICTED)


async def states_of(
    visible: Visibility, assets: Iterable[InstalledProduct]
) -> Mapping[str, OperationalState | ConnectorError]:
    """By CRM Id. Where the service system can't be asked: what a case on its way there tells already, else why not."""
    rows = list(assets)
    asked = {row.asset_id for row in rows if row.asset_id is not None and row.status is not AssetStatus.INACTIVE}
    cases, problem = await visible.cases.open_of_assets(asked) if asked else ({}, None)
    states = {row.id: operational_state(row, cases.get(row.asset_id or "", ())) for row in rows}
    if problem is None:
        return states
    return {key: problem if state in _MAY_BE_WORSE else state for key, state in states.items()}


async def in_states(
    visible: Visibility, assets: Sequence[InstalledProduct], wanted: Iterable[OperationalState] | None
) -> Sequence[InstalledProduct]:
    """Those of the assets that are in one of the states; all of them where no state is asked for."""
    if wanted is None:
        return assets
    states = await states_of(visible, assets)
    problem = next((state for state in states.values() if isinstance(state, ConnectorError)), None)
    if problem is not None:
        raise problem
    asked = frozenset(wanted)
    return [row for row in assets if states[row.id] in asked]
