"""Calls to a system over SOAP: zeep builds the request, HttpSystem carries it, our own reader reads the answer."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from connectors.errors import SourceMisanswered, SourceMisconfigured
from connectors.transport.http import HttpAnswer, HttpSystem, basic
from connectors.transport.retries import read_again
from connectors.transport.single_flight import SingleFlight
from connectors.transport.soap_answers import SoapAnswer, read_answer
from connectors.transport.soap_faults import RETURN_FIELDS, raise_for_return
from connectors.transport.soap_requests import Parameter, SoapService, load_service
from connectors.transport.soap_settings import SoapSettings

T = TypeVar("T")

_FAULT_STATUSES = frozenset({400, 500})  # SOAP 1.2 sends a sender's fault under 400
_LARGE = 512 * 1024  # bytes; reading more than that takes some 10 ms of the event loop, and goes to a thread


class SoapSystem:
    """One system's SOAP side, at our own address: the hosts in its WSDL are internal and never called."""

    def __init__(self, system: str, settings: SoapSettings, wsdl: Path) -> None:
        self.system = system
        self.settings = settings
        self._wsdl = wsdl
        self._service: SoapService | None = None
        self._loading: SingleFlight[SoapService] = SingleFlight()
        self._http = HttpSystem(
            system, settings, headers={"Authorization": basic(settings.user, settings.password.get_secret_value())}
        )

    async def call(
        self,
        operation: str,
        parameters: Mapping[str, Parameter],
        read: Callable[[SoapAnswer], T],
        *,
        attempts: int | None = None,
    ) -> T:
        """Call an operation that reads, and give what `read` makes of its answer (in a thread where it is large).

        The configured language is added. Raises the errors of `connectors.errors`: what HTTP means by HttpSystem,
        faults and error rows by `soap_faults`.
        """
        service = self._service or await self._load()
        language = self.settings.language
        request = service.request(operation, {**parameters, "IV_LANGU": language.upper() if language else None})

        async def send() -> T:
            answer = await self._http.request(
                "POST",
                self.settings.path or service.path,
                headers=request.headers,
                content=request.body,
                expect=_FAULT_STATUSES,
            )
            if len(answer.body) < _LARGE:
                return self._read(operation, answer, read)
            return await asyncio.to_thread(self._read, operation, answer, read)

        return await read_again(send, attempts=attempts or self.settings.attempts, budget=self._http.guard.budget)

    async def close(self) -> None:
        await self._http.close()

    def _read(self, operation: str, answer: HttpAnswer, read: Callable[[SoapAnswer], T]) -> T:
        try:
            content = read_answer(self.system, operation, answer.body)
        except SourceMisanswered:
            self._http.raise_for_status(answer)  # an intermediary's page: its status says more
            raise
        self._http.raise_for_status(answer)
        raise_for_return(self.system, content.rows("ET_RETURN", RETURN_FIELDS))
        return read(content)

    async def _load(self) -> SoapService:
        async def load() -> SoapService:
            return await asyncio.to_thread(load_service, self._wsdl, self.settings.soap_version)

        try:
            self._service = await self._loading.do("wsdl", load)
        except (OSError, ValueError) as error:
            raise SourceMisconfigured(self.system, "has a WSDL that can't be read", detail=repr(error)) from error
        return self._service
