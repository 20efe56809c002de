"""Calls to a system over HTTP: a deadline on each, bounded answers, failures as `connectors.errors`."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

import httpx
import structlog

from connectors.errors import (
    SourceBusy,
    SourceFailed,
    SourceMisanswered,
    SourceMisconfigured,
    SourceTimeout,
    SourceUnreachable,
)
from connectors.transport.deadline import remaining
from connectors.transport.settings import HttpSettings

log = structlog.get_logger(__name__)


class HttpAnswer(NamedTuple):
    """An answer read whole. Header names are lower-case."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def content_type(self) -> str:
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()


class HttpSystem:
    """One system's HTTP side. Paths are relative to its configured address; no answer leads elsewhere.

    Redirects are not followed and no host out of an answer is ever called. `request` raises for what every system
    means alike (unreachable, too slow, 401, 403, 429, 5xx) unless the status is in `expect`.
    """

    def __init__(self, system: str, settings: HttpSettings, *, auth: httpx.Auth | None = None) -> None:
        self.system = system
        self.settings = settings
        self._client = httpx.AsyncClient(
            base_url=settings.url.rstrip("/") + "/",
            auth=auth,
            verify=settings.ssl_context(),
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_connections=settings.connections, max_keepalive_connections=settings.connections),
            headers={"User-Agent": "portal-gateway", "Accept-Encoding": "gzip, deflate"},
        )

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        data: Mapping[str, str] | None = None,
        expect: frozenset[int] = frozenset(),
    ) -> HttpAnswer:
        """Send, read at most `max_answer_bytes`, classify. `expect` names the failure statuses the caller reads."""
        seconds = remaining(self.settings.timeout)
        if seconds <= 0:
            raise SourceTimeout(self.system, "there was no time left to ask")
        request = self._client.build_request(
            method, path, params=params, headers=headers, content=content, data=data, timeout=seconds
        )
        try:
            answer = await self._send(request, seconds)
        except (httpx.TimeoutException, TimeoutError) as error:
            raise SourceTimeout(self.system, f"did not answer within {seconds:.1f} seconds") from error
        except httpx.HTTPError as error:
            raise SourceUnreachable(self.system, "could not be reached", detail=repr(error)) from error
        if answer.status not in expect:
            self.raise_for_status(answer)
        return answer

    async def _send(self, request: httpx.Request, seconds: float) -> HttpAnswer:
        async with asyncio.timeout(seconds):
            response = await self._client.send(request, stream=True)
            try:
                body = bytearray()
                async for piece in response.aiter_bytes():
                    body += piece
                    if len(body) > self.settings.max_answer_bytes:
                        raise SourceMisanswered(
                            self.system, f"answered with more than {self.settings.max_answer_bytes} bytes"
                        )
            finally:
                await response.aclose()
        return HttpAnswer(response.status_code, response.headers, bytes(body))

    def raise_for_status(self, answer: HttpAnswer) -> None:
        """Raise what a failure status means, for a caller who named it in `expect` and can't read the answer."""
        status = answer.status
        if status < 400:
            return
        detail = f"HTTP {status} {answer.body[:500].decode('utf-8', 'replace')}"
        log.warning("source.failed", system=self.system, status=status)
        if status in (401, 403):
            raise SourceMisconfigured(self.system, "refused the gateway's credentials", detail=detail)
        if status == 429:
            raise SourceBusy(self.system, "takes no more requests now", retry_after=retry_after(answer), detail=detail)
        if status >= 500:
            raise SourceFailed(self.system, "failed", detail=detail)
        raise SourceMisconfigured(self.system, "did not understand the gateway", detail=detail)

    async def close(self) -> None:
        await self._client.aclose()


def retry_after(answer: HttpAnswer) -> float | None:
    """Seconds, where the answer names them as a number."""
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else None
