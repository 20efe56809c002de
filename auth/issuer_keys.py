"""The public keys of a provider (RFC 7517): fetched when needed, kept while they are good, never hammered for."""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from time import monotonic
from urllib.parse import urlsplit

import msgspec
import structlog
from authlib.oidc.discovery import get_well_known_url
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from auth.issuer import Issuer, check_address
from connectors.errors import ConnectorError
from connectors.transport.http import HttpAnswer, HttpSystem
from connectors.transport.settings import HttpSettings
from connectors.transport.single_flight import SingleFlight

log = structlog.get_logger(__name__)

PublicKey = RSAKey | ECKey | OKPKey

FRESH_FOR = 600.0  # seconds, where the provider names no max-age
_FRESHNESS = (60.0, 86_400.0)  # of what it names
_FETCHES, _PERIOD = 3, 30.0  # at most so many in so many seconds, whatever is asked of us
_PATIENCE = 0.5  # seconds that a request waits for fresher keys while it has good ones
_MOST_BYTES = 512 * 1024
_LEAST_MODULUS = 342  # characters of base64url: 2048 bits
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=(\d{1,9})", re.IGNORECASE)


class ProviderUnavailable(Exception):
    """The provider's keys can't be had now, so that nothing it signed can be checked."""


class _Discovery(msgspec.Struct):
    """What is read of the discovery document (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    jwks_uri: str


class _Jwks(msgspec.Struct):
    keys: list[dict[str, object]]


class IssuerKeys:
    """The keys of one issuer. `clock` is in seconds and never goes back."""

    def __init__(self, issuer: Issuer, *, clock: Callable[[], float] = monotonic) -> None:
        self._issuer = issuer
        self._clock = clock
        self._keys: tuple[PublicKey, ...] | None = None
        self._fresh_until = 0.0
        self._good_until = 0.0
        self._fetches: deque[float] = deque(maxlen=_FETCHES)
        self._flights: SingleFlight[None] = SingleFlight()
        self._systems: dict[str, HttpSystem] = {}

    async def candidates(self, kid: str | None) -> tuple[PublicKey, ...]:
        """The keys of that id (of any id where the token names none). Raises ProviderUnavailable.

        An unknown id makes the keys be fetched anew: the provider may have begun to sign with another. How often is
        bounded, so that tokens with invented ids can't make us hammer it.
        """
        if self._clock() >= self._fresh_until:
            await self._freshen()
        found = self._of(kid)
        if not found and kid is not None:
            await self._refresh()
            found = self._of(kid)
        return found

    def _of(self, kid: str | None) -> tuple[PublicKey, ...]:
        if self._keys is None or self._clock() >= self._good_until:
            raise ProviderUnavailable(f"there are no keys of {self._issuer.issuer}")
        return tuple(key for key in self._keys if kid is None or key.kid == kid)

    async def _freshen(self) -> None:
        if self._keys is None or self._clock() >= self._good_until:
            await self._refresh()
            return
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._refresh()  # goes on by itself when we stop waiting
        except TimeoutError:
            log.warning("identity.keys_late", issuer=self._issuer.issuer)

    async def _refresh(self) -> None:
        await self._flights.do("keys", self._fetch)

    async def _fetch(self) -> None:
        now = self._clock()
        if len(self._fetches) == _FETCHES and now - self._fetches[0] < _PERIOD:
            return
        self._fetches.append(now)
        try:
            answer = await self._get(*await self._place())
            self._keys = _read(answer)
        except (ConnectorError, msgspec.MsgspecError, ValueError, RecursionError) as error:
            log.warning("identity.keys_not_fetched", issuer=self._issuer.issuer, reason=str(error))
            return
        self._fresh_until = now + freshness(answer.headers.get("cache-control", ""))
        self._good_until = now + max(self._issuer.keys_for, self._fresh_until - now)

    async def _place(self) -> tuple[str, str]:
        """The origin and the path of the keys. Raises ValueError for a document that is not the issuer's own."""
        if self._issuer.jwks_uri is None:
            place = urlsplit(get_well_known_url(self._issuer.issuer, external=True))
            answer = await self._get(f"{place.scheme}://{place.netloc}", place.path)
            document = msgspec.json.decode(answer.body, type=_Discovery)
            if document.issuer != self._issuer.issuer:
                raise ValueError(f"the discovery document is of {document.issuer!r}")
            uri = check_address(document.jwks_uri)
        else:
            uri = self._issuer.jwks_uri
        url = urlsplit(uri)
        return f"{url.scheme}://{url.netloc}", url.path + (f"?{url.query}" if url.query else "")

    async def _get(self, address: str, path: str) -> HttpAnswer:
        if address not in self._systems:
            settings = HttpSettings(
                url=address,
                timeout=self._issuer.timeout,
                connections=2,
                queue=100,
                breaker_failures=0,  # what is not known is asked for rarely enough
                retry_share=0,
                max_answer_bytes=_MOST_BYTES,
                ca_file=self._issuer.ca_file,
            )
            self._systems[address] = HttpSystem("identity provider", settings)
        return await self._systems[address].request("GET", path, headers={"Accept": "application/json"})

    async def close(self) -> None:
        for system in self._systems.values():
            await system.close()


def freshness(cache_control: str) -> float:
    """Seconds that an answer stays fresh by its Cache-Control, within bounds."""
    match = _MAX_AGE.search(cache_control)
    seconds = float(match[1]) if match else FRESH_FOR
    return min(max(seconds, _FRESHNESS[0]), _FRESHNESS[1])


def _read(answer: HttpAnswer) -> tuple[PublicKey, ...]:
    """The keys that sign. One that can't be used does not spoil the others."""
    keys = []
    for number, content in enumerate(msgspec.json.decode(answer.body, type=_Jwks).keys):
        try:
            keys.append(_public_key(content))
        except (JoseError, ValueError, TypeError, KeyError) as error:
            log.info("identity.key_skipped", number=number, reason=str(error))
    return tuple(keys)


def _public_key(content: dict[str, object]) -> PublicKey:
    """Raises for a key that is not for signatures, is symmetric, too short, or malformed."""
    if content.get("use", "sig") != "sig":
        raise ValueError("the key is not for signatures")
    modulus = content.get("n", "")
    if content.get("kty") == "RSA" and not (isinstance(modulus, str) and len(modulus) >= _LEAST_MODULUS):
        raise ValueError("the key is shorter than 2048 bits")
    key = import_key({name: value for name, value in content.items() if isinstance(value, str | list)})
    if not isinstance(key, PublicKey):
        raise ValueError("the key is symmetric")
    return key
