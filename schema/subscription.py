"""The graph's live answers."""

from collections.abc import AsyncIterator
from typing import Any

import strawberry
from strawberry.types import Info

from auth.rules import Action
from schema.access import Access
from schema.context import Context
from schema.lazy import ViewerType


@strawberry.type(directives=[Access(action=Action.READ_SELF)])
class Subscription:
    @strawberry.subscription(  # type: ignore[untyped-decorator]  # as strawberry declares it
        description="Who asks, now and whenever that changes: role, accounts, preferences. The stream ends with the "
        "right to be here: signed out, disabled, the token over or revoked."
    )
    async def viewer_changed(self, info: Info[Context, None]) -> AsyncIterator[ViewerType]:
        async for viewer in info.context.viewers():
            yield _view(viewer)


def _view(viewer: Any) -> Any:  # Any: the record that the type is a view over
    return viewer
