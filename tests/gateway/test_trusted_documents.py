"""Clients name the documents that they were built with; what else they may ask with is each client's setting."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.app import create_app
from gateway.media_types import GRAPHQL_RESPONSE
from gateway.settings import Settings
from gateway.settings_file import SettingsError, settings_of
from gateway.trusted_documents.persisted import PersistedQueries, hash_of
from gateway.trusted_documents.settings import TrustedDocumentSettings
from tests.gateway.conftest import client_of

Bearer = Callable[[str], dict[str, str]]
Client = Callable[..., Any]
WHO = "reader@north.example"
KNOWN, OTHER = "{ viewer { email } }", "{ viewer { role } }"
ID = sha256(KNOWN.encode()).hexdigest()


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    place = tmp_path / "persisted-documents.json"
    place.write_text(json.dumps({ID: KNOWN}))
    return place


@pytest.fixture
def asked(settings: Settings, bearer: Bearer) -> Client:
    """`async with asked(mode=…) as ask: await ask(documentId=…)`."""

    @asynccontextmanager
    async def opened(**told: object) -> AsyncIterator[Client]:
        app = create_app(replace(settings, trusted_documents=TrustedDocumentSettings.model_validate(told)))

        async def ask(who: str = WHO, **content: object) -> httpx.Response:
            headers = bearer(who) | {"accept": GRAPHQL_RESPONSE}
            return await client.post("/graphql", json=content, headers=headers)

        async with client_of(app) as client:
            yield ask
        await app.state.gateway.close()

    return opened


@pytest.mark.parametrize("mode", ["log", "prefer", "only"])
@pytest.mark.parametrize(
    "named",
    [
        {"documentId": ID},
        {"documentId": f"sha256:{ID}"},
        {"doc_id": ID},
        {"id": ID},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": ID}}},
        {"query": KNOWN},
    ],
    ids="+".join,
)
async def test_a_document_of_the_manifest_is_answered_however_it_is_named(
    asked: Client, manifest: Path, mode: str, named: dict[str, object]
) -> None:
    async with asked(mode=mode, manifest=manifest) as ask:
        answer = (await ask(**named)).json()
    assert answer["data"] == {"viewer": {"email": WHO}}
    assert answer["extensions"]["documents"] == {"trusted": True}


@pytest.mark.parametrize(("mode", "told"), [("log", None), ("prefer", {"trusted": False})])
async def test_others_are_answered_and_remarked(asked: Client, manifest: Path, mode: str, told: object) -> None:
    async with asked(mode=mode, manifest=manifest) as ask:
        answer = (await ask(query=OTHER)).json()
    assert answer["data"] == {"viewer": {"role": "READER"}}
    assert answer["extensions"].get("documents") == told


@pytest.mark.parametrize("query", [OTHER, f"{KNOWN} ", f"# \n{KNOWN}", "{ __schema { queryType { name } } }", "{"])
async def test_a_client_that_only_asks_with_its_own_is_refused_any_other(
    asked: Client, manifest: Path, query: str
) -> None:
    async with asked(mode="only", manifest=manifest) as ask:
        answer = await ask(query=query)
    assert answer.status_code == 403
    assert "data" not in answer.json()
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_an_id_that_is_in_no_manifest_is_not_there(asked: Client, manifest: Path) -> None:
    async with asked(mode="only", manifest=manifest, persisted_queries=True) as ask:
        hashed = {"persistedQuery": {"version": 1, "sha256Hash": hash_of(OTHER)}}
        answers = [await ask(documentId="nix"), await ask(extensions=hashed), await ask(query=OTHER, extensions=hashed)]
    assert [answer.status_code for answer in answers] == [400, 400, 403]


async def test_a_client_is_known_by_its_token_and_not_by_what_it_says(
    asked: Client, manifest: Path, settings: Settings, bearer: Bearer
) -> None:
    clients = {"portal-web": {"mode": "only", "manifest": str(manifest)}}
    async with asked(clients=clients) as ask:
        assert (await ask(query=OTHER)).status_code == 403
        assert (await ask(documentId=ID)).json()["data"] == {"viewer": {"email": WHO}}
    async with asked(mode="only", manifest=manifest, clients={"portal-web": {}}) as ask:
        assert (await ask(query=OTHER)).status_code == 200


class TestAutomaticPersistedQueries:
    EXTENSION = {"persistedQuery": {"version": 1, "sha256Hash": hash_of(OTHER)}}  # noqa: RUF012

    async def test_a_hash_stands_for_a_document_that_was_sent_with_it(self, asked: Client) -> None:
        async with asked(persisted_queries=True) as ask:
            unknown = await ask(extensions=self.EXTENSION)
            assert (unknown.status_code, unknown.json()["errors"][0]["message"]) == (200, "PersistedQueryNotFound")
            assert unknown.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
            sent = await ask(query=OTHER, extensions=self.EXTENSION)
            named = await ask(extensions=self.EXTENSION)
        assert sent.json()["data"] == named.json()["data"] == {"viewer": {"role": "READER"}}

    async def test_nobody_learns_who_has_asked_what_without_signing_in(self, settings: Settings) -> None:
        app = create_app(
            replace(settings, trusted_documents=TrustedDocumentSettings.model_validate({"persisted_queries": True}))
        )
        async with client_of(app) as client:
            answer = await client.post("/graphql", json={"extensions": self.EXTENSION})
        await app.state.gateway.close()
        assert answer.status_code == 401

    async def test_where_they_are_not_taken_the_client_is_told(self, asked: Client) -> None:
        async with asked() as ask:
            answer = await ask(extensions=self.EXTENSION)
        assert answer.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_SUPPORTED"

    async def test_a_hash_of_another_document_is_refused_and_not_learnt(self, asked: Client) -> None:
        async with asked(persisted_queries=True) as ask:
            wrong = await ask(query=KNOWN, extensions=self.EXTENSION)
            again = await ask(extensions=self.EXTENSION)
        assert wrong.status_code == 400
        assert again.json()["errors"][0]["message"] == "PersistedQueryNotFound"

    @pytest.mark.parametrize("query", ["{", "{ nix }"])
    async def test_what_is_not_valid_is_not_learnt(self, asked: Client, query: str) -> None:
        extension = {"persistedQuery": {"version": 1, "sha256Hash": hash_of(query)}}
        async with asked(persisted_queries=True) as ask:
            await ask(query=query, extensions=extension)
            again = await ask(extensions=extension)
        assert again.json()["errors"][0]["message"] == "PersistedQueryNotFound"

    @pytest.mark.parametrize("given", [{}, {"version": 2, "sha256Hash": ID}, {"version": 1, "sha256Hash": "x"}, 3])
    async def test_what_is_no_such_extension_is_a_bad_request(self, asked: Client, given: object) -> None:
        async with asked(persisted_queries=True) as ask:
            answer = await ask(query=KNOWN, extensions={"persistedQuery": given})
        assert answer.status_code == 400

    def test_there_is_an_end_to_what_is_kept(self) -> None:
        kept = PersistedQueries(most_characters=100)
        texts = [f"{{ viewer {{ a{number:02} }} }}" for number in range(50)]
        for text in texts:
            kept.put(text)
        assert [kept.get(hash_of(text)) is not None for text in texts] == [False] * 45 + [True] * 5


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ({"mode": "only"}, "the mode 'only' needs a manifest"),
        ({"mode": "only", "manifest": "nix.json"}, "nix.json can't be read"),
        ({"mode": "sometimes"}, "off"),
    ],
)
def test_a_wrong_setting_is_told(told: dict[str, object], complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        settings_of({"identity": {"issuers": []}, "systems": {}, "trusted_documents": told})
