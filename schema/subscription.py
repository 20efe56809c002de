"""The graph's live answers."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import strawberry
from strawberry.types import Info

from auth.rules import Action
from schema.access import Access
from schema.context import Context
from schema.delivery import CaseDelivery
from schema.exports.fields import Export, export_progress
from schema.lazy import CaseType, InstalledProductType, ViewerType
from schema.live import changed_cases, changed_deliveries, changed_states


@strawberry.type(directives=[Access(action=Action.READ_SELF)])
class Subscription:
    @strawberry.subscription(  # type: ignore[untyped-decorator]  # as strawberry declares it
        description="Who asks, now and whenever that changes: role, accounts, preferences. The stream ends with the "
        "right to be here: signed out, disabled, the token over or revoked."
    )
    async def viewer_changed(self, info: Info[Context, None]) -> AsyncIterator[ViewerType]:
        async for viewer in info.context.viewers():
            yield _view(viewer)

    @strawberry.subscription(  # type: ignore[untyped-decorator]  # as strawberry declares it
        description="Cases, as they change (F18): told at once where the change was made through the portal, within "
        "seconds where the service system did. With `since`, what changed since then comes first: for who was away.",
        directives=[Access(action=Action.READ_CASES)],
    )
    async def case_changed(
        self,
        info: Info[Context, None],
        installed_product_ids: list[strawberry.ID] | None = None,
        since: datetime | None = None,
    ) -> AsyncIterator[CaseType]:
        async for case in changed_cases(info.context, installed_product_ids, since):
            yield _view(case)

    @strawberry.subscription(  # type: ignore[untyped-decorator]  # as strawberry declares it
        description="Equipment whose operational state has changed (F4, F18).",
        directives=[Access(action=Action.READ_CASES)],
    )
    async def asset_state_changed(
        self, info: Info[Context, None], installed_product_ids: list[strawberry.ID] | None = None
    ) -> AsyncIterator[InstalledProductType]:
        async for asset in changed_states(info.context, installed_product_ids):
            yield _view(asset)

    @strawberry.subscription(  # type: ignore[untyped-decorator]  # as strawberry declares it
        description="What was sent about cases through the portal, as it gets there or is refused (F1, F18).",
        directives=[Access(action=Action.READ_CASES)],
    )
    async def delivery_changed(self, info: Info[Context, None]) -> AsyncIterator[CaseDelivery]:
        async for delivery in changed_deliveries(info.context):
            yield _view(delivery)

    @strawberry.subscription(  # type: ignore[untyped-decorator]  # as strawberry declares it
        description="A table as it is made (F9), until it is done, failed or given up."
    )
    async def export_progress(self, info: Info[Context, None], export_id: strawberry.ID) -> AsyncIterator[Export]:
        async for job in export_progress(info.context, export_id):
            yield _view(job)


def _view(record: Any) -> Any:  # Any: the record that the type is a view over
    return record
