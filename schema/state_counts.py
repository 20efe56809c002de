"""How much equipment works, and how much does not (F4)."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import strawberry

from auth.rules import Action
from connectors.errors import ConnectorError
from connectors.vocabulary import OperationalState
from schema.access import Access
from schema.batch import batched
from schema.context import Context
from schema.cost import weighs
from schema.filters.installed_products import InstalledProductFilter, installed_product_query
from schema.labels import label_field
from schema.states import states_of


@strawberry.type(description="How much equipment is in a state.", directives=[Access(action=Action.READ_CASES)])
class OperationalStateCount:
    state: OperationalState
    state_label: str = label_field("state")
    count: int


@batched(
    list[OperationalStateCount] | None,
    description="How much of the viewer's equipment is in each operational state (F4), all states in their order.",
    needs=[],
    reads={"InstalledProduct": ["asset_id", "status"]},
    directives=[Access(action=Action.READ_CASES), weighs(100)],
)
async def operational_state_counts(
    parents: Sequence[None], context: Context, *, filter: InstalledProductFilter | None = None
) -> Any:
    visible = await context.visible()
    assets = await visible.installed_products.all(
        installed_product_query(visible.scope, filter), also=("asset_id", "status")
    )
    states = list((await states_of(visible, assets)).values())
    problem = next((state for state in states if isinstance(state, ConnectorError)), None)
    if problem is not None:
        raise problem
    counts = Counter(states)
    wanted = None if filter is None else filter.operational_state
    found = [
        OperationalStateCount(state=state, count=counts[state])
        for state in OperationalState
        if wanted is None or state in wanted
    ]
    return [found for _ in parents]
