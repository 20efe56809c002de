"""The systems of a deployment, by the port each serves: what the floors above ask."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Never, TypeVar, cast

from connectors.deliveries import Deliveries
from connectors.errors import SourceMisconfigured
from connectors.files import FileStore
from connectors.people_ports import People
from connectors.ports import (
    AssetDocuments,
    CaseArchive,
    CaseAttachments,
    CaseWriter,
    ChangeNotices,
    Connector,
    Contracts,
    CustomerAssetData,
    DeliveryStore,
    InstalledBase,
    ServiceCases,
)
from connectors.queries import Keys
from connectors.records import CustomAssetData
from connectors.registry import PortConflict, ports_of
from connectors.search.index import SearchIndex, SearchIndexStore

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Sources:
    """One system for each port. A port that no system serves answers SourceMisconfigured when asked; but a customer's
    own data, which the gateway keeps itself, is simply not there where it has no store; nor are `people`, `deliveries`,
    `documents`, `files` and the `search_index`, nor a `case_writer` and `case_attachments` where no system
    takes cases, nor `change_notices` where none tells of changes by itself."""

    installed_base: InstalledBase
    service_cases: ServiceCases
    contracts: Contracts
    case_archive: CaseArchive
    customer_asset_data: CustomerAssetData
    people: People | None = None
    case_attachments: CaseAttachments | None = None
    case_writer: CaseWriter | None = None
    change_notices: ChangeNotices | None = None
    deliveries: Deliveries | None = None
    documents: AssetDocuments | None = None
    files: FileStore | None = None
    search_index: SearchIndex | None = None
    systems: tuple[Connector, ...] = ()


def sources_of(connectors: Iterable[Connector]) -> Sources:
    """Raises PortConflict where two systems serve one port."""
    systems = tuple(connectors)
    by_port: dict[type, object] = {}
    owners: dict[type, str] = {}
    for connector in systems:
        for port in ports_of(connector):
            if port in by_port:
                both = f"{owners[port]} and {connector.system}"
                raise PortConflict(f"the systems {both} both serve {port.__name__}: configure one of them")
            by_port[port], owners[port] = connector, connector.system

    by_port.setdefault(CustomerAssetData, _NoStore())

    def serving(port: type[P], name: str) -> P:
        return cast(P, by_port.get(port) or _NotConfigured(name))

    return Sources(
        installed_base=serving(InstalledBase, "installed base"),  # type: ignore[type-abstract]  # protocols are asked by their type
        service_cases=serving(ServiceCases, "service cases"),  # type: ignore[type-abstract]
        contracts=serving(Contracts, "contracts"),  # type: ignore[type-abstract]
        case_archive=serving(CaseArchive, "case archive"),  # type: ignore[type-abstract]
        customer_asset_data=serving(CustomerAssetData, "customer asset data"),  # type: ignore[type-abstract]
        people=cast(People | None, by_port.get(People)),
        case_attachments=cast(CaseAttachments | None, by_port.get(CaseAttachments)),
        change_notices=cast(ChangeNotices | None, by_port.get(ChangeNotices)),
        case_writer=cast(CaseWriter | None, by_port.get(CaseWriter)),
        deliveries=cast(DeliveryStore, by_port[DeliveryStore]).deliveries if DeliveryStore in by_port else None,
        documents=cast(AssetDocuments | None, by_port.get(AssetDocuments)),
        files=cast(FileStore | None, by_port.get(FileStore)),
        search_index=cast(SearchIndexStore, by_port[SearchIndexStore]).search_index
        if SearchIndexStore in by_port
        else None,
        systems=systems,
    )


class _NoStore:
    """Without a store of the gateway's own, nobody can have said anything about equipment (R5)."""

    async def custom_asset_data(self, installed_product_ids: Keys) -> Mapping[str, CustomAssetData]:
        return {}


class _NotConfigured:
    """Stands in for a port that no system serves: every question is refused."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, method: str) -> Any:  # Any: it answers for the methods of every port
        if method.startswith("_"):
            raise AttributeError(method)

        async def refuse(*_: object) -> Never:
            raise SourceMisconfigured(self._name, "is served by no configured system")

        return refuse
