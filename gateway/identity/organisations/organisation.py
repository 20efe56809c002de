"""One organisation's provider: its metadata, the way to it, and what it says of who signed in."""

import base64
from collections.abc import Mapping, Sequence
from time import monotonic
from urllib.parse import quote_plus, urlencode, urlsplit

import msgspec
import structlog
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.discovery import get_well_known_url

from auth.issuer import Issuer, SignIn, check_address
from auth.tokens import InvalidToken, TokenVerifier
from connectors.errors import ConnectorError
from connectors.registry import Clock
from connectors.transport.http import HttpAnswer, HttpSystem
from connectors.transport.settings import HttpSettings

log = structlog.get_logger(__name__)

_KNOWN_FOR = 600.0  # seconds that metadata is good for
_MOST_BYTES = 256 * 1024
_REFUSALS = frozenset({400, 401, 403})


class NotSignedIn(Exception):
    """The provider did not say who somebody is, or not so that it can be believed. The reason is for the log."""


class Metadata(msgspec.Struct, frozen=True):
    """What is read of the discovery document (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    end_session_endpoint: str | None = None
    authorization_response_iss_parameter_supported: bool = False


class _Answer(msgspec.Struct):
    """What is read of a token answer."""

    id_token: str


class Organisation:
    """`number` stands in the addresses; `callback` is the one that the provider sends people back to."""

    def __init__(self, number: int, issuer: Issuer, sign_in: SignIn, clock: Clock, *, address: str) -> None:
        self.number = number
        self.issuer = issuer
        self.sign_in = sign_in
        self.callback = f"{address}/sign-in/callback/{number}"
        self._address = address
        self._systems: dict[str, HttpSystem] = {}
        self._known: tuple[float, Metadata] | None = None
        of_people = issuer.model_copy(update={"audience": sign_in.client_id, "token_types": frozenset({"JWT", ""})})
        of_logouts = of_people.model_copy(update={"token_types": frozenset({"logout+jwt", "JWT", ""})})
        self._id_tokens = TokenVerifier([of_people], now=lambda: clock().timestamp())
        self._logout_tokens = TokenVerifier([of_logouts], subject=False, now=lambda: clock().timestamp())

    @property
    def title(self) -> str:
        return self.sign_in.title or urlsplit(self.issuer.issuer).netloc

    async def metadata(self) -> Metadata:
        """Raises ConnectorError where it can't be had, NotSignedIn where it is not the provider's own."""
        if self._known is not None and monotonic() < self._known[0]:
            return self._known[1]
        place = urlsplit(get_well_known_url(self.issuer.issuer, external=True))
        answer = await self._ask("GET", f"{place.scheme}://{place.netloc}{place.path}")
        try:
            found = msgspec.json.decode(answer.body, type=Metadata)
            for endpoint in (found.authorization_endpoint, found.token_endpoint, found.end_session_endpoint):
                if endpoint is not None:
                    check_address(endpoint)
        except (msgspec.MsgspecError, ValueError) as error:
            raise NotSignedIn(f"the discovery document can't be used: {error}") from error
        if found.issuer != self.issuer.issuer:
            raise NotSignedIn(f"the discovery document is of {found.issuer!r}")
        self._known = (monotonic() + _KNOWN_FOR, found)
        return found

    async def way(self, *, state: str, nonce: str, verifier: str) -> str:
        """The address that the browser is sent to: authorization code with PKCE."""
        endpoint = (await self.metadata()).authorization_endpoint
        asked = {
            "response_type": "code",
            "client_id": self.sign_in.client_id,
            "redirect_uri": self.callback,
            "scope": " ".join(self.sign_in.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    async def who(self, code: str, *, verifier: str, nonce: str) -> Mapping[str, object]:
        """The claims of the id token that the code is good for. Raises NotSignedIn, ConnectorError, and
        ProviderUnavailable where its keys can't be had."""
        token = await self._exchange(code, verifier)
        try:
            claims = (await self._id_tokens.verify(token)).claims
        except InvalidToken as error:
            raise NotSignedIn(f"the id token is not accepted: {error.reason}") from error
        if claims.get("nonce") != nonce:
            raise NotSignedIn("the id token is of another sign-in")
        audience = claims.get("aud")
        several = isinstance(audience, list) and len(audience) > 1
        if (several or "azp" in claims) and claims.get("azp") != self.sign_in.client_id:
            raise NotSignedIn("the id token was given to another client")
        return claims

    async def logout_claims(self, token: str) -> Mapping[str, object]:
        """Those of a logout token. Raises InvalidToken; ProviderUnavailable."""
        return (await self._logout_tokens.verify(token)).claims

    async def end_session_url(self) -> str | None:
        """Where the browser signs out there as well; None where the provider offers no such place."""
        try:
            endpoint = (await self.metadata()).end_session_endpoint
        except (ConnectorError, NotSignedIn) as error:
            log.warning("identity.organisation_unavailable", issuer=self.issuer.issuer, reason=str(error))
            return None
        if endpoint is None:
            return None
        asked = {"client_id": self.sign_in.client_id, "post_logout_redirect_uri": f"{self._address}/sign-out"}
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    async def close(self) -> None:
        parts: list[TokenVerifier | HttpSystem] = [self._id_tokens, self._logout_tokens, *self._systems.values()]
        for part in parts:
            await part.close()

    async def _exchange(self, code: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
            "code_verifier": verifier,
        }
        headers = {"Accept": "application/json"}
        secret = self.sign_in.client_secret
        if secret is None:
            form["client_id"] = self.sign_in.client_id
        else:  # RFC 6749, 2.3.1: both parts are encoded as in a form
            pair = f"{quote_plus(self.sign_in.client_id)}:{quote_plus(secret.get_secret_value())}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        endpoint = (await self.metadata()).token_endpoint
        answer = await self._ask("POST", endpoint, headers=headers, data=form, expect=_REFUSALS)
        if answer.status in _REFUSALS:
            raise NotSignedIn(f"the code was refused with {answer.status}")
        try:
            return msgspec.json.decode(answer.body, type=_Answer).id_token
        except msgspec.MsgspecError as error:
            raise NotSignedIn(f"the token answer can't be read: {error}") from error

    async def _ask(
        self,
        method: str,
        address: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        expect: frozenset[int] = frozenset(),
    ) -> HttpAnswer:
        url = urlsplit(address)
        origin = f"{url.scheme}://{url.netloc}"
        if origin not in self._systems:
            settings = HttpSettings(
                url=origin,
                timeout=self.issuer.timeout,
                connections=2,
                queue=100,
                breaker_failures=0,  # what is not known is asked for rarely enough
                retry_share=0,
                max_answer_bytes=_MOST_BYTES,
                ca_file=self.issuer.ca_file,
            )
            self._systems[origin] = HttpSystem("identity provider", settings)
        path = url.path + (f"?{url.query}" if url.query else "")
        return await self._systems[origin].request(
            method, path, headers=headers or {"Accept": "application/json"}, data=data, expect=expect
        )


def organisations_of(issuers: Sequence[Issuer], clock: Clock, *, address: str) -> Sequence[Organisation]:
    """Those of the providers at which people can sign in, numbered by their places in the settings, from 1 on."""
    return [
        Organisation(number, issuer, issuer.sign_in, clock, address=address)
        for number, issuer in enumerate(issuers, 1)
        if issuer.sign_in is not None
    ]
