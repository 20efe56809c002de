"""The SAP service system: cases, activities, service orders."""

from datetime import UTC, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from starlette.types import ASGIApp

from connectors.ports import ServiceCases
from connectors.queries import OrderBy
from connectors.records import Case, CaseActivity, ServiceOrder, Visit
from connectors.vocabulary import ActivityType, CaseOrigin, CasePriority, CaseStatus, EventType, ServiceType
from fixtures.simulators.conduct import Conduct
from fixtures.simulators.sap_service_orders.app import create_app
from fixtures.world import model
from fixtures.world.model import World
from tests.connector_kit.harness import Facts, HttpHarness, Served

_PASSWORD = "portal-demo"
_EVENTS = dict(zip(("S1", "S2", "S3", "S4", "S5", "S6", "S7"), EventType, strict=True))
_PRIORITIES = {priority.value: priority for priority in CasePriority}
_ORIGINS = {"P": CaseOrigin.PHONE, "W": CaseOrigin.WEB}
_PHASES = {"1": CaseStatus.NEW, "2": CaseStatus.NEW, "3": CaseStatus.IN_PROGRESS, "4": CaseStatus.RESOLVED}
_SERVICES = dict(zip(("SVO1", "SVO2", "SVO3", "SVO4", "SVO5"), ServiceType, strict=True))
_ZONES = {"CET": ZoneInfo("Europe/Berlin"), "EST": ZoneInfo("America/New_York")}  # any other of the story's is UTC
_SHOWN = {
    "CRPT": ActivityType.CUSTOMER_REPORTED_PROBLEM,
    "SAFE": ActivityType.SAFETY_ISSUE,
    "T2AC": ActivityType.T2_ACTIVITY,
    "EXTN": ActivityType.EXTERNAL_NOTE,
}


class SapServiceOrdersHarness(HttpHarness):
    name = "sap_service_orders"
    port = ServiceCases
    sign_in = frozenset({"API_MAINTNOTIFICATION", "API_SERVICE_ORDER_SRV"})  # where CSRF tokens are fetched
    calls_for_100_keys: ClassVar = {"service_orders.asset_ids": 2}  # their reference objects first
    windows: ClassVar = {
        "cases": (
            OrderBy("id"),
            OrderBy("id", descending=True),
            OrderBy("created_at"),
            OrderBy("created_at", descending=True),
            OrderBy("updated_at"),
            OrderBy("updated_at", descending=True),
        )
    }

    def app(self, world: World, conduct: Conduct, *, page_size: int | None) -> ASGIApp:
        return create_app(world, conduct, page_size=page_size or 1000, password=_PASSWORD)

    def settings(self, url: str) -> dict[str, object]:
        return {"url": url, "user": "PORTAL", "password": SecretStr(_PASSWORD)}

    def secrets(self) -> tuple[str, ...]:
        return (_PASSWORD, "PORTAL")

    def expire(self, served: Served) -> None:
        served.app.state.expire_tokens()

    def facts(self, world: World) -> Facts:
        return Facts(
            cases=tuple(self._case(row) for row in world.cases),
            activities={row.number: self._activities(row) for row in world.cases},
            service_orders=tuple(self._service_order(row) for row in world.orders),
        )

    def _case(self, row: model.Case) -> Case:
        return Case(
            provenance=self.provenance,
            id=row.number,
            number=row.external_reference or row.number,
            event_type=_EVENTS[row.kind],
            description=row.text[:40].strip() or None,
            long_text=row.long_text.strip() or None,
            priority=_PRIORITIES.get(row.priority),
            status=_status(row),
            origin=_ORIGINS.get(row.origin),
            asset_id=row.equipment,
            functional_location_label=row.functional_location_label or None,
            is_down=row.is_down,
            service_order_number=row.order,
            reporter=row.reporter or None,
            created_at=_in_utc(row.created, row.zone),
            required_start=_in_utc(row.required_start, row.zone),
            required_end=_in_utc(row.required_end, row.zone),
            reported_closing_date=_in_utc(row.completed, row.zone),
            updated_at=row.changed.astimezone(UTC),
            purchase_order=row.purchase_order or None,
            contact_email=row.contact_email or None,
            contact_phone=row.contact_phone or None,
            sold_to=row.sold_to,
            ship_to=row.ship_to,
        )

    def _activities(self, row: model.Case) -> tuple[CaseActivity, ...]:
        """Oldest first, without those of an internal code (V16)."""
        shown = [
            CaseActivity(
                provenance=self.provenance,
                id=f"{row.number}-1-{place}",
                case_id=row.number,
                type=_SHOWN[activity.code],
                text=activity.text[:40].strip() or None,
                at=activity.at.astimezone(UTC),
            )
            for place, activity in enumerate(row.activities, start=1)
            if activity.code in _SHOWN
        ]
        return tuple(sorted(shown, key=lambda activity: (str(activity.at), activity.id)))

    def _service_order(self, row: model.ServiceOrder) -> ServiceOrder:
        return ServiceOrder(
            provenance=self.provenance,
            id=row.number,
            service_type=_SERVICES[row.kind],
            description=row.description[:40].strip() or None,
            priority=_PRIORITIES.get(row.priority),
            purchase_order=row.purchase_order or None,
            sold_to=row.sold_to,
            ship_to=row.ship_to,
            released=row.released,
            completed=row.completed,
            case_id=row.case,
            contract_number=row.contract,
            team=row.team or None,
            asset_ids=row.equipment,
            visit=_visit(row),
        )


def _status(row: model.Case) -> CaseStatus:
    status = _PHASES[row.phase]
    closed = status is CaseStatus.RESOLVED and "CLSD" in row.system_status.split()
    return CaseStatus.CLOSED if closed else status


def _in_utc(local: datetime | None, zone: str) -> datetime | None:
    return None if local is None else local.replace(tzinfo=_ZONES.get(zone, UTC)).astimezone(UTC)


def _visit(row: model.ServiceOrder) -> Visit | None:
    if row.planned is None and row.actual is None:
        return None
    return Visit(
        planned_start=row.planned.start if row.planned else None,
        planned_end=row.planned.end if row.planned else None,
        actual_start=row.actual.start if row.actual else None,
        actual_end=row.actual.end if row.actual else None,
    )


HARNESS = SapServiceOrdersHarness()
