"""Documents: visible by an asset that they are about (R11). A report that a contract entitles to (V26) is another
matter: `reports` are let out by who has looked whether it does."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from auth.visibility.joined import JoinedReads
from connectors.ports import AssetDocuments
from connectors.queries import AccountScope, DocumentQuery
from connectors.records import Document, InstalledProduct, Replacement
from connectors.vocabulary import DocumentKind


class VisibleDocuments:
    """Whoever asks names assets that may be seen, with `product_code` and `serial_number`."""

    def __init__(self, scope: AccountScope, source: AssetDocuments | None, reads: JoinedReads) -> None:
        self._scope = scope
        self._source = source
        self._reads = reads

    async def of_assets(self, assets: Sequence[InstalledProduct]) -> Mapping[str, list[Document]]:
        """By the asset's CRM Id."""
        return await self._about(assets, lambda document: document.kind is not DocumentKind.UPTIME_REPORT)

    async def reports_of_assets(self, assets: Sequence[InstalledProduct]) -> Mapping[str, list[Document]]:
        """Their uptime and service quality reports, by the asset's CRM Id. Of entitled assets alone."""
        return await self._about(assets, lambda document: document.kind is DocumentKind.UPTIME_REPORT)

    async def replacement_of(self, asset: InstalledProduct) -> Replacement | None:
        """What replaces its product."""
        if self._source is None or asset.product_code is None:
            return None
        found = await self._reads.read(self._source.replacements, (asset.product_code,))
        return found.get(asset.product_code)

    async def _about(
        self, assets: Sequence[InstalledProduct], wanted: Callable[[Document], bool]
    ) -> Mapping[str, list[Document]]:
        if self._source is None:
            return {}
        query = DocumentQuery(
            scope=self._scope,
            product_codes=_distinct(asset.product_code for asset in assets),
            serial_numbers=_distinct(asset.serial_number for asset in assets),
        )
        rows = [row for row in (await self._reads.read(self._source.documents, query)).rows if wanted(row)]
        return {asset.id: [row for row in rows if is_about(row, asset)] for asset in assets}


def is_about(document: Document, asset: InstalledProduct) -> bool:
    """Of its product, or of the piece itself; where it names both, of both."""
    if not document.product_codes and not document.serial_numbers:
        return False
    product = not document.product_codes or asset.product_code in document.product_codes
    return product and (not document.serial_numbers or asset.serial_number in document.serial_numbers)


def _distinct(keys: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({key for key in keys if key is not None}))
