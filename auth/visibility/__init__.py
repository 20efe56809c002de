"""The one door through which rows are asked for and let out (R2, R4, R10, R11).

Each read carries the viewer's account scope down to the source, and each row that comes back is checked again here:
a source that forgets the scope leaks nothing. What a viewer may not see is not there.
"""

from collections.abc import Iterable, Mapping

from auth.viewer import Viewer
from auth.visibility.accounts import VisibleAccounts
from auth.visibility.archive import VisibleArchive
from auth.visibility.cases import Subject, VisibleCases
from auth.visibility.contracts import CoveringLine, VisibleContracts, covering_lines
from auth.visibility.documents import VisibleDocuments
from auth.visibility.installed_products import OWNER, VisibleInstalledProducts, VisibleLocations
from auth.visibility.joined import JoinedReads
from auth.visibility.projection import Wanted, wanted_of
from auth.visibility.service_orders import VisibleServiceOrders
from auth.visibility.window import Page, Window, cut
from connectors.queries import AccountScope
from connectors.records import CustomAssetData
from connectors.sources import Sources

__all__ = ["OWNER", "CoveringLine", "Page", "Subject", "Visibility", "Window", "covering_lines", "cut"]


class Visibility:
    """What one viewer may see, for one request. `wanted`: what is asked of each record (all, where it says nothing)."""

    def __init__(self, viewer: Viewer, scope: AccountScope, sources: Sources, wanted: Wanted | None = None) -> None:
        self.scope = scope
        self._reads = JoinedReads()
        self._customer_asset_data = sources.customer_asset_data
        base = sources.installed_base
        self.locations = VisibleLocations(scope, base, self._reads, wanted_of(wanted, "Location"))
        self.installed_products = VisibleInstalledProducts(
            scope, base, self._reads, wanted_of(wanted, "InstalledProduct")
        )
        self.cases = VisibleCases(
            scope, sources.service_cases, self.installed_products, self._reads, wanted_of(wanted, "Case")
        )
        self.service_orders = VisibleServiceOrders(
            scope,
            sources.service_cases,
            self.installed_products,
            self.cases,
            self._reads,
            wanted_of(wanted, "ServiceOrder"),
        )
        self.contracts = VisibleContracts(scope, sources.contracts, base, self.installed_products, self._reads, wanted)
        self.accounts = VisibleAccounts(viewer, scope, base, self.contracts, self._reads, wanted_of(wanted, "Account"))
        self.archive = VisibleArchive(
            scope, sources.case_archive, self.installed_products, self._reads, wanted_of(wanted, "ArchivedCase")
        )

        self.documents = VisibleDocuments(scope, sources.documents, self._reads)

    async def custom_asset_data(self, installed_product_ids: Iterable[str]) -> Mapping[str, CustomAssetData]:
        """What the customer says of visible assets (R5), by CRM Id."""
        keys = frozenset(installed_product_ids)
        found = await self._reads.read(self._customer_asset_data.custom_asset_data, tuple(sorted(keys)))
        return {row.installed_product_id: row for row in found.values() if row.installed_product_id in keys}

    def close(self) -> None:
        """The request is over: reads still under way are cancelled."""
        self._reads.cancel()
