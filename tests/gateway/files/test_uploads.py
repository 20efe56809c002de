"""Large files go to an address of their own first; what is abandoned or broken off leaves nothing behind (F2)."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Message

from auth.case_files import CaseFiles
from connectors.attachments.inspection import Inspection
from connectors.attachments.settings import AttachmentSettings
from connectors.files import content_key
from connectors.registry import utc_now
from tests.connectors.attachments.makers import jpeg, pdf
from tests.delivery_records import SUBMITTED
from tests.gateway.conftest import client_of
from tests.gateway.files.conftest import CREATE, Behind, Person, PersonOf
from tests.portal import Systems

pytestmark = pytest.mark.rule("F2")

REQUEST = """mutation ($name: String!) { requestUpload(input: { name: $name }) {
  upload { id url expiresAt } errors { code field } } }"""


async def address(person: Person, name: str = "Röhre.jpg") -> dict[str, str]:
    payload = (await person.data(REQUEST, {"name": name}))["requestUpload"]
    assert payload["errors"] == []
    found: dict[str, str] = payload["upload"]
    return found


async def put(person: Person, url: str, content: Any, **headers: str) -> httpx.Response:
    """Without saying who one is: the address is enough."""
    async with client_of(person.app) as client:
        return await client.put("/" + url.partition("://")[2].partition("/")[2], content=content, headers=headers)


async def test_a_file_that_was_sent_before_belongs_to_the_case_then(person: PersonOf, behind: Behind) -> None:
    anna = person()
    told = await address(anna)
    assert (await put(anna, told["url"], jpeg())).status_code == 204
    assert [key.partition("/")[0] for key in await behind.kept()] == ["uploads"]
    # Named at another gateway, with a key, twice.
    for gateway in (1, 0):
        case = await person(gateway=gateway).created(
            attachments=[{"uploadId": told["id"]}], idempotencyKey="k", description="Bild rauscht"
        )
        assert [each["name"] for each in case["attachments"]] == ["Röhre.jpg"]
    assert {key.partition("/")[0] for key in await behind.kept()} == {"attachments"}
    used = await anna.create(attachments=[{"uploadId": told["id"]}])
    assert [(error["field"], error["code"]) for error in used["errors"]] == [("attachments.0", "NOT_FOUND")]


async def test_nobody_adds_what_another_has_sent(person: PersonOf, behind: Behind) -> None:
    told = await address(person("manager@north.example"))
    await put(person(), told["url"], jpeg())
    for upload in (told["id"], "nonsense", ""):
        payload = await person().create(attachments=[{"uploadId": upload}])
        assert [(error["field"], error["code"]) for error in payload["errors"]] == [("attachments.0", "NOT_FOUND")]
    assert await behind.sent() == []


@pytest.mark.parametrize(
    "given", [{}, {"uploadId": "x", "file": None}, {"uploadId": None}, {"file": "a text"}, {"file": 1}]
)
async def test_each_attachment_is_one_file(person: PersonOf, behind: Behind, given: dict[str, Any]) -> None:
    anna = person()
    told = {"installedProductId": await anna.asset(), "description": "x", "priority": "SCHEDULED"}
    answer = (await anna.post(CREATE, {"input": {**told, "attachments": [given]}})).json()
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_INPUT"]
    assert await behind.sent() == []


async def test_what_is_hostile_is_refused_when_it_is_named_and_is_never_shown(person: PersonOf, behind: Behind) -> None:
    anna = person()
    told = await address(anna, "x.pdf")
    assert (await put(anna, told["url"], b"<html><script>alert(1)</script>")).status_code == 204
    payload = await anna.create(attachments=[{"uploadId": told["id"]}])
    assert [(error["field"], error["code"]) for error in payload["errors"]] == [("attachments.0", "FILE_KIND")]
    async with client_of(anna.app) as client:
        assert (await client.get("/" + told["url"].partition("://")[2].partition("/")[2])).status_code == 405


async def test_what_is_too_large_or_breaks_off_is_not_kept(
    person: PersonOf, behind: Behind, gateways: list[Starlette], monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = person()
    most = gateways[0].state.gateway.settings.attachments.max_file
    url = (await address(anna))["url"]
    assert (await put(anna, url, b"x", **{"content-length": str(most + 1)})).status_code == 413

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(most // 1_000_000 + 2):
            yield bytes(1_000_000)

    assert (await put(anna, url, endless())).status_code == 413
    assert await behind.kept() == []

    said: list[Message] = [
        {"type": "http.request", "body": bytes(1000), "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return said.pop(0)

    async def send(message: Message) -> None:
        """Nobody hears it."""

    path = "/" + url.partition("://")[2].partition("/")[2]
    scope = {
        "type": "http",
        "method": "PUT",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"x")],
        "http_version": "1.1",
    }
    await anna.app(scope, receive, send)
    assert (said, await behind.kept()) == ([], [])


async def test_an_address_ends_with_its_time_and_is_no_other_link(
    person: PersonOf, behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = person()
    told = await address(anna)
    assert (await put(anna, told["url"].replace("/uploads/", "/uploads/x"), jpeg())).status_code == 404
    now = time.time()
    monkeypatch.setattr("cryptography.fernet.time.time", lambda: now + 3602)
    assert (await put(anna, told["url"], jpeg())).status_code == 404
    assert await behind.kept() == []


def swept_in(behind: Behind, hours: float) -> CaseFiles:
    """As if so many hours had passed."""
    settings, later = AttachmentSettings.model_validate({}), timedelta(hours=hours)
    return CaseFiles(behind.files, behind.deliveries, Inspection(settings), settings, lambda: utc_now() + later)


async def test_what_nobody_named_or_recorded_is_gone_after_a_while_and_the_rest_stays(
    person: PersonOf, behind: Behind
) -> None:
    anna = person()
    await put(anna, (await address(anna))["url"], jpeg())
    case = await anna.created(("x.jpg", jpeg()), ("y.pdf", pdf()))
    await behind.files.put_file(content_key(str(uuid4())), b"of a gateway that was killed")
    assert len(await behind.kept()) == 5
    assert await swept_in(behind, 0.5).sweep() == 0
    assert await swept_in(behind, 1.1).sweep() == 1
    assert await swept_in(behind, 2.1).sweep() == 1
    assert len(await behind.kept()) == 3
    assert [(await anna.get(each["url"])).status_code for each in case["attachments"]] == [200, 200]


async def test_what_the_helpdesk_gives_up_is_gone_with_its_files(
    person: PersonOf, behind: Behind, own_systems: Systems
) -> None:
    own_systems.conducts["sap"].misbehave(method="POST", fail=503)
    case = await person().created(("x.jpg", jpeg()))
    assert case["status"] == "SUBMITTED"
    (first, *_) = await behind.deliveries.of_cases([case["number"]])
    assert await behind.deliveries.discard(first.id, utc_now(), SUBMITTED)
    assert await swept_in(behind, 1.1).sweep() == 2
    assert await behind.kept() == []
    assert (await person().get(case["attachments"][0]["url"])).status_code == 404


async def test_nobody_fills_the_store_with_what_no_case_names(
    person: PersonOf, behind: Behind, gateways: list[Starlette], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = gateways[0].state.gateway.settings.attachments
    for gateway in (0, 1):
        endpoint = next(
            route for route in gateways[gateway].routes if getattr(route, "path", "").startswith("/uploads")
        )
        monkeypatch.setattr(endpoint.endpoint.__self__, "_most_waiting", 2 * len(jpeg()))  # type: ignore[attr-defined]  # a route of ours
    anna, other = person(), person("manager@north.example")
    sent = [await address(anna) for _ in range(3)]
    assert [(await put(anna, each["url"], jpeg())).status_code for each in sent] == [204, 204, 429]
    assert (await put(other, (await address(other))["url"], jpeg())).status_code == 204
    await anna.created(attachments=[{"uploadId": sent[0]["id"]}])
    assert (await put(anna, sent[2]["url"], jpeg())).status_code == 204
    assert settings.max_waiting >= settings.max_file
