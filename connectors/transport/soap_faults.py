"""What a system says when it fails: SOAP faults of both versions, and error rows in `ET_RETURN` under HTTP 200."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import structlog
from lxml import etree

from connectors.errors import ConnectorError, SourceFailed, SourceMisconfigured, SourceRejected
from connectors.transport.abap_values import read_text

log = structlog.get_logger(__name__)

# Exceptions that a system raises when it is itself in trouble. All others are its answer to what was asked.
_TROUBLE = re.compile(r"(SYSTEM|COMMUNICATION|RESOURCE|RFC)_?(FAILURE|ERROR)|INTERNAL_ERROR|TIME_?OUT|CX_SY_.*", re.I)
_SENDER_CODES = frozenset({"Client", "Sender", "MustUnderstand", "VersionMismatch", "DataEncodingUnknown"})
_FAILING_TYPES = frozenset({"E", "A", "X"})  # error, abort, exit
_MESSAGE_LENGTH = 220  # of BAPIRET2-MESSAGE


class ReturnedError(SourceRejected):
    """An error row of the return table. `parameter` names what it is about, where told; `kind` is its TYPE."""

    def __init__(self, system: str, message: str, *, code: str, kind: str, parameter: str) -> None:
        super().__init__(system, message, code=code)
        self.kind = kind
        self.parameter = parameter


def fault_error(system: str, fault: etree._Element) -> ConnectorError:
    """The error that a fault stands for.

    A named exception (`ZSCV.Exception`, `ZSCA.Exception`) is the function module's own word: SourceRejected, with its
    Name as code, unless the name tells of trouble inside the system. Any other fault is ours (SourceMisconfigured)
    or the system's (SourceFailed), as its code says.
    """
    code, reason = _first(fault, "faultcode", "Value"), _first(fault, "faultstring", "Text")
    detail = f"fault {code}: {reason[:500]}"
    name, text = _exception(fault)
    if name and not _TROUBLE.fullmatch(name):
        return SourceRejected(system, clean_message(text or reason or name), code=name, detail=detail)
    if not name and code.rpartition(":")[2].partition(".")[0] in _SENDER_CODES:
        return SourceMisconfigured(system, "did not understand the gateway", detail=detail)
    return SourceFailed(system, "failed", detail=f"{detail} {name} {text[:500]}".rstrip())


RETURN_FIELDS = (
    "TYPE",
    "ID",
    "NUMBER",
    "MESSAGE",
    "PARAMETER",
    "MESSAGE_V1",
    "MESSAGE_V2",
    "MESSAGE_V3",
    "MESSAGE_V4",
)
"""Of a row of ET_RETURN (a BAPIRET2)."""


def raise_for_return(system: str, rows: Iterable[Sequence[str]]) -> None:
    """Raise ReturnedError for the first error row; what else the system remarks goes to the log.

    Rows hold the RETURN_FIELDS.
    """
    for texts in rows:
        row = dict(zip(RETURN_FIELDS, texts, strict=True))
        kind = row.get("TYPE", "").strip().upper()
        code = row.get("ID", "").strip() + row.get("NUMBER", "").strip()
        if kind in _FAILING_TYPES:
            message = clean_message(row.get("MESSAGE", "") or " ".join(_variables(row)))
            raise ReturnedError(system, message, code=code, kind=kind, parameter=row.get("PARAMETER", "").strip())
        log.debug("source.remarked", system=system, type=kind, code=code)


def clean_message(text: str) -> str:
    """A system's words for a person: one line, of a length, without addresses."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(re.sub(r"\b[a-z][a-z0-9+.-]*://\S+", "…", printable, flags=re.I).split())
    return line[:_MESSAGE_LENGTH] or "refused the call"


def _exception(fault: etree._Element) -> tuple[str, str]:
    """Name and Text of the exception in a fault's detail, or blanks."""
    for detail in _named(fault, "detail", "Detail"):
        for element in detail.iter():
            fields = {etree.QName(child).localname: (child.text or "").strip() for child in element}
            if "Name" in fields:
                return fields["Name"], fields.get("Text", "")
    return "", ""


def _first(fault: etree._Element, *names: str) -> str:
    return next((read_text(element.text or "") or "" for element in _named(fault, *names)), "")


def _named(fault: etree._Element, *names: str) -> Iterator[etree._Element]:
    return (element for element in fault.iter() if etree.QName(element).localname in names)


def _variables(row: Mapping[str, str]) -> Iterator[str]:
    return (row.get(f"MESSAGE_V{number}", "") for number in range(1, 5))
