"""Where a fact came from, and as of when."""

from datetime import date, datetime
from typing import Any

import strawberry

from auth.rules import Action
from schema.access import Access
from schema.computed import computed
from schema.context import Context


@strawberry.type(
    description="Where an object's data came from, and as of when.", directives=[Access(action=Action.READ_SELF)]
)
class Provenance:
    system: str = strawberry.field(description="The system's name in this deployment.")
    fetched_at: datetime
    stale: bool = strawberry.field(description="The system could not be asked just now; this is its last answer.")

    @computed(
        "For users of the older portal: from this day on the data is no longer updated. Null for others.", needs=[]
    )
    def frozen_since(record: Any, context: Context) -> date | None:
        return context.viewer.frozen_since
