"""Which tokens are accepted, against a real provider on loopback."""

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe, jws
from joserfc.jwk import ECKey, KeySet, RSAKey
from pydantic import ValidationError

from auth.issuer import Issuer
from auth.issuer_keys import freshness
from auth.tokens import InvalidToken, ProviderUnavailable, TokenVerifier
from fixtures.simulators.conduct import Conduct
from fixtures.simulators.openid_provider import DemoIssuer, create_app
from fixtures.simulators.server import running
from fixtures.world.model import Persona

ANNA = Persona(name="anna@north.example", role="manager", parent_account="7100000", accounts=("7100010",))


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Provider:
    issuer: DemoIssuer
    conduct: Conduct
    clock: Clock = field(default_factory=Clock)

    def verifier(self, **settings: object) -> TokenVerifier:
        accepted = Issuer.model_validate({"issuer": self.issuer.url, **settings})
        return TokenVerifier([accepted], clock=self.clock)

    def fetches(self) -> int:
        return self.conduct.operations().count("jwks")


@pytest.fixture(scope="module")
def served() -> Iterator[Provider]:
    issuer, conduct = DemoIssuer("", algorithm="ES256"), Conduct()
    with running(create_app([ANNA], conduct=conduct, issuer=issuer)) as url:
        issuer.url = url
        yield Provider(issuer, conduct)


@pytest.fixture
def provider(served: Provider) -> Provider:
    served.conduct.behave()
    served.clock = Clock()
    served.issuer.rotate(keep_old=False, algorithm="ES256")
    return served


@pytest.fixture
async def verifier(provider: Provider) -> AsyncIterator[TokenVerifier]:
    made = provider.verifier()
    yield made
    await made.close()


def segment(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def signed(provider: Provider, header: Mapping[str, object], **claims: object) -> str:
    """A token of that header, signed with the provider's own key."""
    now = int(time.time())
    content = {"iss": provider.issuer.url, "aud": "urn:gateway", "sub": "s", "iat": now, "exp": now + 60} | claims
    key = provider.issuer.keys[0]
    registry = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
    whole = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid, **header}
    return jws.serialize_compact(whole, json.dumps(content), key, registry=registry)


async def refused(verifier: TokenVerifier, token: str) -> str:
    with pytest.raises(InvalidToken) as caught:
        await verifier.verify(token)
    return caught.value.reason


async def test_a_genuine_token_is_accepted(provider: Provider, verifier: TokenVerifier) -> None:
    verified = await verifier.verify(provider.issuer.token_for(ANNA))
    assert verified.claims["email"] == ANNA.name
    assert verified.issuer.issuer == provider.issuer.url


async def test_an_rsa_signature_is_accepted_too(provider: Provider, verifier: TokenVerifier) -> None:
    provider.issuer.rotate(keep_old=False, algorithm="RS256")
    assert (await verifier.verify(provider.issuer.token_for(ANNA))).claims["email"] == ANNA.name


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://else.example"},
        {"aud": "urn:else"},
        {"aud": ["urn:else"]},
        {"aud": None},
        {"exp": 1_600_000_000},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"nbf": 4_000_000_000},
        {"iat": 4_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"sub": "s" * 300},
        {"sub": 5},
        {"iss": ["https://else.example"]},
    ],
    ids=str,
)
async def test_a_token_not_for_us_or_not_in_force_is_refused(
    provider: Provider, verifier: TokenVerifier, claims: dict[str, object]
) -> None:
    await refused(verifier, signed(provider, {}, **claims))


async def test_the_issuer_is_compared_exactly(provider: Provider, verifier: TokenVerifier) -> None:
    await refused(verifier, signed(provider, {}, iss=f"{provider.issuer.url}/"))


async def test_one_of_several_audiences_is_enough(provider: Provider, verifier: TokenVerifier) -> None:
    await verifier.verify(signed(provider, {}, aud=["urn:else", "urn:gateway"]))


async def test_a_little_of_clock_skew_is_forgiven(provider: Provider, verifier: TokenVerifier) -> None:
    await verifier.verify(signed(provider, {}, exp=int(time.time()) - 5, nbf=int(time.time()) + 5))


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "JWT", "jwt"])
async def test_the_types_of_access_tokens_are_accepted(provider: Provider, verifier: TokenVerifier, typ: str) -> None:
    await verifier.verify(signed(provider, {"typ": typ}))


@pytest.mark.parametrize("typ", ["", "logout+jwt", "dpop+jwt", "secevent+jwt"])
async def test_tokens_of_another_type_are_refused(provider: Provider, verifier: TokenVerifier, typ: str) -> None:
    assert "type" in await refused(verifier, signed(provider, {"typ": typ}))


@pytest.mark.parametrize(
    "header", [{"crit": ["exp"], "exp": 1}, {"b64": True}, {"crit": []}, {"kid": 5}, {"typ": None}], ids=str
)
async def test_extensions_and_malformed_headers_are_refused(
    provider: Provider, verifier: TokenVerifier, header: dict[str, object]
) -> None:
    token = signed(provider, {})
    forged = segment({"alg": "ES256", "typ": "at+jwt", "kid": provider.issuer.keys[0].kid, **header})
    await refused(verifier, ".".join([forged, *token.split(".")[1:]]))


async def test_a_key_that_the_header_brings_is_not_believed(provider: Provider, verifier: TokenVerifier) -> None:
    own = ECKey.generate_key("P-256", auto_kid=True)
    registry = jws.JWSRegistry(algorithms=["ES256"])
    claims = {"iss": provider.issuer.url, "aud": "urn:gateway", "sub": "s", "exp": int(time.time()) + 60}
    for kid in (own.kid, provider.issuer.keys[0].kid):
        header = {"alg": "ES256", "typ": "at+jwt", "kid": kid, "jwk": own.as_dict(private=False)}
        await refused(verifier, jws.serialize_compact(header, json.dumps(claims), own, registry=registry))


async def test_an_unsigned_token_is_refused(provider: Provider, verifier: TokenVerifier) -> None:
    claims = provider.issuer.token_for(ANNA).split(".")[1]
    for alg in ("none", "None", "NONE"):
        await refused(verifier, f"{segment({'alg': alg, 'typ': 'at+jwt'})}.{claims}.")


async def test_a_public_key_is_no_shared_secret(provider: Provider, verifier: TokenVerifier) -> None:
    """The classic confusion of HS256 with the provider's published key."""
    public = provider.issuer.keys[0].as_pem(private=False)
    header = segment({"alg": "HS256", "typ": "at+jwt", "kid": provider.issuer.keys[0].kid})
    signing_input = f"{header}.{provider.issuer.token_for(ANNA).split('.')[1]}"
    mac = base64.urlsafe_b64encode(hmac.digest(public, signing_input.encode(), "sha256")).rstrip(b"=").decode()
    assert "algorithm" in await refused(verifier, f"{signing_input}.{mac}")


async def test_an_algorithm_that_the_issuer_was_not_granted_is_refused(provider: Provider) -> None:
    only_rsa = provider.verifier(algorithms=["RS256"])
    assert "algorithm" in await refused(only_rsa, provider.issuer.token_for(ANNA))
    await only_rsa.close()


async def test_the_keys_type_must_fit_the_algorithm(provider: Provider, verifier: TokenVerifier) -> None:
    token = provider.issuer.token_for(ANNA)
    header = segment({"alg": "RS256", "typ": "at+jwt", "kid": provider.issuer.keys[0].kid})
    await refused(verifier, ".".join([header, *token.split(".")[1:]]))


async def test_a_changed_token_is_refused(provider: Provider, verifier: TokenVerifier) -> None:
    header, _, signature = provider.issuer.token_for(ANNA).split(".")
    payload = segment({"iss": provider.issuer.url, "aud": "urn:gateway", "sub": "s", "exp": int(time.time()) + 60})
    await refused(verifier, f"{header}.{payload}.{signature}")


async def test_an_encrypted_token_is_refused(verifier: TokenVerifier) -> None:
    key = RSAKey.generate_key(2048)
    token = jwe.encrypt_compact({"alg": "RSA-OAEP", "enc": "A128GCM"}, b"{}", key)
    await refused(verifier, token)


async def test_an_oversized_token_is_refused_before_it_is_read(provider: Provider, verifier: TokenVerifier) -> None:
    assert "long" in await refused(verifier, provider.issuer.token_for(ANNA, email="a" * 9000))
    assert provider.fetches() == 0


@pytest.mark.parametrize("levels", [1_500, 2_900])
async def test_deep_nesting_is_refused(verifier: TokenVerifier, levels: int) -> None:
    deep = base64.urlsafe_b64encode(b'{"a":' + b"[" * levels + b"}").rstrip(b"=").decode()
    await refused(verifier, f"{deep}.{deep}.x")
    await refused(verifier, f"{segment({'alg': 'ES256', 'typ': 'JWT'})}.{deep}.x")


@given(st.text(max_size=200) | st.lists(st.text("abcABC019-_=", max_size=40), max_size=5).map(".".join))
async def test_no_text_crashes_the_verifier(text: str) -> None:
    await refused(TokenVerifier([]), text)


async def test_the_keys_are_fetched_once(provider: Provider, verifier: TokenVerifier) -> None:
    for _ in range(5):
        await verifier.verify(provider.issuer.token_for(ANNA))
    assert provider.fetches() == 1


async def test_a_new_key_is_accepted_at_once(provider: Provider, verifier: TokenVerifier) -> None:
    await verifier.verify(provider.issuer.token_for(ANNA))
    provider.issuer.rotate()
    await verifier.verify(provider.issuer.token_for(ANNA))
    assert provider.fetches() == 2


async def test_invented_key_ids_do_not_hammer_the_provider(provider: Provider, verifier: TokenVerifier) -> None:
    for number in range(50):
        await refused(verifier, signed(provider, {"kid": f"invented-{number}"}))
    assert provider.fetches() <= 3
    await verifier.verify(provider.issuer.token_for(ANNA))
    provider.clock.now += 60
    provider.issuer.rotate()
    await verifier.verify(provider.issuer.token_for(ANNA))


async def test_a_dropped_key_is_forgotten_when_the_keys_are_read_anew(
    provider: Provider, verifier: TokenVerifier
) -> None:
    token = provider.issuer.token_for(ANNA)
    await verifier.verify(token)
    provider.issuer.rotate(keep_old=False)
    provider.clock.now += 700
    await refused(verifier, token)


async def test_a_signature_is_looked_at_once_and_any_other_again(
    provider: Provider, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    real = jws.validate_compact

    def counted(*given: Any, **told: Any) -> bool:
        nonlocal looks
        looks += 1
        return real(*given, **told)

    monkeypatch.setattr(jws, "validate_compact", counted)
    token = provider.issuer.token_for(ANNA)
    for _ in range(5):
        await verifier.verify(token)
    assert looks == 1
    head, claims, signature = token.split(".")
    changed = "A" if signature[0] != "A" else "B"
    await refused(verifier, f"{head}.{claims}.{changed}{signature[1:]}")
    await refused(verifier, f"{head}.{claims}.{signature}ą")
    assert looks >= 2


async def test_a_token_that_was_accepted_is_refused_once_it_has_ended(provider: Provider) -> None:
    now = time.time()
    accepted = Issuer.model_validate({"issuer": provider.issuer.url})
    verifier = TokenVerifier([accepted], clock=provider.clock, now=lambda: now)
    token = provider.issuer.token_for(ANNA)
    await verifier.verify(token)
    now += 100_000
    await refused(verifier, token)
    await verifier.close()


async def test_known_keys_are_kept_while_the_provider_is_down(provider: Provider, verifier: TokenVerifier) -> None:
    token = provider.issuer.token_for(ANNA)
    await verifier.verify(token)
    provider.conduct.misbehave(fail=503)
    provider.clock.now += 3600
    await verifier.verify(token)
    provider.clock.now += 86_400
    with pytest.raises(ProviderUnavailable):
        await verifier.verify(token)


async def test_a_provider_out_of_reach_is_told_apart_from_a_bad_token(
    provider: Provider, verifier: TokenVerifier
) -> None:
    provider.conduct.misbehave(fail=500)
    with pytest.raises(ProviderUnavailable):
        await verifier.verify(provider.issuer.token_for(ANNA))


async def test_a_discovery_document_of_another_issuer_is_not_believed(provider: Provider) -> None:
    other = provider.issuer.url.replace("127.0.0.1", "localhost")
    verifier = TokenVerifier([Issuer(issuer=other)])
    with pytest.raises(ProviderUnavailable):
        await verifier.verify(signed(provider, {}, iss=other))
    await verifier.close()


async def test_keys_can_be_named_without_discovery(provider: Provider) -> None:
    verifier = provider.verifier(jwks_uri=f"{provider.issuer.url}/jwks?set=1")
    await verifier.verify(provider.issuer.token_for(ANNA))
    assert "discovery" not in provider.conduct.operations()
    await verifier.close()


async def test_a_token_without_a_key_id_is_tried_with_the_keys_there_are(
    provider: Provider, verifier: TokenVerifier
) -> None:
    provider.issuer.rotate(algorithm="RS256")
    key = KeySet(list(provider.issuer.keys)).keys[1]
    now = int(time.time())
    claims = {"iss": provider.issuer.url, "aud": "urn:gateway", "sub": "s", "exp": now + 60}
    await verifier.verify(jws.serialize_compact({"alg": "ES256", "typ": "JWT"}, json.dumps(claims), key))


@pytest.mark.parametrize(
    "settings",
    [
        {"issuer": "http://login.example.com"},
        {"issuer": "ftp://login.example.com"},
        {"issuer": "https://login.example.com?x=1"},
        {"issuer": "https://user@login.example.com"},
        {"issuer": "https://login.example.com", "jwks_uri": "http://login.example.com/jwks"},
        {"issuer": "https://login.example.com", "algorithms": ["HS256"]},
        {"issuer": "https://login.example.com", "algorithms": ["none"]},
        {"issuer": "https://login.example.com", "algorithms": []},
    ],
    ids=str,
)
def test_unsafe_issuers_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Issuer.model_validate(settings)


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [
        ("", 600),
        ("public, max-age=3600", 3600),
        ("max-age=1", 60),
        ("max-age=999999999", 86_400),
        ("s-maxage=5", 600),
        ("no-store", 600),
    ],
)
def test_keys_stay_fresh_as_long_as_the_provider_says_within_bounds(cache_control: str, seconds: float) -> None:
    assert freshness(cache_control) == seconds
