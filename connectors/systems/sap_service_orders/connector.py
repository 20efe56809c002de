"""The service system as a source of cases, activities and service orders (port ServiceCases).

Where things are: `projection` which property an attribute comes from, `mapping` how it is read, `filters` what is
pushed, `windows` sorted windows, `client` the calls, `settings` code lists and a deployment's own fields.
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
from connectors.systems.sap_service_orders.client import ODataClient
from connectors.systems.sap_service_orders.filters import (
    CaseFilter,
    case_filter,
    case_terms,
    matches_nothing,
    names_keys,
    resources,
)
from connectors.systems.sap_service_orders.literals import all_of, resource
from connectors.systems.sap_service_orders.mapping import RecordMapping, number
from connectors.systems.sap_service_orders.orders import ServiceOrderReads
from connectors.systems.sap_service_orders.projection import case_projection
from connectors.systems.sap_service_orders.settings import SapServiceOrdersSettings
from connectors.systems.sap_service_orders.windows import CaseWindow
from connectors.systems.sap_service_orders.wire import (
    ActivityRow,
    Envelope,
    NotificationOfPartnerRow,
    NotificationRow,
    Reader,
    notification_row,
    reader,
)

log = structlog.get_logger(__name__)

_ACTIVITIES = reader(msgspec.json.Decoder(Envelope[ActivityRow]))


class SapServiceOrders:
    """Serves `connectors.ports.ServiceCases`. One for the process: it keeps connections and CSRF tokens."""

    def __init__(self, system: str, settings: SapServiceOrdersSettings, clock: Clock) -> None:
        self._system = system
        self._settings = settings
        self._clock = clock
        self._takes_windows = True
        self._client = ODataClient(system, settings)
        self._mapping = RecordMapping(settings)
        self._orders = ServiceOrderReads(self._client, settings, self._mapping)
        row = notification_row(settings.custom_fields)
        # The row's type is made from the settings; to the type checker it is the NotificationRow it derives from.
        self._notifications: Reader[NotificationRow] = reader(msgspec.json.Decoder(Envelope[row]))  # type: ignore[valid-type]
        self._notifications_of_partners: Reader[NotificationOfPartnerRow[NotificationRow]] = reader(
            msgspec.json.Decoder(Envelope[NotificationOfPartnerRow[row]])  # type: ignore[valid-type]
        )

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
        options = case_projection(query, self._settings.custom_fields).options(paths=self._settings.select_paths)
        gets = self._gets(pushed, options)
        if query.limit is not None and len(gets) == 1 and self._takes_windows:
            try:
                window = await self._window(query).read(query, pushed, options)
            except SourceRejected:
                # Not every runtime orders by what is asked for: without a window all took the rest of the query.
                log.warning("sap.window_refused", system=self._system)
                self._takes_windows, window = False, None
            if window is not None:
                return window
        rows = await self._client.read(self._settings.notification_service, gets, self._notifications)
        case_of = self._case_of(query)
        return Rows(_distinct(case_of(row) for row in rows))

    async def activities(self, case_ids: Keys) -> Mapping[str, tuple[CaseActivity, ...]]:
        """MaintNotificationItemActivity, oldest first. One call for 100 cases; none is an empty tuple."""
        found: dict[str, list[CaseActivity]] = {case_id: [] for case_id in case_ids}
        # No $select: IsDeleted is not every system's, and must be seen where it is.
        gets = resources("MaintNotificationItemActivity", {}, (), case_terms(found), self._settings)
        rows = await self._client.read(self._settings.notification_service, gets, _ACTIVITIES)
        provenance = self._provenance()
        mapped = (self._mapping.activity(row, provenance) for row in rows)
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
        return await checks.run(checks.probes(self._client, self._settings))

    async def ping(self) -> None:
        await checks.ping(self._client, self._settings)

    async def close(self) -> None:
        await self._client.close()

    async def _cases_of_accounts(self, query: CaseQuery, pushed: CaseFilter) -> tuple[Case, ...]:
        projection = case_projection(query, self._settings.custom_fields, sold_to_known=True)
        options = projection.options_through(
            "to_Notif", ("PartnerFunction", "Partner"), paths=self._settings.select_paths
        )
        terms = pushed.terms or ()
        gets = resources("MaintenanceNotificationPartner", options, pushed.conditions, terms, self._settings)
        service = self._settings.notification_service
        rows = await self._client.read(service, gets, self._notifications_of_partners)
        provenance, matches = self._provenance(), case_matches(query)
        cases = (
            self._mapping.case(row.to_Notif, provenance, sold_to=number(row.Partner))
            for row in rows
            if row.to_Notif is not None
        )
        return _distinct(case for case in cases if case is not None and matches(case))

    def _gets(self, pushed: CaseFilter, options: dict[str, str]) -> list[str]:
        if pushed.terms is None:
            return [resource("MaintenanceNotification", {"$filter": all_of(pushed.conditions), **options})]
        return resources("MaintenanceNotification", options, pushed.conditions, pushed.terms, self._settings)

    def _window(self, query: CaseQuery) -> CaseWindow:
        return CaseWindow(
            self._client,
            self._settings.notification_service,
            self._notifications,
            case_of=self._case_of(query),
            local_creation=self._mapping.local_creation,
            max_rows=self._settings.max_rows,
        )

    def _case_of(self, query: CaseQuery) -> Callable[[NotificationRow], Case | None]:
        """A row's record where it matches the query."""
        provenance, matches = self._provenance(), case_matches(query)

        def case_of(row: NotificationRow) -> Case | None:
            case = self._mapping.case(row, provenance)
            return case if case is not None and matches(case) else None

        return case_of

    def _provenance(self) -> Provenance:
        return Provenance(system=self._system, fetched_at=self._clock())


def _distinct(cases: Iterable[Case | None]) -> tuple[Case, ...]:
    return tuple({case.id: case for case in cases if case is not None}.values())


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
