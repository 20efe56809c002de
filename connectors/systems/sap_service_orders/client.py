"""The wire: OData V2 reads of SAP's services, one GET at a time or many in a $batch, every page of them; and the one
way that writes go out by (`send`)."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

from connectors.errors import SourceMisanswered
from connectors.systems.sap_service_orders import batch
from connectors.systems.sap_service_orders.failures import failure
from connectors.systems.sap_service_orders.paging import Following, resource_behind
from connectors.systems.sap_service_orders.settings import SapServiceOrdersSettings
from connectors.systems.sap_service_orders.sign_in import CsrfTokens, authorization, wants_token
from connectors.systems.sap_service_orders.wire import Page, Reader
from connectors.transport.http import HttpAnswer, HttpSystem
from connectors.transport.json_answers import UNREADABLE
from connectors.transport.retries import read_again

T = TypeVar("T")

# The failures whose bodies hold the system's own words, or a header that matters; the transport classifies the others.
_READ_HERE = frozenset({400, 403, 404, 405, 406, 409, 412, 413, 414, 415, 422, 428})


class ODataClient:
    """Reads of one SAP system. A resource is a set with its options below a service, as `literals` writes it."""

    def __init__(self, system: str, settings: SapServiceOrdersSettings) -> None:
        self.system = system
        self._settings = settings
        self._http = HttpSystem(system, settings, headers={"Authorization": authorization(settings)})
        self._tokens = CsrfTokens(self._http, self._url)
        self._calls = asyncio.Semaphore(settings.concurrency)
        self._constant = f"sap-client={settings.sap_client}&sap-language={settings.sap_language}"
        self._headers = {
            "Accept": "application/json",
            "MaxDataServiceVersion": "2.0",
            "sap-client": settings.sap_client,
            "sap-language": settings.sap_language,
        }
        if settings.page_size is not None:
            self._headers["Prefer"] = f"odata.maxpagesize={settings.page_size}"

    async def read(self, service: str, resources: Sequence[str], reader: Reader[T]) -> list[T]:
        """All rows of all resources: one HTTP call for one resource or one $batch, another for each page behind it.

        The resources' order is kept within each round of pages. Raises TooManyRows.
        """
        rows: list[T] = []
        following = self.following(service)
        pending = list(resources)
        while pending:
            pages = await self._pages(service, pending, reader)
            for page in pages:
                rows += page.rows
            pending = following.take(pages)
        return rows

    def cursor(self, service: str, resource: str, reader: Reader[T]) -> "Cursor[T]":
        return Cursor(self, service, resource, reader)

    async def page(self, service: str, resource: str, reader: Reader[T]) -> Page[T]:
        """The first page of a resource, by a plain GET."""
        return self._decoded((await self.get(service, resource)).body, reader)

    async def get(self, service: str, resource: str, *, accept: str = "application/json") -> HttpAnswer:
        """One plain GET that went well."""
        return await self._tried(lambda: self._get(service, resource, accept))

    async def batched(self, service: str, resources: Sequence[str], reader: Reader[T]) -> list[Page[T]]:
        """The first page of each resource, by one $batch."""
        bodies = await self._tried(lambda: self._post_batch(service, resources))
        return [self._decoded(body, reader) for body in bodies]

    async def close(self) -> None:
        await self._tokens.close()
        await self._http.close()

    def following(self, service: str) -> "Following[Any]":  # Any: pages of whichever row is read
        path = f"{self._settings.root}/{service}"
        prefix = urlsplit(self._settings.url).path.rstrip("/")  # a reverse proxy's, which links may or may not hold
        roots = dict.fromkeys((path, prefix + path))
        return Following(self.system, self._settings.max_rows, lambda link: resource_behind(link, roots))

    async def _pages(self, service: str, resources: Sequence[str], reader: Reader[T]) -> list[Page[T]]:
        if len(resources) == 1 or not self._settings.use_batch:
            return await _together([self.page(service, resource, reader) for resource in resources])
        size = self._settings.gets_per_batch
        portions = [resources[start : start + size] for start in range(0, len(resources), size)]
        answered = await _together([self.batched(service, portion, reader) for portion in portions])
        return [page for pages in answered for page in pages]

    async def _tried(self, call: Callable[[], Awaitable[T]]) -> T:
        """Try again where the system broke off or failed, while there is time. What is read here changes nothing."""

        async def in_turn() -> T:
            async with self._calls:
                return await call()

        return await read_again(in_turn, attempts=self._settings.attempts, budget=self._http.guard.budget)

    async def _get(self, service: str, resource: str, accept: str) -> HttpAnswer:
        url = self._url(service, resource)
        told = {**self._headers, "Accept": accept}
        answer = await self._http.request("GET", url, headers=told, expect=_READ_HERE)
        self.refuse_failure(answer.status, answer, _name(resource))
        return answer

    async def _post_batch(self, service: str, resources: Sequence[str]) -> list[bytes]:
        boundary = f"batch_{uuid4().hex}"
        content = batch.written([self.with_constants(resource) for resource in resources], boundary)
        multipart = {"Accept": "multipart/mixed", "Content-Type": f"multipart/mixed; boundary={boundary}"}
        answer = await self.send("POST", service, "$batch", multipart, content)
        self.refuse_failure(answer.status, answer, f"{service}/$batch")
        try:
            parts = batch.read(answer.headers.get("content-type", ""), answer.body)
        except ValueError as error:
            raise SourceMisanswered(self.system, "answered a $batch unreadably", detail=str(error)) from None
        for part, resource in zip(parts, resources, strict=False):
            self.refuse_failure(part.status, part, _name(resource))
        if len(parts) != len(resources):
            detail = f"{len(parts)} answers to {len(resources)} reads"
            raise SourceMisanswered(self.system, "did not answer all of a $batch", detail=detail)
        return [part.body for part in parts]

    async def send(
        self, method: str, service: str, resource: str, headers: Mapping[str, str], content: bytes
    ) -> HttpAnswer:
        """Send with a CSRF token; once more with a new one where the first has expired. The answer may be a refusal."""
        url = self._url(service, resource)
        answer = None
        for _ in range(2):
            token = await self._tokens.get(service)
            told = {**self._headers, **token.headers(), **headers}
            answer = await self._http.request(method, url, headers=told, content=content, expect=_READ_HERE)
            if not wants_token(answer):
                break
            self._tokens.discard(service, token)
        assert answer is not None  # noqa: S101 - the loop has run
        return answer

    def refuse_failure(self, status: int, answer: HttpAnswer | batch.Part, what: str) -> None:
        """Raise what the status of an answer stands for, if it is a failure's."""
        if not 200 <= status < 300:
            raise failure(self.system, what, status, answer.headers, answer.body)

    def _decoded(self, body: bytes, reader: Reader[T]) -> Page[T]:
        try:
            return reader(body)
        except UNREADABLE as error:
            raise SourceMisanswered(self.system, "answered something that is not OData", detail=str(error)) from None

    def _url(self, service: str, resource: str) -> str:
        return f"{self._settings.root}/{service}/{self.with_constants(resource)}"

    def with_constants(self, resource: str) -> str:
        """A `__next` may have lost what is not OData's."""
        if "sap-client=" in resource:
            return resource
        return f"{resource}{'&' if '?' in resource else '?'}{self._constant}"


class Cursor(Generic[T]):
    """One resource read page by page, as far as somebody wants to read."""

    def __init__(self, client: ODataClient, service: str, resource: str, reader: Reader[T]) -> None:
        self._client = client
        self._service = service
        self._reader = reader
        self._following = client.following(service)
        self._pending = [resource]

    async def next(self) -> Page[T] | None:
        """The next page; None behind the last."""
        if not self._pending:
            return None
        page = await self._client.page(self._service, self._pending[0], self._reader)
        self._pending = self._following.take([page])
        return page


async def _together(calls: Sequence[Coroutine[Any, Any, T]]) -> list[T]:  # Any: what a coroutine yields and is sent
    """All answers in order. The first failure ends the others, and is raised by itself."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call) for call in calls]
    except* Exception as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


def _name(resource: str) -> str:
    return resource.partition("?")[0]
