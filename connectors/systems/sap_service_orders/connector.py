"""The service system as a source of cases, activities and service orders (port ServiceCases) and of the files of
cases (CaseAttachments), and where cases are written (CaseWriter).

Where things are: `mapping` which property an attribute comes from, `values` how it is read, `projection` what is read
of it, `filters` what is pushed, `windows` sorted windows, `client` the calls, `case_writes` what is written,
`case_files` files, `settings` code lists and own fields.
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec
import structlog
from pydantic import BaseModel

from connectors.criteria import case_matches
from connectors.errors import SourceRejected
from connectors.ports import CheckResult
from connectors.queries import CaseQuery, Keys, Rows, ServiceOrderQuery
from connectors.records import Case, CaseActivity, Provenance, ServiceOrder
from connectors.registry import Clock, Manifest
from connectors.systems.sap_service_orders import checks
from connectors.systems.sap_service_orders.case_files import CaseFiles
from connectors.systems.sap_service_orders.case_writes import CaseWrites
from connectors.systems.sap_service_orders.client import ODataClient
from connectors.systems.sap_service_orders.filters import (
    CaseFilter,
    case_filter,
    case_terms,
    matches_nothing,
    names_keys,
    resources,
)
from connectors.systems.sap_service_orders.instants import local_date_time
from connectors.systems.sap_service_orders.literals import all_of, resource
from connectors.systems.sap_service_orders.mapping import CREATED, activity_of, case_sources, order_sources
from connectors.systems.sap_service_orders.orders import ServiceOrderReads
from connectors.systems.sap_service_orders.projection import ProjectedRead, Projections, wanted_of_case
from connectors.systems.sap_service_orders.settings import SapServiceOrdersSettings
from connectors.systems.sap_service_orders.values import Values, number
from connectors.systems.sap_service_orders.windows import CaseWindow
from connectors.systems.sap_service_orders.wire import ActivityRow, Envelope, reader
from connectors.transport.row_forms import Row

log = structlog.get_logger(__name__)

_ACTIVITIES = reader(msgspec.json.Decoder(Envelope[ActivityRow]))


class SapServiceOrders:
    """Serves `connectors.ports.ServiceCases`, `CaseAttachments` and `CaseWriter`. One for the process: it keeps
    connections and tokens."""

    def __init__(self, system: str, settings: SapServiceOrdersSettings, clock: Clock) -> None:
        self._system = system
        self._settings = settings
        self._clock = clock
        self._takes_windows = True
        self._client = ODataClient(system, settings)
        values = Values(settings)
        self._cases = Projections(Case, case_sources(settings, values))
        self._of_orders = Projections(ServiceOrder, order_sources(settings, values))
        self._orders = ServiceOrderReads(self._client, settings, self._of_orders)
        writes = CaseWrites(self._client, settings)
        self.registered_case = writes.registered_case
        self.register_case = writes.register_case
        self.change_case = writes.change_case
        files = CaseFiles(self._client, settings, self._provenance)
        self.case_attachments = files.case_attachments
        self.attachment_content = files.attachment_content
        self.attach_to_case = files.attach_to_case

    @property
    def system(self) -> str:
        return self._system

    async def cases(self, query: CaseQuery) -> Rows[Case]:
        """Notifications. By keys: one call for what fits into an URL, else one $batch for each 20 of them (settings),
        and one for each further page. Windows in the orders of `windows` cost one call or two."""
        if not query.scope or matches_nothing(query):
            return Rows()
        if not query.scope.unrestricted and not names_keys(query):
            raise ValueError("a restricted read names cases, assets or sold-to accounts")
        pushed = case_filter(query, self._settings)
        if pushed is None:
            return Rows()
        if pushed.by_sold_to:
            return Rows(await self._cases_of_accounts(query, pushed))
        read = self._cases.of(wanted_of_case(query, self._cases.every))
        options = read.projection.options(paths=self._settings.select_paths)
        gets = self._gets(pushed, options)
        if query.limit is not None and len(gets) == 1 and self._takes_windows:
            try:
                window = await self._window(query, pushed, read).read(query, pushed, options)
            except SourceRejected:
                # Not every runtime orders by what is asked for: without a window all took the rest of the query.
                log.warning("sap.window_refused", system=self._system)
                self._takes_windows, window = False, None
            if window is not None:
                return window
        rows = await self._client.read(self._settings.notification_service, gets, read.reader)
        case_of = self._case_of(query, pushed, read)
        return Rows(_distinct(case_of(row) for row in rows))

    async def activities(self, case_ids: Keys) -> Mapping[str, tuple[CaseActivity, ...]]:
        """MaintNotificationItemActivity, oldest first. One call for 100 cases; none is an empty tuple."""
        found: dict[str, list[CaseActivity]] = {case_id: [] for case_id in case_ids}
        # No $select: IsDeleted is not every system's, and must be seen where it is.
        gets = resources("MaintNotificationItemActivity", {}, (), case_terms(found), self._settings)
        rows = await self._client.read(self._settings.notification_service, gets, _ACTIVITIES)
        provenance = self._provenance()
        mapped = (activity_of(row, self._settings, provenance) for row in rows)
        for activity in {entry.id: entry for entry in mapped if entry is not None}.values():
            if activity.case_id in found:
                found[activity.case_id].append(activity)
        return {case_id: tuple(sorted(entries, key=_oldest_first)) for case_id, entries in found.items()}

    async def service_orders(self, query: ServiceOrderQuery) -> Rows[ServiceOrder]:
        """A_ServiceOrder with reference objects, and appointments where the visit is wanted."""
        given = [keys for keys in (query.ids, query.case_ids, query.asset_ids) if keys is not None]
        if not query.scope or given == [()]:
            return Rows()
        if len(given) != 1:
            raise ValueError("service orders are asked for by number, by case or by asset, and by one of these")
        return await self._orders.read(query, self._provenance())

    async def check(self) -> list[CheckResult]:
        return await checks.run(checks.probes(self._client, self._settings, self._cases, self._of_orders))

    async def ping(self) -> None:
        await checks.ping(self._client, self._settings)

    async def close(self) -> None:
        await self._client.close()

    async def _cases_of_accounts(self, query: CaseQuery, pushed: CaseFilter) -> tuple[Case, ...]:
        read = self._cases.of(wanted_of_case(query, self._cases.every, sold_to_known=True))
        options = read.projection.options_through(
            "to_Notif", ("PartnerFunction", "Partner"), paths=self._settings.select_paths
        )
        terms = pushed.terms or ()
        gets = resources("MaintenanceNotificationPartner", options, pushed.conditions, terms, self._settings)
        rows = await self._client.read(self._settings.notification_service, gets, read.through_partner)
        provenance, matches = self._provenance(), case_matches(query)
        cases = (
            msgspec.structs.replace(read.record(row.to_Notif, provenance), sold_to=number(row.Partner))
            for row in rows
            if row.to_Notif is not None
        )
        return _distinct(case for case in cases if matches(case))

    def _gets(self, pushed: CaseFilter, options: dict[str, str]) -> list[str]:
        if pushed.terms is None:
            return [resource("MaintenanceNotification", {"$filter": all_of(pushed.conditions), **options})]
        return resources("MaintenanceNotification", options, pushed.conditions, pushed.terms, self._settings)

    def _window(self, query: CaseQuery, pushed: CaseFilter, read: ProjectedRead[Case]) -> CaseWindow:
        is_sorted = any(term.attribute == "created_at" for term in query.order)
        return CaseWindow(
            self._client,
            self._settings.notification_service,
            read.reader,
            case_of=self._case_of(query, pushed, read),
            # What SAP sorts creations by: date and time as the notification's own zone has them.
            local_creation=read.form.value(CREATED, local_date_time) if is_sorted else _unsorted,
            max_rows=self._settings.max_rows,
        )

    def _case_of(self, query: CaseQuery, pushed: CaseFilter, read: ProjectedRead[Case]) -> Callable[[Row], Case | None]:
        """A row's record where it matches the query."""
        provenance, record = self._provenance(), read.record
        if pushed.exact:  # the system has checked all of it
            return lambda row: record(row, provenance)
        matches = case_matches(query)
        return lambda row: case if matches(case := record(row, provenance)) else None

    def _provenance(self) -> Provenance:
        return Provenance(system=self._system, fetched_at=self._clock())


def _distinct(cases: Iterable[Case | None]) -> tuple[Case, ...]:
    """Each case once. A row without a number is none."""
    return tuple({case.id: case for case in cases if case is not None and case.id}.values())


def _unsorted(row: Row) -> None:
    """The window is not in the order of creation."""


def _oldest_first(activity: CaseActivity) -> tuple[bool, float, str]:
    """An activity without a time comes last."""
    return activity.at is None, activity.at.timestamp() if activity.at else 0.0, activity.id


def _connect(system: str, settings: BaseModel, clock: Clock) -> SapServiceOrders:
    if not isinstance(settings, SapServiceOrdersSettings):
        raise TypeError("these are not the settings of an SAP service system")
    return SapServiceOrders(system, settings, clock)


MANIFEST = Manifest(
    name="sap_service_orders",
    title="SAP service orders (OData V2)",
    settings=SapServiceOrdersSettings,
    connect=_connect,
)
