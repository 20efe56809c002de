"""The provider's signing keys: made by whichever gateway needs one first, sealed in the store, used by all."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from joserfc.jwk import ECKey

from auth.issuer_keys import ProviderUnavailable, PublicKey
from connectors.errors import ConnectorError
from connectors.people import SigningKey
from connectors.people_ports import Clients
from connectors.registry import Clock
from connectors.transport.single_flight import SingleFlight
from gateway.sealing import NotOurs, Sealer

ALGORITHM = "ES256"

_KNOWN_FOR = timedelta(seconds=60)
_PUBLISHED_BEFORE_USE = timedelta(hours=1)  # so that whoever keeps our keys an hour knows it when it signs
_LONGEST_TOKEN = timedelta(hours=1)


class _Key(NamedTuple):
    key: ECKey
    created_at: datetime


class SigningKeys:
    """`lifetime` is how long a key signs."""

    def __init__(self, clients: Clients, sealer: Sealer, clock: Clock, *, lifetime: timedelta) -> None:
        self._clients = clients
        self._sealer = sealer
        self._clock = clock
        self._lifetime = lifetime
        self._known: tuple[datetime, list[_Key]] | None = None
        self._reading: SingleFlight[list[_Key]] = SingleFlight()

    async def signing(self) -> ECKey:
        """The newest key that everybody can know by now."""
        keys = await self._keys()
        ready = [each for each in keys if self._clock() - each.created_at >= _PUBLISHED_BEFORE_USE]
        return (ready or keys[-1:])[0].key

    async def jwks(self) -> dict[str, list[dict[str, str | list[str]]]]:
        """The public keys (RFC 7517): those that sign, will sign, or signed what may still be in force."""
        return {"keys": [each.key.as_dict(private=False, use="sig", alg=ALGORITHM) for each in await self._keys()]}

    async def candidates(self, kid: str | None) -> Sequence[PublicKey]:
        """As auth.tokens.Keys asks. Our own tokens always name their key."""
        try:
            found = [each.key for each in await self._keys() if each.key.kid == kid]
            if not found:
                self._known = None  # made by another gateway since we looked
                found = [each.key for each in await self._keys() if each.key.kid == kid]
        except ConnectorError as error:
            raise ProviderUnavailable(str(error)) from error
        return found

    async def close(self) -> None:
        """Nothing is held open."""

    async def _keys(self) -> list[_Key]:
        now = self._clock()
        if self._known is not None and now < self._known[0] + _KNOWN_FOR:
            return self._known[1]
        return await self._reading.do("keys", self._read)

    async def _read(self) -> list[_Key]:
        now = self._clock()
        kept = await self._clients.signing_keys()
        if not kept or now - kept[0].created_at >= self._lifetime:
            await self._make(now)
            kept = await self._clients.signing_keys()
        ended = [key.id for key in kept[2:] if now - key.created_at > 2 * self._lifetime + _LONGEST_TOKEN]
        if ended:
            await self._clients.drop_signing_keys(ended)
        keys = [self._opened(key) for key in kept if key.id not in ended]
        self._known = (now, keys)
        return keys

    async def _make(self, now: datetime) -> None:
        key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
        sealed = self._sealer.seal(msgspec.json.encode(key.as_dict(private=True)))
        made = SigningKey(id=str(key.kid), sealed=sealed, created_at=now)
        await self._clients.add_signing_key(made, unless_newer_than=now - self._lifetime)

    def _opened(self, key: SigningKey) -> _Key:
        try:
            content = msgspec.json.decode(self._sealer.unseal(key.sealed), type=dict[str, str])
        except NotOurs:
            raise ProviderUnavailable(
                "the signing keys in the store were sealed with another secret than identity.provider.secret"
            ) from None
        return _Key(ECKey.import_key(dict(content)), key.created_at)
