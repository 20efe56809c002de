"""Who the gateway is to SAP: credentials on every request, and CSRF tokens, worth nothing without their cookies."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from connectors.errors import SourceMisconfigured, SourceTimeout
from connectors.systems.sap_service_orders.settings import SapServiceOrdersSettings
from connectors.transport.deadline import remaining
from connectors.transport.http import HttpAnswer, HttpSystem, basic
from connectors.transport.single_flight import SingleFlight

TOKEN = "x-csrf-token"  # noqa: S105 - the name of a header


def authorization(settings: SapServiceOrdersSettings) -> str:
    """The Authorization header's value: Basic or bearer."""
    if settings.token is not None:
        return f"Bearer {settings.token.get_secret_value()}"
    return basic(settings.user or "", settings.password.get_secret_value() if settings.password else "")


class CsrfToken(NamedTuple):
    """A session's cookies go out with the token that they came with, and with nothing else: reads need no session."""

    value: str
    cookies: str

    def headers(self) -> dict[str, str]:
        return {TOKEN: self.value} | ({"Cookie": self.cookies} if self.cookies else {})


class CsrfTokens:
    """One token a service, fetched once for all who wait, kept until the system wants another."""

    def __init__(self, http: HttpSystem, url_of: Callable[[str, str], str]) -> None:
        self._http = http
        self._url_of = url_of
        self._tokens: dict[str, CsrfToken] = {}
        self._flight: SingleFlight[CsrfToken] = SingleFlight()

    async def get(self, service: str) -> CsrfToken:
        """Raises SourceMisconfigured where the service gives none."""
        token = self._tokens.get(service)
        if token is not None:
            return token
        seconds = remaining(self._http.settings.timeout)
        try:
            async with asyncio.timeout(seconds):
                return await self._flight.do(service, lambda: self._fetch(service))
        except TimeoutError:
            raise SourceTimeout(self._http.system, f"gave no CSRF token within {seconds:.1f} seconds") from None

    def discard(self, service: str, token: CsrfToken) -> None:
        """The token was refused. One that another task fetched meanwhile stays."""
        if self._tokens.get(service) is token:
            del self._tokens[service]

    async def close(self) -> None:
        await self._flight.end()

    async def _fetch(self, service: str) -> CsrfToken:
        answer = await self._http.request(
            "GET",
            self._url_of(service, ""),
            headers={TOKEN: "Fetch", "Accept": "application/json"},
            expect=frozenset({404, 405, 406, 501}),  # not every system has a service document; the token still comes
        )
        value = answer.headers.get(TOKEN, "")
        if not value or value.lower() == "required":
            raise SourceMisconfigured(self._http.system, f"gave no CSRF token for {service}")
        token = self._tokens[service] = CsrfToken(value, _cookies(answer))
        return token


def wants_token(answer: HttpAnswer) -> bool:
    """Whether the answer says that the token was missing, wrong or has expired."""
    return answer.status == 403 and str(answer.headers.get(TOKEN, "")).lower() == "required"


def _cookies(answer: HttpAnswer) -> str:
    pairs: dict[str, str] = {}
    for line in answer.headers.get_list("set-cookie"):
        name, equals, value = line.partition(";")[0].strip().partition("=")
        if equals and name:
            pairs[name] = value
    return "; ".join(f"{name}={value}" for name, value in pairs.items())
