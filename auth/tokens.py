"""Bearer tokens: whether a JWT access token (RFC 9068) is genuine, for us, and in force. The rules are RFC 8725's.

What is wrong with a token is for our log; the client learns only that it is not accepted.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from time import monotonic
from typing import NamedTuple, Protocol

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry
from joserfc.util import urlsafe_b64decode

from auth.issuer import Issuer
from auth.issuer_keys import IssuerKeys, ProviderUnavailable, PublicKey

__all__ = ["InvalidToken", "ProviderUnavailable", "TokenVerifier", "VerifiedToken"]

MOST_BYTES = 8 * 1024
_REMEMBERED = 10_000  # tokens, by their digests
_MOST_TRIED = 8  # keys, for a token that names none
_LONGEST_SUBJECT = 255  # OpenID Connect Core 1.0, section 2


class InvalidToken(Exception):
    """The token is not accepted. `reason` is for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class VerifiedToken(NamedTuple):
    issuer: Issuer
    claims: Mapping[str, object]


class _Header(msgspec.Struct):
    """What is read of a JOSE header. Keys that a header brings or points to (jwk, jku, x5u, x5c) are never used."""

    alg: str
    kid: str | None = None
    typ: str = ""


_EXTENSIONS = ("crit", "b64")  # none of which we understand (RFC 7515, 4.1.11)


class _Registry(jws.JWSRegistry):
    max_header_length = MOST_BYTES  # the whole token is bounded; providers put certificate chains here


class Keys(Protocol):
    """The public keys of one issuer."""

    async def candidates(self, kid: str | None) -> Sequence[PublicKey]:
        """The key of that id; all of them for a token that names none. Raises ProviderUnavailable."""
        ...

    async def close(self) -> None: ...


class TokenVerifier:
    """Knows the issuers, and fetches their keys. `own` is the built-in provider, whose keys are at hand. `now` is in
    seconds since the epoch. Without `subject` a token need not name one."""

    def __init__(
        self,
        issuers: Sequence[Issuer],
        *,
        own: tuple[Issuer, Keys] | None = None,
        subject: bool = True,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._issuers: dict[str, tuple[Issuer, Keys]] = {
            issuer.issuer: (issuer, IssuerKeys(issuer, clock=clock)) for issuer in issuers
        }
        if own is not None:
            self._issuers[own[0].issuer] = own
        self._subject = subject
        self._signed: OrderedDict[bytes, PublicKey] = OrderedDict()
        self._now = now

    async def verify(self, token: str) -> VerifiedToken:
        """Raises InvalidToken; ProviderUnavailable where the issuer's keys can't be had."""
        header, claims = _peek(token)
        name = claims.get("iss")
        if not isinstance(name, str) or name not in self._issuers:
            raise InvalidToken("the issuer is not known")
        issuer, keys = self._issuers[name]
        _check_header(header, issuer)
        self._check_signature(token, header.alg, await keys.candidates(header.kid))
        self._check_claims(claims, issuer)
        return VerifiedToken(issuer, claims)

    def _check_signature(self, token: str, algorithm: str, keys: Sequence[PublicKey]) -> None:
        """A signature that was verified before with a key that is still good needs no second look: that takes as long
        as all else about a token."""
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._signed.get(digest)
        if known is not None and any(known is key for key in keys):
            self._signed.move_to_end(digest)
            return
        self._signed[digest] = _signing_key(token, algorithm, keys)
        if len(self._signed) > _REMEMBERED:
            self._signed.popitem(last=False)

    def _check_claims(self, claims: dict[str, object], issuer: Issuer) -> None:
        registry = JWTClaimsRegistry(
            now=int(self._now()),
            leeway=issuer.leeway,
            iss={"essential": True, "value": issuer.issuer},
            aud={"essential": True, "value": issuer.audience},
            exp={"essential": True},
            sub={"essential": self._subject},
        )
        try:
            registry.validate(claims)
        except JoseError as error:
            raise InvalidToken(str(error)) from error
        if len(str(claims.get("sub", ""))) > _LONGEST_SUBJECT:
            raise InvalidToken("the subject is too long")

    async def close(self) -> None:
        for _, keys in self._issuers.values():
            await keys.close()


def _peek(token: str) -> tuple[_Header, dict[str, object]]:
    """Header and claims, not yet to be believed: which issuer and which key they name."""
    if len(token) > MOST_BYTES:
        raise InvalidToken("the token is too long")
    segments = token.split(".")
    if len(segments) != 3:
        raise InvalidToken("the token is no signed JWT")
    try:
        raw_header = urlsafe_b64decode(segments[0].encode("ascii"))
        raw_claims = urlsafe_b64decode(segments[1].encode("ascii"))
        extensions = msgspec.json.decode(raw_header, type=dict[str, object]).keys() & set(_EXTENSIONS)
        header = msgspec.json.decode(raw_header, type=_Header)
        claims = msgspec.json.decode(raw_claims, type=dict[str, object])
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError) as error:
        raise InvalidToken(f"the token can't be read: {error}") from error
    if extensions:
        raise InvalidToken("the token uses extensions")
    return header, claims


def _check_header(header: _Header, issuer: Issuer) -> None:
    if header.alg not in issuer.algorithms:
        raise InvalidToken(f"the algorithm {header.alg!r} is not accepted of that issuer")
    typ = header.typ.lower().removeprefix("application/")
    if typ not in {accepted.lower() for accepted in issuer.token_types}:
        raise InvalidToken(f"the type {header.typ!r} is no access token's")


def _signing_key(token: str, algorithm: str, keys: Sequence[PublicKey]) -> PublicKey:
    registry = _Registry(algorithms=[algorithm], strict_check_header=False)
    try:
        signed = jws.extract_compact(token.encode("ascii"), registry=registry)
        found = next((key for key in keys[:_MOST_TRIED] if _signed_by(key, signed, algorithm, registry)), None)
        if found is not None:
            return found
    except (JoseError, ValueError, RecursionError) as error:
        raise InvalidToken(f"the signature can't be read: {error}") from error
    raise InvalidToken("no key of the issuer made the signature" if keys else "the key is not known")


def _signed_by(key: PublicKey, signed: jws.CompactSignature, algorithm: str, registry: jws.JWSRegistry) -> bool:
    try:
        key.check_alg(algorithm)
        return jws.validate_compact(signed, key, [algorithm], registry)  # checks that the key's type fits as well
    except JoseError:
        return False
