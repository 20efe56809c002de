"""The case archive's operations (service `ZSCA`): keys in, wire rows out."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

import structlog

from connectors.errors import SourceRejected
from connectors.systems.soap_case_archive.settings import SoapCaseArchiveSettings
from connectors.transport.abap_values import bare_key
from connectors.transport.soap import SoapSystem
from connectors.transport.soap_answers import Row, SoapAnswer
from connectors.transport.soap_faults import ReturnedError
from connectors.transport.soap_ranges import RangeRead, RangeTables, read_ranges
from connectors.transport.soap_requests import RangeTable

log = structlog.get_logger(__name__)

WSDL = Path(__file__).with_name("case_archive.wsdl")

BY_EQUIPMENT = "IT_EQUNR"

CASES = "ET_CASE"

_LIST = "Z_SCA_CASE_GETLIST"
_DETAIL = "Z_SCA_CASE_GETDETAIL"
_KEY = "IV_QMNUM"
_SOME_CASE = "000000000001"  # keys to try the system with, whether it has such a case or not
_SOME_EQUIPMENT = RangeTable(("000000000000000001",))

T = TypeVar("T")


class CaseDetail(NamedTuple):
    """`ES_CASE` and the rows of `ET_TEXT`."""

    case: Row
    lines: list[Row]


class CaseArchiveSystem:
    def __init__(self, system: str, settings: SoapCaseArchiveSettings) -> None:
        self._system = system
        self._settings = settings
        self._soap = SoapSystem(system, settings, WSDL)

    async def cases(self, tables: RangeTables, read: Callable[[SoapAnswer], list[T]]) -> list[T]:
        """What `read` makes of `ET_CASE`, as `read_ranges` gives it."""
        return await read_ranges(self._soap, RangeRead(_LIST, CASES, read), tables)

    async def detail(self, key: str) -> CaseDetail | None:
        """The case of a padded number; None where the archive has none.

        The archive says that with an error row, whose code differs from system to system: it is known by being about
        the number. An abort or a fault of another kind is a failure.
        """
        try:
            found = await self._soap.call(_DETAIL, {_KEY: key}, _read_detail)
        except SourceRejected as rejection:
            if not self._says_missing(rejection, key):
                raise
            log.debug("source.no_such_case", system=self._system, code=rejection.code)
            return None
        return found if bare_key(found.case.get("QMNUM", "")) == bare_key(key) else None

    async def try_list(self) -> None:
        await self._soap.call(_LIST, {BY_EQUIPMENT: _SOME_EQUIPMENT, "IV_MAX_ROWS": 1}, lambda answer: None, attempts=1)

    async def try_detail(self) -> None:
        try:
            await self._soap.call(_DETAIL, {_KEY: _SOME_CASE}, lambda answer: None, attempts=1)
        except SourceRejected as rejection:
            if not self._says_missing(rejection, _SOME_CASE):
                raise

    async def close(self) -> None:
        await self._soap.close()

    def _says_missing(self, rejection: SourceRejected, key: str) -> bool:
        if rejection.code in self._settings.missing_case_codes or rejection.code.endswith("NOT_FOUND"):
            return True
        if not isinstance(rejection, ReturnedError) or rejection.kind != "E":
            return False
        named = {bare_key(word.strip(".,;:()'\"")) for word in rejection.message.split()}
        return rejection.parameter == _KEY or bare_key(key) in named


def _read_detail(answer: SoapAnswer) -> CaseDetail:
    return CaseDetail(answer.structure("ES_CASE"), answer.table("ET_TEXT"))
