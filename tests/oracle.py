"""What each persona may see, told from the world's tables and the rules R2, R4 and R11 alone.

It shares no code with the gateway. A row is named as the graph names it: an account by its name (one has no number), a
location by its description, an asset by its installed-product number, everything else by its bare number.
"""

from collections.abc import Iterable
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from fixtures.world.model import (
    Account,
    ArchivedCase,
    Asset,
    Case,
    Contract,
    ContractLine,
    Location,
    Persona,
    ServiceOrder,
    Warranty,
    World,
)

OPEN_ENDED = date(9999, 12, 31)
OUT_OF_SERVICE = ("Deinstalled", "Retired", "Returned")
SHOWN_ACTIVITIES = ("CRPT", "SAFE", "T2AC", "EXTN")
READERS = ("reader", "user", "manager", "partner", "analyst")


class Sight:
    """The rows of one world that one persona sees. `now` is the moment of asking."""

    def __init__(self, world: World, persona: Persona, now: datetime) -> None:
        self.world = world
        self.persona = persona
        self.today = now.astimezone(ZoneInfo(persona.zone)).date()
        self.reads_equipment = persona.role in READERS
        self.sees_all = persona.role == "analyst"

    # -- Accounts: R2, R4 --------------------------------------------------------------------------------------------

    @cached_property
    def assigned(self) -> list[Account]:
        """The assigned accounts and all that lies under them; everything for an analyst."""
        if not self.reads_equipment:
            return []
        return [account for account in self.world.accounts if self.sees_all or self._lies_under_assigned(account)]

    @cached_property
    def related(self) -> list[Account]:
        """Known by name and number: from visible contracts and warranties; to the helpdesk, all of them."""
        if self.persona.role == "helpdesk":
            return list(self.world.accounts)
        named = {number for contract in self.contracts for number in (contract.sold_to, contract.ship_to)}
        named |= {warranty.account for warranty in self.warranties}
        return [a for a in self.world.accounts if a.number and a.number in named and a not in self.assigned]

    @cached_property
    def accounts(self) -> list[Account]:
        return [*self.assigned, *self.related]

    def account(self, number: str | None) -> Account | None:
        """The account of that customer number, where it may be seen at all."""
        return next((account for account in self.accounts if number and account.number == number), None)

    def assigned_account(self, number: str | None) -> Account | None:
        return next((account for account in self.assigned if number and account.number == number), None)

    def children(self, parent: Account) -> list[Account]:
        """The accounts right under one. A related account shows its name and number, so none."""
        return [account for account in self.assigned if account.parent == parent.key and parent in self.assigned]

    # -- Equipment: R11 ----------------------------------------------------------------------------------------------

    @cached_property
    def locations(self) -> list[Location]:
        return [location for location in self.world.locations if self._owns(location.account)]

    @cached_property
    def assets(self) -> list[Asset]:
        return [asset for asset in self.world.assets if self._owns(asset.owner)]

    def asset(self, equipment: str | None) -> Asset | None:
        """The asset of an equipment number, where it may be seen."""
        return next((asset for asset in self.assets if equipment and asset.equipment == equipment), None)

    def is_known(self, equipment: str | None) -> bool:
        """Whether the CRM has that equipment, whoever owns it."""
        return any(equipment and asset.equipment == equipment for asset in self.world.assets)

    # -- Cases, orders, archive: R11 ---------------------------------------------------------------------------------

    @cached_property
    def cases(self) -> list[Case]:
        return [case for case in self.world.cases if self._sees_case(case)]

    def cases_of(self, asset: Asset) -> list[Case]:
        return [case for case in self.cases if asset.equipment and case.equipment == asset.equipment]

    def cases_of_account(self, account: Account) -> list[Case]:
        """About the account's assets; about no known asset, those that were sold to it."""
        return [case for case in self.cases if self._is_of_account(case, account)]

    @cached_property
    def orders(self) -> list[ServiceOrder]:
        """By the asset that the order is for; without one by its case."""
        return [order for order in self.world.orders if self._sees_order(order)]

    def orders_of_case(self, case: Case) -> list[ServiceOrder]:
        return [order for order in self.orders if order.case == case.number]

    def orders_of(self, asset: Asset) -> list[ServiceOrder]:
        """Those that name the asset; of those that name none, the orders of its cases."""
        cases = {case.number for case in self.cases_of(asset)}
        naming = [order for order in self.orders if asset.equipment and asset.equipment in order.equipment]
        return naming + [o for o in self.orders if self.main_equipment(o) is None and o.case in cases]

    def main_equipment(self, order: ServiceOrder) -> str | None:
        """The first reference object that the CRM knows; the table lists the main one first."""
        return next((equipment for equipment in order.equipment if self.is_known(equipment)), None)

    def asset_of(self, order: ServiceOrder) -> Asset | None:
        """The asset that the order is for, where it may be seen."""
        return self.asset(self.main_equipment(order))

    @cached_property
    def archived_cases(self) -> list[ArchivedCase]:
        return [archived for archived in self.world.archived_cases if self.asset(archived.equipment)]

    # -- Contracts and warranties: R4, R11 ---------------------------------------------------------------------------

    @cached_property
    def contracts(self) -> list[Contract]:
        return [contract for contract in self.world.contracts if self.whole(contract) or self.lines(contract)]

    def whole(self, contract: Contract) -> bool:
        """Whether it was sold or shipped to an assigned account: then all of its lines are shown."""
        parties = (contract.sold_to, contract.ship_to)
        return self.sees_all or any(self.assigned_account(number) is not None for number in parties)

    def lines(self, contract: Contract) -> list[ContractLine]:
        """Of a contract that is somebody else's, the lines in force of the assets that may be seen."""
        if self.whole(contract):
            return list(contract.lines)
        return [line for line in contract.lines if self.asset(line.equipment) is not None and not line.rejected]

    def names_asset(self, line: ContractLine) -> bool:
        """Whether the line shows its equipment and serial number. Analysts see what the contract says."""
        return self.sees_all or self.asset(line.equipment) is not None

    def covering(self, asset: Asset) -> list[tuple[Contract, ContractLine]]:
        return [
            (contract, line)
            for contract in self.contracts
            for line in self.lines(contract)
            if asset.equipment and line.equipment == asset.equipment and not line.rejected
        ]

    def contracts_of(self, account: Account) -> list[Contract]:
        """Sold or shipped to an assigned account."""
        if account not in self.assigned or account.number is None:
            return []
        return [contract for contract in self.contracts if account.number in (contract.sold_to, contract.ship_to)]

    @cached_property
    def warranties(self) -> list[Warranty]:
        return [warranty for warranty in self.world.warranties if self.asset(warranty.equipment) is not None]

    # -- What follows for an asset or an end -------------------------------------------------------------------------

    def operational_state(self, asset: Asset) -> str:
        """F4."""
        if asset.status in OUT_OF_SERVICE:
            return "NOT_IN_SERVICE"
        if asset.equipment is None:
            return "UNKNOWN"
        waiting = [case for case in self.cases_of(asset) if is_open(case)]
        if any(case.is_down or case.priority in ("1", "2") for case in waiting):
            return "DOWN"
        return "RESTRICTED" if any(case.priority in ("3", "4") for case in waiting) else "RUNNING"

    def uptime_report_entitled(self, asset: Asset) -> bool:
        """V26: a line of the asset grants it, is in force today, and its contract is active."""
        return any(
            line.uptime_report
            and contract.status == "ACTV"
            and (line.begins is None or line.begins <= self.today)
            and line.ends is not None
            and self.today <= line.ends
            for contract, line in self.covering(asset)
        )

    def expiry_status(self, ends: date | None) -> str | None:
        """V25, by the viewer's own date."""
        if ends is None:
            return None
        days = (ends - self.today).days
        return "RED" if days < 30 else "YELLOW" if days <= 90 else "GREEN"

    # -- The rules' own words ----------------------------------------------------------------------------------------

    def _lies_under_assigned(self, account: Account) -> bool:
        """R2: a person's assignment counts under the parent account alone. A machine client belongs to none."""
        above = [each.number for each in self._upwards(account)]
        parent = self.persona.parent_account
        if self.persona.role != "partner" and (parent is None or parent not in above):
            return False
        return any(number in self.persona.accounts for number in above if number)

    def _upwards(self, account: Account) -> Iterable[Account]:
        by_key = {each.key: each for each in self.world.accounts}
        current: Account | None = account
        while current is not None:
            yield current
            current = by_key.get(current.parent or "")

    def _owns(self, account_key: str | None) -> bool:
        return self.sees_all or any(account.key == account_key for account in self.assigned)

    def _sees_case(self, case: Case) -> bool:
        if self.sees_all:
            return True
        if self.is_known(case.equipment):
            return self.asset(case.equipment) is not None
        return self.assigned_account(case.sold_to) is not None

    def _is_of_account(self, case: Case, account: Account) -> bool:
        if self.is_known(case.equipment):
            asset = self.asset(case.equipment)
            return asset is not None and asset.owner == account.key
        return case.sold_to is not None and case.sold_to == account.number

    def _sees_order(self, order: ServiceOrder) -> bool:
        equipment = self.main_equipment(order)
        if equipment is not None:
            return self.asset(equipment) is not None
        return any(case.number == order.case for case in self.cases)


def is_open(case: Case) -> bool:
    """V14: new or in progress."""
    return case.phase in ("1", "2", "3")


def has_visit(order: ServiceOrder) -> bool:
    return order.planned is not None or order.actual is not None


def end_of(contract: Contract) -> date | None:
    """The day it was cancelled for where it was, else the contracted end."""
    return contract.cancelled_on or contract.ends
