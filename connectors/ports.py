"""What a source of facts must answer. Reads take many keys at once, never one; each answers `Rows`.

A connector implements the ports its system can serve; `connectors.registry` finds it, `tests/connector_kit` tests it.
All methods raise the errors of `connectors.errors`, and no others.
"""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import msgspec

from connectors.case_writing import CaseChange, CaseFile, NewCase
from connectors.deliveries import Deliveries
from connectors.files import FileStore
from connectors.people_ports import People
from connectors.queries import (
    AccountQuery,
    ArchivedCaseQuery,
    CaseQuery,
    ContractQuery,
    DocumentQuery,
    InstalledProductQuery,
    Keys,
    LocationQuery,
    Rows,
    ServiceOrderQuery,
    WarrantyQuery,
)
from connectors.records import (
    Account,
    ArchivedCase,
    Case,
    CaseActivity,
    CaseAttachment,
    CustomAssetData,
    Document,
    InstalledProduct,
    Location,
    Replacement,
    ServiceContract,
    ServiceOrder,
    Warranty,
)
from connectors.search.index import SearchIndexStore


class CheckResult(msgspec.Struct, frozen=True):
    """One thing tried against a system: what, whether it worked, how long it took, and what to do if not."""

    what: str
    ok: bool
    seconds: float
    hint: str = ""


@runtime_checkable
class Connector(Protocol):
    """What every connector has. `system` is its name in the settings."""

    @property
    def system(self) -> str: ...

    async def check(self) -> list[CheckResult]:
        """Try each thing the connector needs of its system. Never raises."""
        ...

    async def ping(self) -> None:
        """The cheapest call that shows the system answers. Raises a ConnectorError where it doesn't."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class InstalledBase(Protocol):
    """Accounts and their hierarchy, locations, installed products (the CRM)."""

    async def accounts(self, query: AccountQuery) -> Rows[Account]: ...

    async def locations(self, query: LocationQuery) -> Rows[Location]: ...

    async def installed_products(self, query: InstalledProductQuery) -> Rows[InstalledProduct]: ...


@runtime_checkable
class ChangeNotices(Protocol):
    """A system that tells of its changes by itself."""

    @property
    def system(self) -> str: ...

    def changed_records(self, notice: bytes) -> Mapping[str, tuple[str, ...]]:
        """What the notice says has changed: by the read that answers such records (`installed_products`), their ids.
        Raises SourceMisanswered where it is none of the system's."""
        ...


@runtime_checkable
class ServiceCases(Protocol):
    """Cases, what is done on them, and the orders for work (the service system)."""

    async def cases(self, query: CaseQuery) -> Rows[Case]: ...

    async def activities(self, case_ids: Keys) -> Mapping[str, tuple[CaseActivity, ...]]:
        """The activities a customer may see, oldest first, by bare notification number."""
        ...

    async def service_orders(self, query: ServiceOrderQuery) -> Rows[ServiceOrder]: ...


@runtime_checkable
class CaseAttachments(Protocol):
    """The files of cases, as the service system has them."""

    async def case_attachments(self, case_ids: Keys) -> Mapping[str, tuple[CaseAttachment, ...]]:
        """Oldest first, by bare notification number."""
        ...

    async def attachment_content(self, place: str) -> bytes:
        """Of the attachment there (CaseAttachment.place)."""
        ...


@runtime_checkable
class CaseWriter(Protocol):
    """Cases that are registered and changed through the portal (the service system).

    Each method may be called again with the same after a failure that leaves open whether it was done: what is there
    already is not done twice, once the first call is surely over.
    """

    async def registered_case(self, reference: str) -> str | None:
        """The number of the case with that portal number; None where the system has none."""
        ...

    async def register_case(self, case: NewCase) -> str:
        """Register it; its number. Does not look first whether it is there. SourceRejected: the system says no."""
        ...

    async def change_case(self, case_id: str, change: CaseChange) -> None:
        """Raises CaseChangedMeanwhile where others changed the same attributes, SourceRejected: the system says no."""
        ...

    async def attach_to_case(self, case_id: str, file: CaseFile) -> None:
        """Keep the file with the case. SourceRejected: the system says no."""
        ...


@runtime_checkable
class Contracts(Protocol):
    """Service contracts with their lines, and warranties (the contract system)."""

    async def contracts(self, query: ContractQuery) -> Rows[ServiceContract]: ...

    async def warranties(self, query: WarrantyQuery) -> Rows[Warranty]: ...


@runtime_checkable
class CaseArchive(Protocol):
    """Cases from before the move to the portal (the older service system)."""

    async def archived_cases(self, query: ArchivedCaseQuery) -> Rows[ArchivedCase]: ...

    async def texts(self, ids: Keys) -> Mapping[str, str]:
        """The long text of each archived case that has one. The system takes one number a call."""
        ...


@runtime_checkable
class AssetDocuments(Protocol):
    """What is written about equipment (the document store)."""

    async def documents(self, query: DocumentQuery) -> Rows[Document]: ...

    async def replacements(self, product_codes: Keys) -> Mapping[str, Replacement]:
        """What replaces each of those products, where it is known."""
        ...


@runtime_checkable
class CustomerAssetData(Protocol):
    """The customer's own data about assets (R5), kept by the gateway."""

    async def custom_asset_data(self, installed_product_ids: Keys) -> Mapping[str, CustomAssetData]: ...


@runtime_checkable
class DeliveryStore(Protocol):
    """Where deliveries are kept until their systems have taken them."""

    @property
    def deliveries(self) -> Deliveries: ...


PORTS: tuple[type, ...] = (
    InstalledBase,
    ChangeNotices,
    ServiceCases,
    CaseAttachments,
    CaseWriter,
    Contracts,
    CaseArchive,
    CustomerAssetData,
    People,
    DeliveryStore,
    FileStore,
    AssetDocuments,
    SearchIndexStore,
)
