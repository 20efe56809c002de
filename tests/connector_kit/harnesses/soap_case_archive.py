"""The case archive: cases of the older portal's service system."""

from datetime import UTC
from typing import ClassVar
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from starlette.types import ASGIApp

from connectors.ports import CaseArchive
from connectors.records import ArchivedCase
from connectors.vocabulary import CaseOrigin, CasePriority, CaseStatus, EventType, ServiceType
from fixtures.simulators.conduct import Conduct
from fixtures.simulators.soap_case_archive import create_app
from fixtures.world import model
from fixtures.world.model import World
from tests.connector_kit.harness import Facts, HttpHarness

_PASSWORD = "portal-demo"
_ZONE = ZoneInfo("Europe/Berlin")
_PRIORITIES = {priority.value: priority for priority in CasePriority}
_EVENTS = dict(zip(("S1", "S2", "S3", "S4", "S5", "S6", "S7"), EventType, strict=True))
_SERVICES = dict(zip(("01", "02", "03", "04", "05"), ServiceType, strict=True))
_ORIGINS = {"P": CaseOrigin.PHONE, "W": CaseOrigin.WEB}
_STATUSES = {"RESO": CaseStatus.RESOLVED, "CLSD": CaseStatus.CLOSED}


class SoapCaseArchiveHarness(HttpHarness):
    name = "soap_case_archive"
    port = CaseArchive
    small_pages: ClassVar = {"page_rows": 7}
    calls_for_100_keys: ClassVar = {"archived_cases.ids": 100}  # the archive takes one number a call
    many_keys = 250

    def app(self, world: World, conduct: Conduct, *, page_size: int | None) -> ASGIApp:
        return create_app(world, conduct, password=_PASSWORD)

    def settings(self, url: str) -> dict[str, object]:
        return {"url": url, "user": "PORTAL", "password": SecretStr(_PASSWORD)}

    def secrets(self) -> tuple[str, ...]:
        return (_PASSWORD, "PORTAL")

    def facts(self, world: World) -> Facts:
        texts = {row.number: "\n".join(line.rstrip() for line in row.lines).strip() for row in world.archived_cases}
        return Facts(
            archived_cases=tuple(self._case(row) for row in world.archived_cases),
            texts={number: text for number, text in texts.items() if text},
        )

    def _case(self, row: model.ArchivedCase) -> ArchivedCase:
        return ArchivedCase(
            provenance=self.provenance,
            id=row.number,
            asset_id=row.equipment,
            account_number=row.account or None,
            description=row.text[:40].strip() or None,
            priority=_PRIORITIES.get(row.priority),
            event_type=_EVENTS.get(row.event),
            service_type=_SERVICES.get(row.service),
            origin=_ORIGINS.get(row.origin),
            status=_STATUSES[row.status],
            created_at=row.created.replace(tzinfo=_ZONE).astimezone(UTC) if row.created else None,
            reported_closing_date=row.completed,
            purchase_order=row.purchase_order or None,
            work_centre=row.work_centre or None,
        )


HARNESS = SoapCaseArchiveHarness()
