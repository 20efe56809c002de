"""Mails on what changes (F18): who wants to be told of it, and may see it, is told once, by whichever gateway saw it.

An event says only that a case or a piece of equipment has changed. What was last known of it is kept in the store: the
gateway that finds another state there, and puts the new one in its place, writes the mails.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import structlog

from auth.notices import Notice, Notices
from auth.scope import Rights, ScopeCompiler
from auth.viewer import Role, Viewer, viewer_of_user
from auth.visibility import Visibility
from connectors.changes import CaseEvent, ChangeFeed
from connectors.errors import ConnectorError
from connectors.people import User
from connectors.people_ports import People
from connectors.queries import CaseQuery
from connectors.records import Case
from connectors.registry import Clock
from connectors.sources import Sources
from connectors.vocabulary import CaseStatus, MailTopic
from schema.labels import label
from schema.operational_state import operational_state

log = structlog.get_logger(__name__)

Wishes = Sequence[tuple[User, frozenset[MailTopic]]]
IsSeen = Callable[[Visibility], Awaitable[bool]]

StopLink = Callable[[str, MailTopic], str]
"""The address that stops mails of a topic, by the user's id."""

_GATEWAY = Viewer(subject="gateway", role=Role.ANALYST)
"""Who looks at what has changed; whether a reader may see it is asked with the reader's own rights."""

_NOTICES = {topic: Notice[topic.name] for topic in MailTopic}
_NEW = timedelta(minutes=15)  # so old at most is a case that was reported just now
_PAUSE = 30.0  # seconds between looks for somebody who wants mails, and after a fault
_NOT_YET = (CaseStatus.SUBMITTED, CaseStatus.REFUSED)


class _CaseState(msgspec.Struct, frozen=True):
    """`visit` is when somebody comes next; UNSET where nobody has looked."""

    status: CaseStatus
    visit: datetime | msgspec.UnsetType | None = msgspec.UNSET


class _Mail(NamedTuple):
    notice: Notice
    to: str
    locale: str
    values: dict[str, str]


class Notifications:
    def __init__(
        self,
        people: People,
        sources: Sources,
        scopes: ScopeCompiler,
        feed: ChangeFeed,
        notices: Notices,
        clock: Clock,
        stop_link: StopLink,
    ) -> None:
        self._people = people
        self._sources = sources
        self._scopes = scopes
        self._feed = feed
        self._notices = notices
        self._clock = clock
        self._stop_link = stop_link
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Tell until `close`."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                if await self._people.mail_wishes.wishing(tuple(MailTopic)):
                    await self.listen()
            except ConnectorError as error:
                log.warning("notifications.not_told", reason=str(error))
            except Exception:  # of ours: the next change may be told
                log.exception("notifications.failed")
            await asyncio.sleep(_PAUSE)

    async def listen(self) -> None:
        """Tell of each change, until too many come at once. Raises a ConnectorError where nothing can be told."""
        with self._feed.listening() as listening:
            await self._learn()
            async for event in listening.events():
                try:
                    await self.tell(event)
                except ConnectorError as error:
                    log.warning("notifications.not_told", reason=str(error))
                    asyncio.get_running_loop().call_later(_PAUSE, listening.put, event)

    async def tell(self, event: CaseEvent) -> None:
        """Write the mails of one event. Raises a ConnectorError."""
        wishes = await self._people.mail_wishes.wishing(tuple(MailTopic))
        if not wishes:
            return
        async with self._seen_by(_GATEWAY) as everything:
            if event.number is not None:
                await self._tell_of_case(everything, event.number, wishes)
            if event.asset_id is not None:
                await self._tell_of_asset(everything, event, wishes)

    async def _learn(self) -> None:
        """What is open now is nothing new; of what was known before, a change is told."""
        async with self._seen_by(_GATEWAY) as everything:
            query = CaseQuery(
                scope=everything.scope,
                statuses=tuple(status for status in CaseStatus if status.is_open and status.is_registered),
                fields=frozenset({"id", "number", "status", "created_at"}),
            )
            rows = await everything.cases.all(query)
        old = self._clock() - _NEW
        known = {
            row.number: _written(_CaseState(row.status)) for row in rows if row.created_at and row.created_at < old
        }
        await self._people.known_states.learn("case", known, self._clock())

    async def _tell_of_case(self, everything: Visibility, number: str, wishes: Wishes) -> None:
        case = (await everything.cases.by_number([number])).get(number)
        if case is None:
            return
        now = self._clock()
        visit = await self._visit(everything, case)
        known = await self._people.known_states.last("case", number)
        before = None if known is None else msgspec.json.decode(known, type=_CaseState)
        told = {"number": case.number, "description": case.description or ""}
        mails = [
            mail
            for topic in _topics(before, case, visit, now)
            for mail in await self._mails(topic, wishes, _case_is_seen(number), told, of=case.status, at=visit)
        ]
        await self._post(mails, "case", number, known, _written(_CaseState(case.status, visit)))

    async def _tell_of_asset(self, everything: Visibility, event: CaseEvent, wishes: Wishes) -> None:
        asset_id = event.asset_id or ""
        asset = (await everything.installed_products.by_asset_id([asset_id])).get(asset_id)
        if asset is None:
            return
        cases, problem = await everything.cases.open_of_assets([asset_id])
        if problem is not None:
            raise problem
        is_open = cases.get(asset_id, [])
        state = operational_state(asset, is_open)
        known = await self._people.known_states.last("asset", asset_id)
        # Of what was never looked at: as it was without the case that has changed.
        others = [case for case in is_open if case.number != event.number]
        mails: list[_Mail] = []
        if (known or operational_state(asset, others).value) != state.value:
            told = {"number": asset_id, "description": asset.description or ""}
            topic = MailTopic.ASSET_STATE_CHANGED
            mails = await self._mails(topic, wishes, _asset_is_seen(asset_id), told, of=state)
        await self._post(mails, "asset", asset_id, known, state.value)

    async def _post(self, mails: Sequence[_Mail], kind: str, key: str, known: str | None, state: str) -> None:
        """Where no other gateway was faster. What must be asked of systems was asked before: from here on the store
        alone is needed."""
        if known == state or await self._people.known_states.exchange(kind, key, state, self._clock()) != known:
            return
        for mail in mails:
            await self._notices.post(mail.notice, mail.to, mail.locale, **mail.values)

    async def _visit(self, everything: Visibility, case: Case) -> datetime | None:
        """When somebody comes next."""
        if not case.status.is_registered:
            return None
        orders = (await everything.service_orders.of_cases([case.id])).get(case.id, ())
        starts = [order.visit.planned_start for order in orders if order.visit is not None]
        return min((start for start in starts if start is not None and start > self._clock()), default=None)

    async def _mails(
        self,
        topic: MailTopic,
        wishes: Wishes,
        is_seen: IsSeen,
        told: dict[str, str],
        *,
        of: Enum,
        at: datetime | None = None,
    ) -> list[_Mail]:
        """To whoever wants to know it and may see what it is about. Readers of the same rights are asked for once."""
        seen: dict[Rights, bool] = {}
        mails: list[_Mail] = []
        for user, topics in wishes:
            if topic not in topics:
                continue
            viewer = viewer_of_user(user)
            rights = (viewer.role, viewer.parent_account, viewer.accounts)
            if rights not in seen:
                async with self._seen_by(viewer) as visible:
                    seen[rights] = await is_seen(visible)
            if not seen[rights]:
                continue
            values = told | {
                "name": user.name,
                "state": label(of, user.locale),
                "stop": self._stop_link(user.id, topic),
            }
            if at is not None:
                values["when"] = f"{at.astimezone(ZoneInfo(user.time_zone)):%Y-%m-%d %H:%M}"
            mails.append(_Mail(_NOTICES[topic], user.email, user.locale, values))
        return mails

    @asynccontextmanager
    async def _seen_by(self, viewer: Viewer) -> AsyncIterator[Visibility]:
        visible = Visibility(viewer, await self._scopes.compile(viewer), self._sources)
        try:
            yield visible
        finally:
            visible.close()


def _topics(before: _CaseState | None, case: Case, visit: datetime | None, now: datetime) -> Iterator[MailTopic]:
    """What has happened to the case."""
    if before is None:
        if case.created_at is not None and now - case.created_at < _NEW:
            yield MailTopic.CASE_REPORTED
    elif before.status is not case.status and not (before.status in _NOT_YET and case.status is CaseStatus.NEW):
        yield MailTopic.CASE_STATUS_CHANGED
    known = before.visit if before is not None else None
    if visit is not None and known is not msgspec.UNSET and visit != known:
        yield MailTopic.VISIT_PLANNED


def _case_is_seen(number: str) -> IsSeen:
    async def is_seen(visible: Visibility) -> bool:
        return number in await visible.cases.by_number([number])

    return is_seen


def _asset_is_seen(asset_id: str) -> IsSeen:
    async def is_seen(visible: Visibility) -> bool:
        return asset_id in await visible.installed_products.by_asset_id([asset_id])

    return is_seen


def _written(state: _CaseState) -> str:
    return msgspec.json.encode(state).decode()
