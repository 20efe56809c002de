"""The gateway's own state: ports `CustomerAssetData` and `People`."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from pydantic import BaseModel
from sqlalchemy import literal, select

from connectors.ports import CheckResult
from connectors.queries import Keys
from connectors.records import CustomAssetData
from connectors.registry import Clock, Manifest
from connectors.systems.portal_store.asset_data import StoredAssetData
from connectors.systems.portal_store.audit import StoredAudit
from connectors.systems.portal_store.calendar_feeds import StoredCalendarFeeds
from connectors.systems.portal_store.client import Database
from connectors.systems.portal_store.clients import StoredClients
from connectors.systems.portal_store.credentials import StoredCredentials
from connectors.systems.portal_store.deliveries import StoredDeliveries
from connectors.systems.portal_store.export_jobs import StoredExportJobs
from connectors.systems.portal_store.known_states import StoredKnownStates
from connectors.systems.portal_store.mail_wishes import StoredMailWishes
from connectors.systems.portal_store.mails import StoredMails
from connectors.systems.portal_store.requests import StoredRequests
from connectors.systems.portal_store.search_index import StoredSearchIndex
from connectors.systems.portal_store.sessions import StoredSessions
from connectors.systems.portal_store.settings import PortalStoreSettings
from connectors.systems.portal_store.tables import custom_asset_data as table
from connectors.systems.portal_store.tidying import tidy
from connectors.systems.portal_store.users import StoredUsers
from connectors.transport.checks import tried


class PortalStore:
    """Users and all that belongs to them, and the customers' own data about assets, in one database."""

    def __init__(self, system: str, settings: PortalStoreSettings, clock: Clock) -> None:
        self._system = system
        self.database = Database(system, settings)
        self.users = StoredUsers(self.database, clock)
        self.credentials = StoredCredentials(self.database, clock)
        self.sessions = StoredSessions(self.database, clock)
        self.clients = StoredClients(self.database, clock)
        self.requests = StoredRequests(self.database, clock)
        self.mails = StoredMails(self.database, clock)
        self.mail_wishes = StoredMailWishes(self.database, clock)
        self.calendar_feeds = StoredCalendarFeeds(self.database, clock)
        self.export_jobs = StoredExportJobs(self.database, clock)
        self.search_index = StoredSearchIndex(self.database)
        self.known_states = StoredKnownStates(self.database)
        self.deliveries = StoredDeliveries(self.database, clock)
        self.audit = StoredAudit(self.database, clock)
        self.asset_data = StoredAssetData(self.database, clock)

    @property
    def system(self) -> str:
        return self._system

    async def custom_asset_data(self, installed_product_ids: Keys) -> Mapping[str, CustomAssetData]:
        """What is kept of these assets, by the CRM's Id; assets of which nothing is kept are absent."""
        return await self.asset_data.read(installed_product_ids)

    async def tidy(self, at: datetime) -> None:
        """Remove what came to its end before then: sessions, links, codes, tokens and their grants."""
        await tidy(self.database, at)

    async def check(self) -> list[CheckResult]:
        return [await tried("open the database and read", self.ping)]

    async def ping(self) -> None:
        async with self.database.reading() as connection:
            await connection.execute(select(literal(1)).select_from(table).limit(1))

    async def close(self) -> None:
        await self.database.close()


def connect(system: str, settings: BaseModel, clock: Clock) -> PortalStore:
    return PortalStore(system, cast(PortalStoreSettings, settings), clock)


MANIFEST = Manifest(
    name="portal_store",
    title="The gateway's own store (SQL)",
    settings=PortalStoreSettings,
    connect=connect,
)
