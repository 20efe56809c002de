"""Calls to a system over HTTP: a deadline on each, bounded answers, failures as `connectors.errors`."""

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

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
from connectors.transport.guard import GuardedCall, SystemGuard
from connectors.transport.http_connection import AnswerTooLarge, ExchangeFailed
from connectors.transport.http_headers import Headers
from connectors.transport.http_pool import HttpPool
from connectors.transport.http_requests import header_lines, request_bytes
from connectors.transport.http_transport import PooledTransport
from connectors.transport.settings import HttpSettings

log = structlog.get_logger(__name__)


class HttpAnswer(NamedTuple):
    """An answer read whole."""

    status: int
    headers: Headers
    body: bytes

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class HttpSystem:
    """One system's HTTP side. Paths are relative to its configured address; no answer leads elsewhere.

    Redirects are not followed and no host out of an answer is ever called. `headers` go with every request (who the
    gateway is, say). `request` raises for what every system means alike (unreachable, too slow, 401, 403, 429, 5xx)
    unless the status is in `expect`.
    """

    def __init__(self, system: str, settings: HttpSettings, *, headers: Mapping[str, str] | None = None) -> None:
        self.system = system
        self.settings = settings
        parts = urlsplit(settings.url)
        fixed = {"host": parts.netloc, "user-agent": "portal-gateway", "accept-encoding": "gzip, deflate"}
        self._prefix = parts.path.rstrip("/") + "/"
        self._fixed = header_lines({**fixed, **(headers or {})}.items())
        self._pool = HttpPool(settings.url, connections=settings.connections, tls=settings.ssl_context())
        self.guard = SystemGuard(system, settings)
        self._client = httpx.AsyncClient(
            base_url=settings.url.rstrip("/") + "/",
            transport=PooledTransport(self._pool, settings.max_answer_bytes),
            follow_redirects=False,
            trust_env=False,
            headers={**fixed, **(headers or {})},
        )

    async def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        data: Mapping[str, str] | None = None,
        expect: frozenset[int] = frozenset(),
    ) -> HttpAnswer:
        """Send, read at most `max_answer_bytes`, classify. `expect` names the failure statuses the caller reads.

        `data` is sent as a form.
        """
        seconds = remaining(self.settings.timeout)
        if seconds <= 0:
            raise SourceTimeout(self.system, "there was no time left to ask")
        async with self.guard.call(method, path, seconds=seconds) as call:
            answer = await self._answer(call, seconds, method, path, {**(headers or {}), **call.headers}, content, data)
            call.answered(answer.status, len(answer.body))
            if answer.status not in expect:
                self.raise_for_status(answer)
        return answer

    async def _answer(
        self,
        call: GuardedCall,
        seconds: float,
        method: str,
        path: str,
        headers: Mapping[str, str],
        content: bytes | None,
        data: Mapping[str, str] | None,
    ) -> HttpAnswer:
        try:
            async with asyncio.timeout(seconds):
                await call.turn()
                return await self._send(method, path, headers, content, data)
        except (httpx.TimeoutException, TimeoutError) as error:
            raise SourceTimeout(self.system, f"did not answer within {seconds:.1f} seconds") from error
        except (AnswerTooLarge, httpx.DecodingError) as error:
            problem = f"answered with more than {self.settings.max_answer_bytes} bytes"
            raise SourceMisanswered(self.system, problem) from error
        except (ExchangeFailed, OSError, httpx.HTTPError) as error:
            raise SourceUnreachable(self.system, "could not be reached", detail=repr(error)) from error

    async def _send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None,
        content: bytes | None,
        data: Mapping[str, str] | None,
    ) -> HttpAnswer:
        if data is not None:
            response = await self._client.request(method, path, headers=headers, data=dict(data))
            return HttpAnswer(response.status_code, Headers(response.headers.raw), response.content)
        written = request_bytes(method, self._prefix + path.lstrip("/"), self._fixed, headers, content)
        received = await self._pool.exchange(
            written, max_bytes=self.settings.max_answer_bytes, repeatable=method == "GET"
        )
        return HttpAnswer(received.status, Headers(received.fields), received.body)

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


def basic(user: str, password: str) -> str:
    """The Authorization header's value of Basic auth."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode("ascii")


def retry_after(answer: HttpAnswer) -> float | None:
    """Seconds, where the answer names them as a number."""
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else None
