"""OAuth sign-in: client credentials, or a JWT bearer assertion. One session for all calls, until the org ends it."""

import asyncio
import time
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

import httpx
import msgspec
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from connectors.errors import SourceMisanswered, SourceMisconfigured, SourceTimeout
from connectors.systems.salesforce_installed_base.settings import SalesforceSettings
from connectors.transport.deadline import remaining
from connectors.transport.http import HttpAnswer, HttpSystem
from connectors.transport.json_answers import UNREADABLE
from connectors.transport.single_flight import SingleFlight

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_SECONDS = 180  # Salesforce takes no longer ones

log = structlog.get_logger(__name__)


class Session(NamedTuple):
    """Where to call, and with which token."""

    http: HttpSystem
    token: SecretStr


class _Token(msgspec.Struct):
    access_token: str
    instance_url: str | None = None


class _Refused(msgspec.Struct):
    error: str = ""
    error_description: str = ""


class SignIn:
    """The org's session. Its age is not known (token answers carry no expires_in): it is used until it is refused."""

    def __init__(self, system: str, settings: SalesforceSettings) -> None:
        self.system = system
        self.settings = settings
        self._login = HttpSystem(system, settings)
        self._instances = {_origin(urlsplit(settings.url)): self._login}
        self._session: Session | None = None
        self._flights: SingleFlight[Session] = SingleFlight()

    async def session(self) -> Session:
        """The session in use, or a new one. Raises SourceMisconfigured where the org refuses the sign-in.

        Whoever waits for it does so within the time that is left, however long the sign-in itself may take.
        """
        if self._session is not None:
            return self._session
        seconds = remaining(self.settings.timeout)
        if seconds <= 0:
            raise SourceTimeout(self.system, "there was no time left to ask")
        try:
            async with asyncio.timeout(seconds):
                return await self._flights.do("sign-in", self._sign_in)
        except TimeoutError:
            raise SourceTimeout(self.system, f"did not sign the gateway in within {seconds:.1f} seconds") from None

    async def renewed(self, refused: Session) -> Session:
        """A session after `refused` one: whoever comes late finds that another has signed in already."""
        if self._session is refused:
            self._session = None
        return await self.session()

    async def close(self) -> None:
        await self._flights.end()
        for http in self._instances.values():
            await http.close()

    async def _sign_in(self) -> Session:
        answer = await self._login.request(
            "POST",
            "services/oauth2/token",
            data=self._grant(),
            headers={"Accept": "application/json"},
            expect=frozenset({400, 401, 403}),
        )
        if answer.status != 200:
            raise self._refusal(answer)
        try:
            token = msgspec.json.decode(answer.body, type=_Token)
        except UNREADABLE as error:  # whose detail must not quote a token
            raise SourceMisanswered(self.system, "gave a token that can't be read", detail=str(error)) from error
        self._session = Session(self._instance(token.instance_url), SecretStr(token.access_token))
        log.debug("source.signed_in", system=self.system)
        return self._session

    def _grant(self) -> dict[str, str]:
        settings = self.settings
        if settings.private_key is None:
            secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
            return {"grant_type": "client_credentials", "client_id": settings.client_id, "client_secret": secret}
        claims = {
            "iss": settings.client_id,
            "sub": settings.username,
            "aud": settings.audience,
            "exp": int(time.time()) + ASSERTION_SECONDS,
        }
        try:
            key = RSAKey.import_key(settings.private_key.get_secret_value())
            assertion = jwt.encode({"alg": "RS256"}, claims, key)
        except (JoseError, ValueError) as error:
            raise SourceMisconfigured(self.system, "can't be signed in to: private_key is no RSA key in PEM") from error
        return {"grant_type": JWT_BEARER, "assertion": assertion}

    def _refusal(self, answer: HttpAnswer) -> SourceMisconfigured:
        try:
            refused = msgspec.json.decode(answer.body, type=_Refused)
        except UNREADABLE:
            refused = _Refused()
        detail = f"HTTP {answer.status} {refused.error} {refused.error_description}"
        return SourceMisconfigured(self.system, "refused the gateway's sign-in", detail=detail)

    def _instance(self, url: str | None) -> HttpSystem:
        """The org's own address. It comes with the token, over the connection that we trust with our secret."""
        if not url or not self.settings.trust_instance_url:
            return self._login
        try:
            parts = urlsplit(url)
            origin = _origin(parts) if self._is_fit(parts) else None
        except (ValueError, httpx.InvalidURL):
            origin = None
        if origin is None:
            raise SourceMisanswered(self.system, "named an address that can't be used", detail=f"instance_url {url!r}")
        if origin not in self._instances:
            self._instances[origin] = HttpSystem(self.system, self.settings.model_copy(update={"url": origin}))
        return self._instances[origin]

    def _is_fit(self, parts: SplitResult) -> bool:
        """HTTPS; or plain HTTP where the configured address is plain too, and no further away."""
        configured = urlsplit(self.settings.url)
        if not parts.hostname or "@" in parts.netloc:
            return False
        if parts.scheme == "https":
            return True
        near = parts.hostname in (configured.hostname, "localhost", "127.0.0.1", "::1")
        return parts.scheme == "http" and configured.scheme == "http" and near


def _origin(parts: SplitResult) -> str:
    """Scheme, host and port, the usual ports left out."""
    return str(httpx.URL(f"{parts.scheme}://{parts.netloc}")).rstrip("/")
