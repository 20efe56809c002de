"""The operational states of many assets (F4): what is open on them is read once for all."""

from collections.abc import Iterable, Mapping, Sequence

from auth.visibility import Visibility
from connectors.records import InstalledProduct
from connectors.vocabulary import AssetStatus, OperationalState
from schema.operational_state import operational_state


async def states_of(visible: Visibility, assets: Iterable[InstalledProduct]) -> Mapping[str, OperationalState]:
    """By CRM Id."""
    rows = list(assets)
    asked = {row.asset_id for row in rows if row.asset_id is not None and row.status is not AssetStatus.INACTIVE}
    cases = await visible.cases.open_of_assets(asked) if asked else {}
    return {row.id: operational_state(row, cases.get(row.asset_id or "", ())) for row in rows}


async def in_states(
    visible: Visibility, assets: Sequence[InstalledProduct], wanted: Iterable[OperationalState] | None
) -> Sequence[InstalledProduct]:
    """Those of the assets that are in one of the states; all of them where no state is asked for."""
    if wanted is None:
        return assets
    states = await states_of(visible, assets)
    asked = frozenset(wanted)
    return [row for row in assets if states[row.id] in asked]
