"""Cases from before the move to the portal: port `CaseArchive`."""

import asyncio
from collections.abc import Callable, Mapping
from typing import cast

from pydantic import BaseModel

from connectors.errors import TooManyRows
from connectors.ports import CheckResult
from connectors.queries import ArchivedCaseQuery, Keys, Rows
from connectors.records import ArchivedCase, Provenance
from connectors.registry import Clock, Manifest
from connectors.systems.soap_case_archive.client import BY_EQUIPMENT, CaseArchiveSystem, CaseDetail
from connectors.systems.soap_case_archive.mapping import archived_case_forms
from connectors.systems.soap_case_archive.settings import SoapCaseArchiveSettings
from connectors.systems.soap_case_archive.texts import join_lines
from connectors.transport.abap_values import bare_key, pad_key, pad_keys
from connectors.transport.checks import tried
from connectors.transport.fan_out import gather_all
from connectors.transport.soap_answers import Row
from connectors.transport.soap_forms import wanted_of
from connectors.transport.soap_ranges import range_tables


class SoapCaseArchive:
    """Pushes assets into range tables; by number the archive answers one case a call."""

    def __init__(self, system: str, settings: SoapCaseArchiveSettings, clock: Clock) -> None:
        self._system = system
        self._settings = settings
        self._clock = clock
        self._client = CaseArchiveSystem(system, settings)
        self._forms = archived_case_forms(system, settings, settings.zone)

    @property
    def system(self) -> str:
        return self._system

    async def archived_cases(self, query: ArchivedCaseQuery) -> Rows[ArchivedCase]:
        """Cases of the assets, or by number, or both. Raises ValueError without a criterion."""
        if not query.scope:
            return Rows()
        case_of = self._case_of(query)
        if query.ids is None:
            tables = range_tables({BY_EQUIPMENT: (query.asset_ids, 18)})
            found = await self._client.cases(tables, case_of)
        elif query.asset_ids == ():
            found = []
        else:
            details = await self._details(query.ids)
            assets = None if query.asset_ids is None else {bare_key(asset) for asset in query.asset_ids}
            cases = (case_of(detail.case) for detail in details.values())
            found = [case for case in cases if case is not None and (assets is None or case.asset_id in assets)]
        return Rows(tuple({case.id: case for case in found}.values()))

    def _case_of(self, query: ArchivedCaseQuery) -> Callable[[Row], ArchivedCase | None]:
        provenance, make = Provenance(self._system, self._clock()), self._forms.of(wanted_of(query))

        def record(row: Row) -> ArchivedCase | None:
            """None without a number or an equipment: such a case is reached from no asset (F5)."""
            case = make(row, provenance)
            return case if case.id and case.asset_id else None

        return record

    async def texts(self, ids: Keys) -> Mapping[str, str]:
        """The long text of each case that has one, by the number as it was asked for."""
        details = await self._details(ids)
        joined = {key: join_lines(detail.lines) for key, detail in details.items()}
        asked = {number: pad_key(number, 12) for number in ids}
        return {number: text for number, key in asked.items() if key and (text := joined.get(key))}

    async def check(self) -> list[CheckResult]:
        return [
            await tried("sign in and list archived cases", self._client.try_list),
            await tried("read one archived case", self._client.try_detail),
        ]

    async def ping(self) -> None:
        await self._client.try_list()

    async def close(self) -> None:
        await self._client.close()

    async def _details(self, ids: Keys) -> dict[str, CaseDetail]:
        """What the archive has of these cases, by padded number."""
        keys = pad_keys(ids, 12)
        if len(keys) > self._settings.max_rows:
            raise TooManyRows(self._system, f"reads at most {self._settings.max_rows} cases at once")
        gate = asyncio.Semaphore(self._settings.parallel_calls)

        async def detail(key: str) -> CaseDetail | None:
            async with gate:
                return await self._client.detail(key)

        details = await gather_all(detail(key) for key in keys)
        return {key: found for key, found in zip(keys, details, strict=True) if found is not None}


def connect(system: str, settings: BaseModel, clock: Clock) -> SoapCaseArchive:
    return SoapCaseArchive(system, cast(SoapCaseArchiveSettings, settings), clock)


MANIFEST = Manifest(
    name="soap_case_archive",
    title="Case archive of the older portal (SOAP)",
    settings=SoapCaseArchiveSettings,
    connect=connect,
)
