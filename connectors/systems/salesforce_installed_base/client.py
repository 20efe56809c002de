"""The wire: SOQL queries over Salesforce's REST API, alone or in composite calls, and all their pages."""

import asyncio
import re
from collections.abc import Collection, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec
import structlog

from connectors.errors import ConnectorError, SourceMisanswered, SourceMisconfigured, TooManyRows
from connectors.systems.salesforce_installed_base.answers import (
    CompositeAnswer,
    Page,
    SubAnswer,
    decoded,
    refusal,
)
from connectors.systems.salesforce_installed_base.joined_queries import JoinedQueries
from connectors.systems.salesforce_installed_base.settings import SalesforceSettings
from connectors.systems.salesforce_installed_base.sign_in import Session, SignIn
from connectors.transport.fan_out import gather_all
from connectors.transport.http import HttpAnswer
from connectors.transport.percent import percent_encoded
from connectors.transport.retries import RetryBudget, read_again
from connectors.transport.row_forms import Row

log = structlog.get_logger(__name__)

MOST_EMPTY_PAGES = 20  # one after the other, of one query
_COMPOSITE = msgspec.json.Decoder(CompositeAnswer, strict=False)
_READ_HERE = frozenset({400, 401, 403, 404, 405, 414, 431})
_NEXT_PAGE = re.compile(r"/(services/data/[\w.\-]+/[\w./\-]+)")


class Asked(NamedTuple):
    """A query, and how a page of its answer is read."""

    soql: str
    decoder: msgspec.json.Decoder[Page[Row]]


ANY_ROW: msgspec.json.Decoder[Page[Row]] = msgspec.json.Decoder(Page[dict[str, msgspec.Raw]], strict=False)
"""For answers whose rows nobody looks at."""


class Answer(NamedTuple):
    """All records of one query, and the count that the org told."""

    records: list[Row]
    total: int | None


class SalesforceClient:
    """One org. `names` are the fields and objects of the settings, for telling which of them the org doesn't know."""

    def __init__(self, system: str, settings: SalesforceSettings, names: Collection[str]) -> None:
        self.system = system
        self.settings = settings
        self.sign_in = SignIn(system, settings)
        self._names = names
        self._path = f"services/data/{settings.api_version}"
        self._takes_composite = settings.use_composite
        self._calls = asyncio.Semaphore(settings.concurrent_calls)
        self._retries = RetryBudget(settings.retry_share)
        self._joined: JoinedQueries[Asked, Page[Row]] = JoinedQueries(
            system, self._send_together, size=settings.composite_queries, timeout=settings.timeout
        )

    async def read(self, queries: Sequence[Asked]) -> list[Answer]:
        """Each query's answer, in order. What is asked at the same moment, here or elsewhere, goes in composite calls
        of up to `composite_queries`; a query alone is a call of its own."""
        calls = asyncio.Semaphore(self.settings.concurrent_calls)
        allowance = _Allowance(self.system, self.settings.max_rows)
        pages = await gather_all(self._first_page(asked, calls) for asked in queries)
        allowance.foresee(pages)
        return await gather_all(
            self._answer(asked, page, calls, allowance) for asked, page in zip(queries, pages, strict=True)
        )

    async def close(self) -> None:
        await self._joined.close()
        await self.sign_in.close()

    async def _first_page(self, asked: Asked, calls: asyncio.Semaphore) -> Page[Row]:
        if self._takes_composite:
            return await self._joined.ask(asked)
        async with calls:
            return await self._query(asked)

    async def _query(self, asked: Asked) -> Page[Row]:
        answer = await self._call("GET", self._resource(asked))
        return decoded(self.system, answer.body, asked.decoder)

    async def _send_together(self, queries: Sequence[Asked]) -> list[Page[Row] | Exception]:
        """One call for all; where the org takes no composite calls, one for each, from then on."""
        async with self._calls:
            if len(queries) == 1:
                return [await self._query(queries[0])]
            try:
                return await self._composite(queries)
            except SourceMisconfigured as error:
                log.warning("salesforce.composite_refused", system=self.system, error=error.message)
        self._takes_composite = False
        return list(await asyncio.gather(*map(self._outcome, queries)))

    async def _outcome(self, asked: Asked) -> Page[Row] | Exception:
        try:
            return await self._query(asked)
        except ConnectorError as error:
            return error

    async def _composite(self, queries: Sequence[Asked]) -> list[Page[Row] | Exception]:
        parts = [
            {"method": "GET", "url": f"/{self._resource(asked)}", "referenceId": f"q{number}"}
            for number, asked in enumerate(queries)
        ]
        body = msgspec.json.encode({"allOrNone": False, "compositeRequest": parts})
        answer = await self._call("POST", f"{self._path}/composite", body)
        found = {part.reference: part for part in decoded(self.system, answer.body, _COMPOSITE).answers}
        return [self._part(asked, found.get(f"q{number}")) for number, asked in enumerate(queries)]

    def _resource(self, asked: Asked) -> str:
        return f"{self._path}/query?q={percent_encoded(asked.soql)}"

    def _part(self, asked: Asked, sub: SubAnswer | None) -> Page[Row] | Exception:
        if sub is None:
            return SourceMisanswered(self.system, "left out a part of a composite answer")
        if sub.status >= 400:
            return refusal(self.system, sub.status, sub.body, self._names)
        try:
            return decoded(self.system, sub.body, asked.decoder)
        except SourceMisanswered as error:
            return error

    async def _answer(self, asked: Asked, page: Page[Row], calls: asyncio.Semaphore, allowance: "_Allowance") -> Answer:
        """The query's records from its first page on."""
        records = list(page.records or ())
        allowance.take(len(records))
        total, seen, empty = page.total, set[str](), 0
        while page.next_url and not page.done:
            path = self._next_path(page.next_url)
            empty = 0 if page.records else empty + 1
            if path in seen or empty > MOST_EMPTY_PAGES:
                raise SourceMisanswered(self.system, "pages without an end")
            seen.add(path)
            async with calls:
                page = decoded(self.system, (await self._call("GET", path)).body, asked.decoder)
            allowance.take(len(page.records or ()))
            records.extend(page.records or ())
        if page.done is False:
            raise SourceMisanswered(self.system, "left out the rest of its pages")
        return Answer(records, total)

    def _next_path(self, url: str) -> str:
        """The path alone: no host out of an answer is ever called."""
        found = _NEXT_PAGE.search(urlsplit(url).path)
        if found is None or ".." in found[1]:
            raise SourceMisanswered(self.system, "named a next page that can't be asked for", detail=url[:200])
        return found[1]

    async def _call(self, method: str, path: str, body: bytes | None = None) -> HttpAnswer:
        """A read, tried again where the org failed. Raises: what `answers.refusal` and `HttpSystem` make of it."""
        self._retries.called()
        return await read_again(
            lambda: self._signed_in_call(method, path, body), attempts=self.settings.attempts, budget=self._retries
        )

    async def _signed_in_call(self, method: str, path: str, body: bytes | None) -> HttpAnswer:
        session = await self.sign_in.session()
        answer = await self._send(session, method, path, body)
        if answer.status == 401:  # the session has ended: sign in once for all who find out, repeat once
            answer = await self._send(await self.sign_in.renewed(session), method, path, body)
        if answer.status >= 300:
            raise refusal(self.system, answer.status, answer.body, self._names)
        return answer

    async def _send(self, session: Session, method: str, path: str, body: bytes | None) -> HttpAnswer:
        headers = {"Authorization": f"Bearer {session.token.get_secret_value()}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return await session.http.request(method, path, headers=headers, content=body, expect=_READ_HERE)


class _Allowance:
    """The rows that one read may still take."""

    def __init__(self, system: str, rows: int) -> None:
        self._system = system
        self._rows = rows
        self._left = rows

    def foresee(self, pages: Sequence[Page[Row]]) -> None:
        """Refuse at the first pages what would become too much; a page without records only counts."""
        if sum(page.total or 0 for page in pages if page.records) > self._rows:
            raise self._refusal()

    def take(self, rows: int) -> None:
        self._left -= rows
        if self._left < 0:
            raise self._refusal()

    def _refusal(self) -> TooManyRows:
        return TooManyRows(self._system, f"has more than {self._rows} rows for this: a narrower filter is needed")
