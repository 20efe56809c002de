"""SOAP requests as a WSDL wants them. zeep reads the WSDL and builds the envelopes; it sends and reads nothing.

Importing zeep takes a quarter of a second and parsing a WSDL 30 ms, so both happen when a service is first called.
"""

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from lxml import etree

from connectors.transport.soap_settings import SoapVersion


class RangeTable(NamedTuple):
    """A selection by single keys. The keys are padded, as the system stores them; there is one at least."""

    keys: tuple[str, ...]


Parameter = str | int | RangeTable | None
"""An import parameter. None is left out."""


class SoapRequest(NamedTuple):
    headers: dict[str, str]
    body: bytes


class SoapService:
    """One binding of a WSDL. `path` is that of the binding's address; the host in it is internal, and not used."""

    def __init__(self, binding: Any, version: SoapVersion, path: str) -> None:  # Any: zeep has no types
        self._binding = binding
        self._version = version
        self.path = path

    def request(self, operation: str, parameters: Mapping[str, Parameter]) -> SoapRequest:
        """An operation's call. Raises ValueError for an operation that the WSDL does not have."""
        given = {name: value for name, value in parameters.items() if value is not None}
        arguments = {name: _argument(value) for name, value in given.items()}
        called = self._binding.get(operation)
        # Not binding.create_message: in zeep 4.3.3 it wants a client that it was not given.
        envelope: etree._Element = called.create(**arguments).content
        for name, value in given.items():
            if isinstance(value, RangeTable):
                _add_keys(envelope, name, value.keys[1:])
        body = etree.tostring(envelope, encoding="utf-8", xml_declaration=True)
        return SoapRequest(_headers(self._version, called.soapaction or ""), body)


@cache
def load_service(wsdl: Path, version: SoapVersion) -> SoapService:
    """The binding of that SOAP version in a WSDL file. Blocks: call it in a thread.

    Raises ValueError where the WSDL has no such binding; nothing that a WSDL refers to elsewhere is fetched.
    """
    with _LOADING:
        return _load(wsdl, version)


_LOADING = Lock()  # zeep's modules import one another: two threads that import it at once can see one half made


def _load(wsdl: Path, version: SoapVersion) -> SoapService:
    from zeep.settings import Settings
    from zeep.wsdl import Document
    from zeep.wsdl.bindings import Soap11Binding, Soap12Binding

    wanted = Soap11Binding if version == "1.1" else Soap12Binding
    with wsdl.open("rb") as file:
        strict = Settings(forbid_dtd=True, forbid_external=True)
        document = Document(file, None, settings=strict)  # type: ignore[arg-type]  # no transport: nothing is fetched
    for service in document.services.values():
        for port in service.ports.values():
            if isinstance(port.binding, wanted):
                return SoapService(port.binding, version, urlsplit(port.binding_options["address"]).path)
    raise ValueError(f"{wsdl.name} has no binding for SOAP {version}")


def _argument(value: str | int | RangeTable) -> object:
    if isinstance(value, RangeTable):
        return {"item": [{"SIGN": "I", "OPTION": "EQ", "LOW": value.keys[0], "HIGH": ""}]}
    return value


def _add_keys(envelope: etree._Element, table: str, keys: tuple[str, ...]) -> None:
    """Copy the table's row for each key: 200 rows through zeep take 6 ms of the event loop, 200 copies half of one."""
    if not keys:
        return
    rows = next(element for element in envelope.iter() if etree.QName(element).localname == table)
    first = rows[0]
    low = [etree.QName(field).localname for field in first].index("LOW")
    for key in keys:
        row = deepcopy(first)
        row[low].text = key
        rows.append(row)


def _headers(version: SoapVersion, action: str) -> dict[str, str]:
    if version == "1.1":
        return {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
    return {"Content-Type": f'application/soap+xml; charset=utf-8; action="{action}"'}
