"""SOAP answers, read straight to wire rows: plain ones by patterns (`soap_plain`), all others with lxml.

Elements are known by their local names: SOAP stacks differ in prefixes, and in whether children are qualified.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from lxml import etree

from connectors.errors import SourceMisanswered
from connectors.transport.soap_faults import fault_error
from connectors.transport.soap_plain import NotPlain, PlainAnswer, read_plain

Row = Mapping[str, str]
"""A wire row: the text of each field by its local name; an empty or nil field is an empty text."""


class SoapAnswer:
    """The export parameters of one answer. What is missing reads as what is empty."""

    def __init__(
        self, system: str, response: etree._Element | None, body: bytes = b"", plain: PlainAnswer | None = None
    ) -> None:
        self._system = system
        self._plain = plain
        self._body = body
        self._known = None if response is None else _by_name(response)

    def rows(self, table: str, names: Sequence[str]) -> list[tuple[str, ...]]:
        """The texts of those fields of each row, in that order."""
        if self._plain is not None:
            try:
                return self._plain.rows(table, names)
            except NotPlain:
                pass
        return [tuple([row.get(name, "") for name in names]) for row in map(_row, self._parameters.get(table, ()))]

    def table(self, name: str) -> list[Row]:
        """Each row with all its fields."""
        return [_row(item) for item in self._parameters.get(name, ())]

    def count(self, name: str) -> int:
        """How many rows a table has."""
        if self._plain is not None:
            try:
                return self._plain.count(name)
            except NotPlain:
                pass
        return len(self._parameters.get(name, ()))

    def structure(self, name: str) -> Row:
        found = self._parameters.get(name)
        return {} if found is None else _row(found)

    def value(self, name: str) -> str:
        if self._plain is not None and self._plain.is_flat(name):
            return self._plain.value(name)
        found = self._parameters.get(name)
        return "" if found is None else found.text or ""

    @property
    def _parameters(self) -> dict[str, etree._Element]:
        """By lxml, from when it is needed on."""
        if self._known is None:
            self._known = _by_name(_body(self._system, self._body)[0])
        return self._known


def read_answer(system: str, operation: str, body: bytes) -> SoapAnswer:
    """The answer in an envelope of either SOAP version.

    Raises SourceMisanswered for what is no answer to `operation`, and a fault as `soap_faults` says.
    """
    plain = read_plain(operation, body)
    if plain is not None:
        return SoapAnswer(system, None, body, plain)
    content = next(iter(_body(system, body)), None)
    if content is None:
        raise SourceMisanswered(system, "answered with an empty message")
    name = local_name(content)
    if name == "Fault":
        raise fault_error(system, content)
    if not name.startswith(operation):
        raise SourceMisanswered(system, "answered something else than it was asked", detail=f"{operation}: {name[:80]}")
    return SoapAnswer(system, content)


def _by_name(response: etree._Element) -> dict[str, etree._Element]:
    return {local_name(child): child for child in response}


def _body(system: str, body: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        detail = f"{error}: {body[:500].decode('utf-8', 'replace')}"
        raise SourceMisanswered(system, "answered with something that is no SOAP message", detail=detail) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise SourceMisanswered(system, "answered with a document type definition, which SOAP forbids")
    if local_name(root) == "Envelope":
        for child in root:
            if local_name(child) == "Body":
                return child
    raise SourceMisanswered(
        system, "answered with something that is no SOAP message", detail=body[:500].decode("utf-8", "replace")
    )


def local_name(element: etree._Element) -> str:
    return _after_namespace(element.tag)  # type: ignore[arg-type]  # the tag of a parsed element is a str


def _row(item: etree._Element) -> Row:
    return {_after_namespace(field.tag): field.text or "" for field in item}  # type: ignore[arg-type]  # as above


@lru_cache(maxsize=2048)
def _after_namespace(tag: str) -> str:
    return tag.rpartition("}")[2]
