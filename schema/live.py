"""What is told as it changes (F18): each event is read with the rights of its moment, and told to who may see it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TypeVar

import structlog

from auth.rules import Action, decide
from auth.visibility import Visibility
from connectors.changes import CaseEvent, Listening
from connectors.deliveries import Delivery
from connectors.errors import ConnectorError
from connectors.queries import CaseQuery
from connectors.records import Case, InstalledProduct
from connectors.vocabulary import OperationalState
from schema.context import Context
from schema.errors import BadInput, Forbidden
from schema.instants import in_utc
from schema.node import keys_of
from schema.states import states_of

log = structlog.get_logger(__name__)

T = TypeVar("T")

Look = Callable[[Visibility, CaseEvent], Awaitable[T | None]]

_NEEDED = (Action.READ_EQUIPMENT, Action.READ_CASES)


class Wanted:
    """The equipment that a stream is about; all that may be seen where it names none."""

    def __init__(self, ids: Sequence[str] | None) -> None:
        self._ids = keys_of(ids, "InstalledProduct", field="installedProductIds")

    async def admits(self, visible: Visibility, asset_id: str | None) -> bool:
        if self._ids is None:
            return True
        assets = await visible.installed_products.by_id(self._ids)
        return asset_id is not None and asset_id in {asset.asset_id for asset in assets.values()}


async def changed_cases(context: Context, ids: Sequence[str] | None, since: datetime | None) -> AsyncIterator[Case]:
    """First those that changed since then, the earliest first, so that nobody misses what happened while away."""
    wanted = Wanted(ids)

    async def look(visible: Visibility, event: CaseEvent) -> Case | None:
        return await _case(visible, event) if await wanted.admits(visible, event.asset_id) else None

    _check(context)
    with context.feed.listening() as listening:
        for case in await _since(context, wanted, since):
            yield case
        async for found in _seen(context, listening, look):
            yield found


async def changed_states(context: Context, ids: Sequence[str] | None) -> AsyncIterator[InstalledProduct]:
    """Equipment whose operational state is another than was told last."""
    wanted = Wanted(ids)
    told: dict[str, OperationalState] = {}

    async def look(visible: Visibility, event: CaseEvent) -> InstalledProduct | None:
        if event.asset_id is None or not await wanted.admits(visible, event.asset_id):
            return None
        asset = (await visible.installed_products.by_asset_id([event.asset_id])).get(event.asset_id)
        if asset is None:
            return None
        state = (await states_of(visible, [asset]))[asset.id]
        if isinstance(state, ConnectorError) or told.get(asset.id) is state:
            return None
        told[asset.id] = state
        return asset

    _check(context)
    with context.feed.listening() as listening:
        async for found in _seen(context, listening, look):
            yield found


async def changed_deliveries(context: Context) -> AsyncIterator[Delivery]:
    """What was sent about cases that may be seen, whenever its state changes."""
    _check(context)
    deliveries = context.case_desk.deliveries

    async def look(visible: Visibility, event: CaseEvent) -> Delivery | None:
        if event.delivery_id is None or await _case(visible, event) is None:
            return None
        return (await deliveries.by_id([event.delivery_id])).get(event.delivery_id)

    with context.feed.listening() as listening:
        async for found in _seen(context, listening, look):
            yield found


def _check(context: Context) -> None:
    """A stream that nobody may read does not begin."""
    for action in _NEEDED:
        decision = decide(context.viewer, action)
        if not decision.allowed:
            raise Forbidden(decision.reason)


async def _seen(context: Context, listening: Listening, look: Look[T]) -> AsyncIterator[T]:
    """What is seen of each event with the rights of its moment, which may be less than those of a moment ago."""
    async for event in listening.events():
        try:
            async with _moment(context) as visible:
                found = await look(visible, event)
        except ConnectorError as error:  # a system that is away ends no stream: it tells of the change once it is back
            log.warning("changes.not_read", reason=str(error))
            continue
        if found is not None:
            yield found


@asynccontextmanager
async def _moment(context: Context) -> AsyncIterator[Visibility]:
    moment = context.renewed()
    try:
        yield await moment.visible()
    finally:
        if moment is not context:
            moment.close()


async def _case(visible: Visibility, event: CaseEvent) -> Case | None:
    if event.number is None:
        return None
    return (await visible.cases.by_number([event.number])).get(event.number)


async def _since(context: Context, wanted: Wanted, since: datetime | None) -> list[Case]:
    if since is None:
        return []
    try:
        start = in_utc(since)
    except ValueError as error:
        raise BadInput("Give a time with its zone, as 2026-03-14T08:00:00Z.", field="since") from error

    async with _moment(context) as visible:
        rows = await visible.cases.all(CaseQuery(scope=visible.scope, updated_from=start))
        found = [row for row in rows if await wanted.admits(visible, row.asset_id)]
    return sorted(found, key=lambda case: case.updated_at or start)
