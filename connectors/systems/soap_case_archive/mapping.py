"""From the case archive's rows to records."""

from dataclasses import dataclass
from datetime import tzinfo

from connectors.records import ArchivedCase, Provenance
from connectors.systems.soap_case_archive.settings import SoapCaseArchiveSettings
from connectors.transport.abap_values import bare_key, read_date, read_instant, read_text
from connectors.transport.code_list import CodeList
from connectors.transport.soap_answers import Row
from connectors.vocabulary import CaseOrigin, CasePriority, CaseStatus, EventType, ServiceType


@dataclass(frozen=True, slots=True)
class ArchiveCodes:
    """The archive's code lists, as the settings say."""

    priorities: CodeList[CasePriority]
    event_types: CodeList[EventType]
    service_types: CodeList[ServiceType]
    origins: CodeList[CaseOrigin]
    statuses: CodeList[CaseStatus]


def archive_codes(system: str, settings: SoapCaseArchiveSettings) -> ArchiveCodes:
    return ArchiveCodes(
        priorities=CodeList(system, "PRIOK", settings.priorities),
        event_types=CodeList(system, "EVT_TYPE", settings.event_types),
        service_types=CodeList(system, "SRV_TYPE", settings.service_types),
        origins=CodeList(system, "ORIGIN", settings.origins),
        statuses=CodeList(system, "STATUS", settings.statuses),
    )


class ArchiveMapping:
    """The mapping of one read: its records all come from `provenance`. `zone` is that of the system's times."""

    def __init__(self, provenance: Provenance, codes: ArchiveCodes, zone: tzinfo) -> None:
        self._provenance = provenance
        self._codes = codes
        self._zone = zone

    def case(self, row: Row) -> ArchivedCase | None:
        """A row of `ZSCA_CASE`. None without a number or an equipment: such a case is reached from no asset (F5).

        Registered: QMDAT and MZEIT, in the system's zone. Closed: COMPLDATE. A status that the settings don't know is
        read as closed, as all is that lies in an archive.
        """
        number, asset_id = bare_key(row.get("QMNUM", "")), bare_key(row.get("EQUNR", ""))
        if number is None or asset_id is None:
            return None
        codes = self._codes
        return ArchivedCase(
            provenance=self._provenance,
            id=number,
            asset_id=asset_id,
            account_number=bare_key(row.get("KUNNR", "")),
            description=read_text(row.get("QMTXT", "")),
            priority=codes.priorities.meaning(row.get("PRIOK", "")),
            event_type=codes.event_types.meaning(row.get("EVT_TYPE", "")),
            service_type=codes.service_types.meaning(row.get("SRV_TYPE", "")),
            origin=codes.origins.meaning(row.get("ORIGIN", "")),
            status=codes.statuses.meaning(row.get("STATUS", "")) or CaseStatus.CLOSED,
            created_at=read_instant(row.get("QMDAT", ""), row.get("MZEIT", ""), self._zone),
            reported_closing_date=read_date(row.get("COMPLDATE", "")),
            purchase_order=read_text(row.get("BSTNK", "")),
            work_centre=read_text(row.get("ARBPL_NAME", "")),
        )
