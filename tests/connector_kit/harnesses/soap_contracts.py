"""The contract system: service contracts with their lines, and warranties."""

from datetime import UTC, date
from typing import ClassVar
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from starlette.types import ASGIApp

from connectors.ports import Contracts
from connectors.records import ContractLine, ServiceContract, Warranty
from connectors.vocabulary import ContractStatus
from fixtures.simulators.conduct import Conduct
from fixtures.simulators.soap_contracts import create_app
from fixtures.world import model
from fixtures.world.model import World
from tests.connector_kit.harness import Facts, HttpHarness

_PASSWORD = "portal-demo"
_OPEN_END = date(9999, 12, 31)
_ZONE = ZoneInfo("Europe/Berlin")
_STATUSES = {"ACTV": ContractStatus.ACTIVE, "EXPD": ContractStatus.EXPIRED, "CANC": ContractStatus.CANCELLED}


class SoapContractsHarness(HttpHarness):
    name = "soap_contracts"
    port = Contracts
    small_pages: ClassVar = {"page_rows": 7}

    def app(self, world: World, conduct: Conduct, *, page_size: int | None) -> ASGIApp:
        return create_app(world, conduct, password=_PASSWORD)

    def settings(self, url: str) -> dict[str, object]:
        return {"url": url, "user": "PORTAL", "password": SecretStr(_PASSWORD)}

    def secrets(self) -> tuple[str, ...]:
        return (_PASSWORD, "PORTAL")

    def facts(self, world: World) -> Facts:
        return Facts(
            contracts=tuple(self._contract(row) for row in world.contracts),
            warranties=tuple(self._warranty(row) for row in world.warranties),
        )

    def _contract(self, row: model.Contract) -> ServiceContract:
        end, open_ended = _end(row.ends)
        return ServiceContract(
            provenance=self.provenance,
            number=row.number,
            description=row.text[:40].strip() or None,
            type=row.kind or None,
            sold_to=row.sold_to or None,
            ship_to=row.ship_to or None,
            purchase_order=row.purchase_order or None,
            start_date=row.begins,
            end_date=row.cancelled_on or end,
            open_ended=open_ended and row.cancelled_on is None,
            net_value=row.net_value,
            currency=row.currency or None,
            status=_STATUSES[row.status],
            updated_at=row.changed.replace(tzinfo=_ZONE).astimezone(UTC),
            lines=tuple(self._line(row.number, line) for line in row.lines),
        )

    def _line(self, contract: str, row: model.ContractLine) -> ContractLine:
        end, open_ended = _end(row.ends)
        return ContractLine(
            provenance=self.provenance,
            contract_number=contract,
            number=row.number,
            description=row.text[:40].strip() or None,
            material=row.material or None,
            asset_id=row.equipment or None,
            serial_number=row.serial or None,
            start_date=row.begins,
            end_date=end,
            open_ended=open_ended,
            response_time_hours=row.response_hours,
            guaranteed_uptime=row.uptime_percent,
            uptime_report=row.uptime_report,
            rejected=bool(row.rejected),
        )

    def _warranty(self, row: model.Warranty) -> Warranty:
        end, open_ended = _end(row.ends)
        return Warranty(
            provenance=self.provenance,
            id=f"{row.equipment}-{row.kind}-{row.begins or ''}",
            asset_id=row.equipment,
            serial_number=row.serial or None,
            account_number=row.account or None,
            type=row.kind or None,
            description=row.text[:40].strip() or None,
            start_date=row.begins,
            end_date=end,
            open_ended=open_ended,
        )


def _end(day: date | None) -> tuple[date | None, bool]:
    return (None, True) if day == _OPEN_END else (day, False)


HARNESS = SoapContractsHarness()
