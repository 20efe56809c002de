"""Reading service orders: by number, by the case they were made for, or by the asset they are about."""

from collections.abc import Iterable

import msgspec

from connectors.queries import Keys, Rows, ServiceOrderQuery
from connectors.records import Provenance, ServiceOrder
from connectors.systems.sap_service_orders.client import ODataClient
from connectors.systems.sap_service_orders.filters import asset_terms, number_terms, resources
from connectors.systems.sap_service_orders.literals import NOTIFICATION, ORDER, can_be, equal
from connectors.systems.sap_service_orders.projection import Projections, wanted_of_order
from connectors.systems.sap_service_orders.settings import SapServiceOrdersSettings
from connectors.systems.sap_service_orders.values import number
from connectors.systems.sap_service_orders.wire import Envelope, ReferenceObjectRow, reader

_REFERENCES = reader(msgspec.json.Decoder(Envelope[ReferenceObjectRow]))


class ServiceOrderReads:
    def __init__(
        self, client: ODataClient, settings: SapServiceOrdersSettings, projections: Projections[ServiceOrder]
    ) -> None:
        self._client = client
        self._settings = settings
        self._projections = projections

    async def read(self, query: ServiceOrderQuery, provenance: Provenance) -> Rows[ServiceOrder]:
        """One call for orders of cases or by number, two for those of assets (reference objects, then orders)."""
        if query.case_ids is not None:
            found = await self._orders(self._of_cases(query.case_ids), query, provenance)
            wanted = set(query.case_ids)
            return Rows(tuple(order for order in found if order.case_id in wanted))
        if query.asset_ids is not None:
            numbers = await self._numbers_of_assets(query.asset_ids)
            found = await self._orders(self._by_number(numbers), query, provenance)
            assets = set(query.asset_ids)
            return Rows(tuple(order for order in found if assets.intersection(order.asset_ids)))
        found = await self._orders(self._by_number(query.ids or ()), query, provenance)
        ids = set(query.ids or ())
        return Rows(tuple(order for order in found if order.id in ids))

    async def _orders(
        self, terms: tuple[str, ...], query: ServiceOrderQuery, provenance: Provenance
    ) -> Iterable[ServiceOrder]:
        read = self._projections.of(wanted_of_order(query, self._projections.every))
        options = read.projection.options(paths=self._settings.select_paths)
        gets = resources("A_ServiceOrder", options, (), terms, self._settings)
        rows = await self._client.read(self._settings.order_service, gets, read.reader)
        orders = (read.record(row, provenance) for row in rows)
        return {order.id: order for order in orders if order.id}.values()

    async def _numbers_of_assets(self, asset_ids: Keys) -> list[str]:
        terms = asset_terms("ServiceReferenceEquipment", asset_ids)
        options = {"$select": "ServiceOrder,ServiceReferenceEquipment"}
        gets = resources("A_ServiceOrderRefObject", options, (), terms, self._settings)
        rows = await self._client.read(self._settings.order_service, gets, _REFERENCES)
        numbers = (number(row.ServiceOrder) for row in rows)
        return list(dict.fromkeys(found for found in numbers if found is not None))

    def _of_cases(self, case_ids: Keys) -> tuple[str, ...]:
        """ReferenceServiceRequest holds the notification's number unpadded."""
        return tuple(equal("ReferenceServiceRequest", key) for key in case_ids if can_be(key, NOTIFICATION))

    def _by_number(self, numbers: Iterable[str]) -> tuple[str, ...]:
        return tuple(number_terms("ServiceOrder", numbers, ORDER))
