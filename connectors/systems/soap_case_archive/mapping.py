"""The case archive's fields → the attributes of our records."""

from datetime import tzinfo
from functools import partial

from connectors.records import ArchivedCase
from connectors.systems.soap_case_archive.settings import SoapCaseArchiveSettings
from connectors.transport.abap_values import bare_key, read_date, read_instant, read_text
from connectors.transport.code_list import CodeList
from connectors.transport.row_forms import Source
from connectors.transport.soap_forms import SoapForms
from connectors.vocabulary import CaseStatus


def archived_case_forms(system: str, settings: SoapCaseArchiveSettings, zone: tzinfo) -> SoapForms[ArchivedCase]:
    """`ZSCA_CASE` → ArchivedCase. `zone` is that of the system's times.

    A status that the settings don't know is read as closed, as all is that lies in an archive.
    """
    statuses = CodeList(system, "STATUS", settings.statuses)
    sources = {
        "id": Source(("QMNUM",), bare_key),
        "asset_id": Source(("EQUNR",), bare_key),
        "account_number": Source(("KUNNR",), bare_key),
        "description": Source(("QMTXT",), read_text),
        "priority": Source(("PRIOK",), CodeList(system, "PRIOK", settings.priorities).meaning),
        "event_type": Source(("EVT_TYPE",), CodeList(system, "EVT_TYPE", settings.event_types).meaning),
        "service_type": Source(("SRV_TYPE",), CodeList(system, "SRV_TYPE", settings.service_types).meaning),
        "origin": Source(("ORIGIN",), CodeList(system, "ORIGIN", settings.origins).meaning),
        "status": Source(("STATUS",), lambda code: statuses.meaning(code) or CaseStatus.CLOSED),
        "created_at": Source(("QMDAT", "MZEIT"), partial(read_instant, zone=zone)),
        "reported_closing_date": Source(("COMPLDATE",), read_date),
        "purchase_order": Source(("BSTNK",), read_text),
        "work_centre": Source(("ARBPL_NAME",), read_text),
    }
    return SoapForms(ArchivedCase, sources, frozenset({"id", "asset_id"}))
