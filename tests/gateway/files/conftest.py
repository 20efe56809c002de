"""A gateway over HTTP that keeps files, and a person's client to it."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from auth.case_files import CaseFiles
from connectors.courier import Courier
from connectors.deliveries import Deliveries, DeliveryKind, DeliveryStatus
from connectors.files import FileStore
from connectors.records import CaseAttachment
from tests.gateway.conftest import client_of

USER = "user@north.example"
CREATE = """mutation ($input: CreateCaseInput!) { createCase(input: $input) {
  case { id number status sapNotificationNumber attachments {
    id name mediaType size status statusLabel url thumbnailUrl } } errors { code field message } } }"""
UPDATE = """mutation ($input: UpdateCaseInput!) { updateCase(input: $input) {
  case { id number attachments { id name status url } deliveries { kind status } } errors { code field } } }"""
ATTACHMENTS = """query ($id: ID!) { node(id: $id) { ... on Case { attachments {
  id name mediaType size status url thumbnailUrl } } } }"""

File = tuple[str, bytes]


class Person:
    """Asks the graph as somebody, with files where there are some."""

    def __init__(self, app: Starlette, headers: Mapping[str, str]) -> None:
        self.app = app
        self.headers = dict(headers)

    async def post(self, query: str, variables: Any, files: Sequence[File] = (), **more: str) -> httpx.Response:
        operation = json.dumps({"query": query, "variables": variables})
        places = {str(place): [f"variables.input.attachments.{place}.file"] for place in range(len(files))}
        form: list[tuple[str, Any]] = [("operations", (None, operation)), ("map", (None, json.dumps(places)))]
        form += [(str(place), (name, content, "image/x-whatever")) for place, (name, content) in enumerate(files)]
        async with client_of(self.app) as client:
            if not files:
                told = {"query": query, "variables": variables}
                return await client.post("/graphql", json=told, headers=self.headers | more)
            headers = {"graphql-require-preflight": "1", **self.headers, **more}
            return await client.post("/graphql", files=form, headers=headers)

    async def data(self, query: str, variables: Any = None, files: Sequence[File] = ()) -> Any:
        answer = await self.post(query, variables, files)
        assert "errors" not in answer.json(), answer.text
        return answer.json()["data"]

    async def asset(self, number: str = "10000003") -> str:
        query = "query ($number: String!) { installedProduct(assetId: $number) { id } }"
        return str((await self.data(query, {"number": number}))["installedProduct"]["id"])

    async def create(self, *files: File, **given: Any) -> dict[str, Any]:
        """The payload of createCase."""
        told = {"installedProductId": await self.asset(), "description": "Bild rauscht", "priority": "SYSTEM_DOWN"}
        told |= {"attachments": [{"file": None} for _ in files]} | given
        payload: dict[str, Any] = (await self.data(CREATE, {"input": told}, files))["createCase"]
        return payload

    async def created(self, *files: File, **given: Any) -> dict[str, Any]:
        payload = await self.create(*files, **given)
        assert payload["errors"] == []
        case: dict[str, Any] = payload["case"]
        return case

    async def update(self, case_id: str, *files: File, **given: Any) -> dict[str, Any]:
        """The payload of updateCase."""
        told = {"caseId": case_id, "attachments": [{"file": None} for _ in files]} | given
        payload: dict[str, Any] = (await self.data(UPDATE, {"input": told}, files))["updateCase"]
        return payload

    async def attachments(self, case_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.data(ATTACHMENTS, {"id": case_id}))["node"]["attachments"]
        return found

    async def get(self, url: str, method: str = "GET", **headers: str) -> httpx.Response:
        """A link, opened without saying who one is, but for those headers."""
        async with client_of(self.app) as client:
            path = url.partition("://")[2].partition("/")[2]
            return await client.request(method, f"/{path}", headers=headers)


PersonOf = Callable[..., Person]


@pytest.fixture
def person(gateways: list[Starlette], bearer: Callable[[str], dict[str, str]]) -> PersonOf:
    """`person(name, gateway=0)`."""
    return lambda name=USER, gateway=0: Person(gateways[gateway], bearer(name))


class Behind:
    """What a gateway has left behind: in its store of files, its deliveries, and SAP."""

    def __init__(self, app: Starlette) -> None:
        self._gateway = app.state.gateway

    @property
    def courier(self) -> Courier:
        found = self._gateway.deliveries.courier
        assert isinstance(found, Courier)
        return found

    @property
    def files(self) -> FileStore:
        found = self._gateway.sources.files
        assert isinstance(found, FileStore)
        return found

    @property
    def deliveries(self) -> Deliveries:
        found = self._gateway.sources.deliveries
        assert isinstance(found, Deliveries)
        return found

    @property
    def case_files(self) -> CaseFiles:
        found = self._gateway.deliveries.desk.files
        assert isinstance(found, CaseFiles)
        return found

    async def kept(self) -> list[str]:
        return sorted([found.key for part in ("attachments", "uploads") async for found in self.files.kept_files(part)])

    async def waiting(self) -> int:
        return (await self.deliveries.waiting())[DeliveryStatus.WAITING].deliveries

    async def sent(self) -> list[DeliveryKind]:
        return [delivery.kind for delivery in await self.deliveries.listed(tuple(DeliveryStatus), at_most=100)]

    async def in_sap(self, case_id: str) -> tuple[CaseAttachment, ...]:
        found = await self._gateway.sources.case_attachments.case_attachments((case_id,))
        return tuple(found[case_id])

    async def content_in_sap(self, attachment: CaseAttachment) -> bytes:
        return bytes(await self._gateway.sources.case_attachments.attachment_content(attachment.place))


@pytest.fixture
def behind(gateways: list[Starlette]) -> Behind:
    return Behind(gateways[0])
