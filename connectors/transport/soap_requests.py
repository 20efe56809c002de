"""SOAP requests as a WSDL wants them. zeep reads the WSDL and builds the envelopes; it sends and reads nothing.

Importing zeep takes a quarter of a second and parsing a WSDL 30 ms, so both happen when a service is first called.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from lxml import etree

from connectors.transport.soap_settings import SoapVersion

_KEPT = 256  # messages; the connectors ask in a few ways
_DECLARATION = re.compile(r' xmlns(?::\w[\w.-]*)?="[^"]*"')


class RangeTable(NamedTuple):
    """A selection by single keys. The keys are padded, as the system stores them; there is one at least."""

    keys: tuple[str, ...]


Parameter = str | int | RangeTable | None
"""An import parameter. None is left out."""


class SoapRequest(NamedTuple):
    headers: dict[str, str]
    body: bytes


class SoapService:
    """One binding of a WSDL. `path` is that of the binding's address; the host in it is internal, and not used.

    zeep builds the message of each combination of parameters once, with marks where values go; those of a call are
    then put in their places. (200 keys through zeep take 6 ms of the event loop.)
    """

    def __init__(self, binding: Any, version: SoapVersion, path: str) -> None:  # Any: zeep has no types
        self._binding = binding
        self._version = version
        self.path = path
        self._template = lru_cache(_KEPT)(self._made)

    def request(self, operation: str, parameters: Mapping[str, Parameter]) -> SoapRequest:
        """An operation's call. Raises ValueError for an operation that the WSDL does not have."""
        given = {name: value for name, value in parameters.items() if value is not None}
        tables = frozenset(name for name, value in given.items() if isinstance(value, RangeTable))
        template = self._template(operation, tuple(given), tables)
        return SoapRequest(template.headers, template.filled(given))

    def _made(self, operation: str, names: tuple[str, ...], tables: frozenset[str]) -> "_Template":
        marks = {name: f"mark-{place}-of-{len(names)}" for place, name in enumerate(names)}
        arguments = {name: _row(mark) if name in tables else mark for name, mark in marks.items()}
        called = self._binding.get(operation)
        # Not binding.create_message: in zeep 4.3.3 it wants a client that it was not given.
        envelope: etree._Element = called.create(**arguments).content
        pieces = {name: _table_of(envelope, name) for name in tables}
        text = etree.tostring(envelope, encoding="utf-8", xml_declaration=True).decode("utf-8")
        return _Template(_headers(self._version, called.soapaction or ""), text, marks, pieces)


class _Template:
    """A message with marks. Of a table, one row stands there: it is repeated for each key."""

    def __init__(self, headers: dict[str, str], text: str, marks: Mapping[str, str], rows: Mapping[str, str]) -> None:
        self.headers = headers
        places = {rows.get(name, mark): name for name, mark in marks.items()}
        pattern = "|".join(re.escape(place) for place in places)
        parts = re.split(f"({pattern})", text) if places else [text]
        self._parts = [(part, places.get(part)) for part in parts]
        self._rows = {name: rows[name].split(marks[name]) for name in rows}

    def filled(self, given: Mapping[str, str | int | RangeTable]) -> bytes:
        return "".join(part if name is None else self._written(name, given[name]) for part, name in self._parts).encode(
            "utf-8"
        )

    def _written(self, name: str, value: str | int | RangeTable) -> str:
        if not isinstance(value, RangeTable):
            return escape(str(value))
        head, tail = self._rows[name]
        return head + f"{tail}{head}".join(map(escape, value.keys)) + tail


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


def _row(key: str) -> object:
    return {"item": [{"SIGN": "I", "OPTION": "EQ", "LOW": key, "HIGH": ""}]}


def _table_of(envelope: etree._Element, name: str) -> str:
    """The one row of a table, as it is written in the message."""
    rows = next(element for element in envelope.iter() if etree.QName(element).localname == name)
    # Namespaces are declared above, and stand in a fragment again: what is left is written as in the whole.
    text = etree.tostring(rows[0], encoding="unicode", with_tail=False)
    return _DECLARATION.sub("", text)


def _headers(version: SoapVersion, action: str) -> dict[str, str]:
    if version == "1.1":
        return {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
    return {"Content-Type": f'application/soap+xml; charset=utf-8; action="{action}"'}
