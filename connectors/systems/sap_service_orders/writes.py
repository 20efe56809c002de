"""The wire: writes of OData V2. Nothing here is tried again by itself: whoever sends a write knows what it has done."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec

from connectors.errors import SourceMisanswered
from connectors.systems.sap_service_orders import batch
from connectors.systems.sap_service_orders.client import ODataClient
from connectors.systems.sap_service_orders.settings import SapServiceOrdersSettings
from connectors.transport.http import HttpAnswer
from connectors.transport.json_answers import UNREADABLE

Properties = Mapping[str, Any]  # Any: JSON, as each property has it

_JSON = {"Accept": "application/json", "Content-Type": "application/json"}


class _Body(msgspec.Struct, frozen=True):
    d: dict[str, Any]  # Any: as above


class Entity(NamedTuple):
    """One entity, and the state that it was read in."""

    properties: Properties
    etag: str


class ODataWrites:
    def __init__(self, client: ODataClient, settings: SapServiceOrdersSettings) -> None:
        self._client = client
        self._settings = settings

    async def entity(self, service: str, resource: str) -> Entity:
        answer = await self._client.get(service, resource)
        properties = self._properties(answer)
        metadata = properties.get("__metadata")
        told = metadata.get("etag") if isinstance(metadata, dict) else None
        return Entity(properties, str(told or answer.headers.get("etag", "")))

    async def create(self, service: str, entity_set: str, properties: Properties) -> Properties:
        """The entity as it was created."""
        answer = await self._client.send("POST", service, entity_set, _JSON, msgspec.json.encode(properties))
        self._client.refuse_failure(answer.status, answer, entity_set)
        return self._properties(answer)

    async def create_media(self, service: str, entity_set: str, headers: Mapping[str, str], content: bytes) -> None:
        told = {"Accept": "application/json", **headers}
        answer = await self._client.send("POST", service, entity_set, told, content)
        self._client.refuse_failure(answer.status, answer, entity_set)

    async def call(self, service: str, function: str) -> None:
        """A function import that changes something, with its parameters."""
        answer = await self._client.send("POST", service, function, {"Accept": "application/json"}, b"")
        self._client.refuse_failure(answer.status, answer, function.partition("?")[0])

    async def change(self, service: str, resource: str, etag: str, properties: Properties) -> None:
        """Raises SourceConflict where the entity is in another state by now."""
        headers = _JSON | {"If-Match": etag}
        method, content = self._settings.change_method, msgspec.json.encode(properties)
        answer = await self._client.send(method, service, resource, headers, content)
        self._client.refuse_failure(answer.status, answer, resource)

    def change_in(self, resource: str, etag: str, properties: Properties) -> batch.Write:
        """The same as a part of a changeset."""
        located = self._client.with_constants(resource)
        return batch.Write(self._settings.change_method, located, {"If-Match": etag}, msgspec.json.encode(properties))

    def create_in(self, entity_set: str, properties: Properties) -> batch.Write:
        located = self._client.with_constants(entity_set)
        return batch.Write("POST", located, {}, msgspec.json.encode(properties))

    async def together(self, service: str, writes: Sequence[batch.Write]) -> None:
        """All of the writes, or none. Raises what the first refusal stands for."""
        boundary = f"batch_{uuid4().hex}"
        multipart = {"Accept": "multipart/mixed", "Content-Type": f"multipart/mixed; boundary={boundary}"}
        answer = await self._client.send("POST", service, "$batch", multipart, batch.changeset(writes, boundary))
        self._client.refuse_failure(answer.status, answer, f"{service}/$batch")
        try:
            parts = batch.read(answer.headers.get("content-type", ""), answer.body)
        except ValueError as error:
            problem = "answered a changeset unreadably"
            raise SourceMisanswered(self._client.system, problem, detail=str(error)) from None
        for part in parts:
            self._client.refuse_failure(part.status, part, "a changeset")
        if len(parts) != len(writes):
            detail = f"{len(parts)} answers to {len(writes)} writes"
            raise SourceMisanswered(self._client.system, "did not answer all of a changeset", detail=detail)

    def _properties(self, answer: HttpAnswer) -> Properties:
        try:
            return msgspec.json.decode(answer.body, type=_Body).d
        except UNREADABLE as error:
            problem = "answered something that is not OData"
            raise SourceMisanswered(self._client.system, problem, detail=str(error)) from None
