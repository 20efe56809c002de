"""Tokens that nobody gave: each is refused, whoever's keys are asked, an organisation's or our own (RFC 8725)."""

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwe, jws
from joserfc.jwk import ECKey, Key, OctKey, RSAKey

from auth.issuer import Issuer
from auth.tokens import InvalidToken, Keys, TokenVerifier
from connectors.systems.portal_store.connector import MANIFEST, PortalStore
from gateway.identity.provider.keys import SigningKeys
from gateway.sealing import Sealer
from tests.clock import MovedClock
from tests.databases import sqlite_store

URL = "https://login.example"
FAR = 4_000_000_000


def part(content: object) -> str:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


@dataclass
class Mint:
    """Makes tokens of any kind with the issuer's own key, or with another."""

    key: ECKey
    now: int

    def claims(self, **changes: object) -> dict[str, object]:
        usual: dict[str, object] = {
            "iss": URL,
            "aud": "urn:gateway",
            "sub": "anna",
            "iat": self.now,
            "exp": self.now + 60,
        }
        return {name: value for name, value in (usual | changes).items() if value is not None}

    def header(self, **changes: object) -> dict[str, object]:
        usual: dict[str, object] = {"alg": "ES256", "typ": "at+jwt", "kid": self.key.kid}
        return {name: value for name, value in (usual | changes).items() if value is not None}

    def signed(self, header: Mapping[str, object], claims: object, key: Key | None = None) -> str:
        """By hand where it is ES256, since a library would not sign what it would not accept."""
        payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
        if header["alg"] == "ES256":
            return self._by_hand(f"{part(header)}.{part(payload)}", key or self.key)
        registry = jws.JWSRegistry(algorithms=[str(header["alg"])], strict_check_header=False)
        return jws.serialize_compact(dict(header), payload, key or self.key, registry=registry)

    def _by_hand(self, text: str, key: Key) -> str:
        assert isinstance(key, ECKey)
        private = key.private_key
        assert private is not None
        numbers = decode_dss_signature(private.sign(text.encode(), ECDSA(SHA256())))
        return f"{text}.{part(b''.join(number.to_bytes(32, 'big') for number in numbers))}"

    def good(self) -> str:
        return self.signed(self.header(), self.claims())

    def public_pem(self) -> bytes:
        return self.key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


Forge = Callable[[Mint], str]


def unsigned(**header: object) -> Forge:
    return lambda mint: f"{part(mint.header(**header))}.{part(mint.claims())}."


def claiming(**claims: object) -> Forge:
    return lambda mint: mint.signed(mint.header(), mint.claims(**claims))


def headed(**header: object) -> Forge:
    return lambda mint: mint.signed(mint.header(**header), mint.claims())


def with_secret(secret: Callable[[Mint], bytes]) -> Forge:
    def forge(mint: Mint) -> str:
        text = f"{part(mint.header(alg='HS256'))}.{part(mint.claims())}"
        return f"{text}.{part(hmac.digest(secret(mint), text.encode(), 'sha256'))}"

    return forge


def another(**header: object) -> Forge:
    """Signed with a key of the forger's, which the header may bring along."""

    def forge(mint: Mint) -> str:
        key = ECKey.generate_key("P-256", auto_kid=True)
        brought = {name: key.as_dict(private=False) if value == "KEY" else value for name, value in header.items()}
        return mint.signed(mint.header(**brought), mint.claims(), key)

    return forge


def changed(place: int, change: Callable[[str], str]) -> Forge:
    def forge(mint: Mint) -> str:
        parts = mint.good().split(".")
        parts[place] = change(parts[place])
        return ".".join(parts)

    return forge


def der(mint: Mint) -> str:
    head, claims, signature = mint.good().split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    numbers = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    return f"{head}.{claims}.{part(encode_dss_signature(*numbers))}"


def encrypted(mint: Mint) -> str:
    key = OctKey.generate_key(256)
    return jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM", "typ": "at+jwt"}, json.dumps(mint.claims()), key)


FORGED: dict[str, Forge] = {
    "alg none": unsigned(alg="none"),
    "alg None": unsigned(alg="None"),
    "alg NONE": unsigned(alg="NONE"),
    "alg empty": unsigned(alg=""),
    "no alg": lambda mint: f"{part({'typ': 'at+jwt'})}.{part(mint.claims())}.",
    "alg a list": lambda mint: f"{part({'alg': ['ES256'], 'typ': 'at+jwt'})}.{part(mint.claims())}.x",
    "alg none with a signature": lambda mint: (
        f"{part(mint.header(alg='none'))}.{part(mint.claims())}.{mint.good().split('.')[2]}"
    ),
    "the public key as a secret, PEM": with_secret(lambda mint: mint.public_pem()),
    "the public key as a secret, JWK": with_secret(lambda mint: json.dumps(mint.key.as_dict(private=False)).encode()),
    "an empty secret": with_secret(lambda mint: b"\x00" * 32),
    "another algorithm of the family": lambda mint: mint.signed(
        mint.header(alg="ES384"), mint.claims(), ECKey.generate_key("P-384", auto_kid=True)
    ),
    "RSA under an EC key's name": lambda mint: mint.signed(
        mint.header(alg="RS256"), mint.claims(), RSAKey.generate_key(2048)
    ),
    "the right name, another key": another(),
    "a key brought along": another(jwk="KEY"),
    "a key brought along, no name": another(jwk="KEY", kid=None),
    "a key to be fetched": another(jku="https://evil.example/jwks"),
    "a certificate to be fetched": another(x5u="https://evil.example/cert"),
    "a certificate brought along": another(x5c=["MIIB"]),
    "an unknown key": another(kid="unknown"),
    "a key by a path": another(kid="../../../../dev/null"),
    "a key by SQL": another(kid="' UNION SELECT 'x"),
    "a key by an empty name": another(kid=""),
    "a key by a number": another(kid=1),
    "another issuer": claiming(iss="https://evil.example"),
    "the issuer with a slash": claiming(iss=f"{URL}/"),
    "the issuer in capitals": claiming(iss=URL.upper()),
    "no issuer": claiming(iss=None),
    "another audience": claiming(aud="urn:other"),
    "no audience": claiming(aud=None),
    "an audience that begins alike": claiming(aud="urn:gateway2"),
    "an id token": headed(typ="JWT+id"),
    "another type": headed(typ="logout+jwt"),
    "over": claiming(exp=1),
    "without end": claiming(exp=None),
    "an end in words": claiming(exp="tomorrow"),
    "not yet": claiming(nbf=FAR),
    "made tomorrow": claiming(iat=FAR),
    "no subject": claiming(sub=None),
    "a subject that is no text": claiming(sub={"a": 1}),
    "claims changed": changed(
        1, lambda claims: part(json.loads(base64.urlsafe_b64decode(claims + "==")) | {"sub": "boss"})
    ),
    "header changed": changed(0, lambda head: part(json.loads(base64.urlsafe_b64decode(head + "==")) | {"x": 1})),
    "signature changed": changed(2, lambda signature: ("A" if signature[0] != "A" else "B") + signature[1:]),
    "signature cut": changed(2, lambda signature: signature[:-8]),
    "signature longer": changed(2, lambda signature: signature + "AAAA"),
    "no signature": changed(2, lambda signature: ""),
    "signature of zeros": changed(2, lambda signature: part(b"\x00" * 64)),
    "signature in DER": der,
    "two parts": lambda mint: mint.good().rpartition(".")[0],
    "four parts": lambda mint: mint.good() + ".x",
    "encrypted": encrypted,
    "a token in a token": lambda mint: mint.signed(mint.header(cty="JWT"), mint.good().encode()),
    "claims a list": lambda mint: mint.signed(mint.header(), [mint.claims()]),
    "claims no JSON": lambda mint: mint.signed(mint.header(), b"\xff\xfe"),
    "critical extensions": headed(crit=["exp"]),
    "payload not encoded": headed(b64=False, crit=["b64"]),
    "a huge header": headed(x="x" * 100_000),
    "huge claims": claiming(x="x" * 100_000),
    "deep claims": lambda mint: mint.signed(mint.header(), b'{"iss":' + b"[" * 3000 + b"]" * 3000 + b"}"),
    "padding": lambda mint: mint.good() + "==",
    "spaces": lambda mint: mint.good().replace(".", " ."),
    "a line break": lambda mint: mint.good()[:50] + "\n" + mint.good()[50:],
    "other letters": lambda mint: mint.good().replace("e", "е", 1),
    "nothing": lambda mint: "",
    "dots": lambda mint: "..",
}


@dataclass
class Asked:
    verifier: TokenVerifier
    mint: Mint


class _Fixed:
    """An organisation's keys, as they would have been fetched."""

    def __init__(self, key: ECKey) -> None:
        self._key = key

    async def candidates(self, kid: str | None) -> tuple[ECKey, ...]:
        return (self._key,) if kid in (None, self._key.kid) else ()

    async def close(self) -> None:
        """Nothing is held open."""


@pytest_asyncio.fixture(params=["an organisation's", "our own"])
async def asked(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Asked]:
    issuer = Issuer.model_validate({"issuer": URL, "algorithms": ["ES256"], "token_types": ["at+jwt"], "leeway": 0})
    clock = MovedClock()
    settings: Any = MANIFEST.settings.model_validate({"url": await sqlite_store(tmp_path / "portal.db")})
    store = MANIFEST.connect("store", settings, clock)
    assert isinstance(store, PortalStore)
    keys: Keys
    if request.param == "our own":
        keys = SigningKeys(store.clients, Sealer("a secret of the gateway", "keys"), clock, lifetime=timedelta(days=30))
        key = await keys.signing()
    else:
        key = ECKey.generate_key("P-256", {"use": "sig"}, auto_kid=True)
        keys = _Fixed(key)
    now = int(time.time())
    yield Asked(TokenVerifier([], own=(issuer, keys)), Mint(key, now))
    await store.close()


async def test_a_genuine_token_is_accepted(asked: Asked) -> None:
    verified = await asked.verifier.verify(asked.mint.good())
    assert verified.claims["sub"] == "anna"


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
async def test_a_forged_token_is_refused(asked: Asked, forge: Forge) -> None:
    token = forge(asked.mint)
    with pytest.raises(InvalidToken) as caught:
        await asked.verifier.verify(token)
    assert token == "" or token not in caught.value.reason


async def test_there_are_more_than_forty_five_ways() -> None:
    assert len(FORGED) > 45
