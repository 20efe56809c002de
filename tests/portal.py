"""The whole portal under test, without HTTP in front: real connectors over simulators, asked as a persona."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import msgspec
import strawberry
from argon2 import PasswordHasher
from graphql import GraphQLError
from pydantic import SecretStr
from starlette.types import ASGIApp

from auth.attachments import DocumentReference, FileReference, UploadAddress
from auth.calendar_links import CalendarOf
from auth.case_desk import CaseDesk
from auth.membership import Membership
from auth.passwords import Passwords
from auth.scope import ScopeCompiler
from auth.statements import StatementOf
from auth.throttle import Throttle
from auth.viewer import Role, Viewer
from connectors.changes import LocalFeed
from connectors.courier import Courier
from connectors.ports import Connector
from connectors.registry import manifest, utc_now
from connectors.sources import Sources, sources_of
from connectors.submitted_cases import WithSubmittedCases
from connectors.transport.settings import HttpSettings
from fixtures.simulators import salesforce_installed_base, soap_case_archive, soap_contracts
from fixtures.simulators.conduct import Conduct
from fixtures.simulators.sap_service_orders.app import create_app as create_sap
from fixtures.simulators.server import running_all
from fixtures.world.model import Persona, World
from gateway.demo.settings import Addresses
from gateway.demo.settings import settings_for as demo_settings_for
from gateway.execution import Executor
from gateway.settings import Settings
from schema.context import Context, HelpdeskContact
from schema.errors import format_error
from tests.postbox import Postbox

PATIENCE = 15.0
"""Seconds that a test waits for the service system's answer to what it writes."""

HELPDESK = HelpdeskContact("help@maker.example", "+48 22 000 00 00")

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Passwords of the tests are worth nothing; hashing them properly would be most of a test's time."""

PATIENT = {"breaker_failures": 0, "retry_share": 1.0}

SYSTEMS = ("crm", "sap", "contracts", "archive")


@dataclass
class Systems:
    """The simulators of one world: where they are, and what they were asked."""

    world: World
    urls: Mapping[str, str]
    conducts: Mapping[str, Conduct] = field(default_factory=dict)
    apps: Mapping[str, Any] = field(default_factory=dict)  # Any: each simulator has its own state

    def behave(self) -> None:
        for conduct in self.conducts.values():
            conduct.behave()

    def calls(self) -> dict[str, int]:
        """How many HTTP calls each system has had, signing in aside."""
        counted = {
            name: [call for call in each.calls if call.operation != "token"] for name, each in self.conducts.items()
        }
        return {name: len(calls) for name, calls in counted.items() if calls}

    def bytes(self) -> dict[str, int]:
        """How many bytes each system has answered, signing in aside."""
        counted = {
            name: sum(call.response_bytes for call in each.calls if call.operation != "token")
            for name, each in self.conducts.items()
        }
        return {name: count for name, count in counted.items() if count}


def addresses_of(systems: Systems, issuer: str) -> Addresses:
    """Of the simulators, for the demo's settings; `issuer`: of the provider of tokens."""
    return Addresses(
        installed_base=systems.urls["crm"],
        service_orders=systems.urls["sap"],
        contracts=systems.urls["contracts"],
        case_archive=systems.urls["archive"],
        identity=issuer,
    )


def settings_for(addresses: Addresses, **told: Any) -> Settings:  # Any: as the demo's
    """The demo's settings, but that no system is left alone however it failed: the next test mends it."""
    made = demo_settings_for(addresses, **told)
    systems = {
        name: replace(system, settings=system.settings.model_copy(update=PATIENT))
        if isinstance(system.settings, HttpSettings)
        else system
        for name, system in made.systems.items()
    }
    return replace(made, systems=systems)


@contextmanager
def simulated(world: World, *, page_size: int = 1000) -> Iterator[Systems]:
    """Simulators of every system over the world, on loopback ports."""
    conducts = {name: Conduct() for name in SYSTEMS}
    apps: dict[str, ASGIApp] = {
        "crm": salesforce_installed_base.create_app(world, conducts["crm"], page_size=max(page_size, 200)),
        "sap": create_sap(world, conducts["sap"], page_size=page_size),
        "contracts": soap_contracts.create_app(world, conducts["contracts"]),
        "archive": soap_case_archive.create_app(world, conducts["archive"]),
    }
    with running_all(apps) as urls:
        yield Systems(world, urls, conducts, apps)


def connect(systems: Systems, store_url: str, **overrides: Mapping[str, object]) -> list[Connector]:
    """A connector to each system; `overrides` are settings by system."""
    secret = SecretStr("portal-demo")
    settings: dict[str, tuple[str, dict[str, object]]] = {
        "crm": (
            "salesforce_installed_base",
            {"client_id": "portal-demo", "client_secret": SecretStr("portal-demo-secret")},
        ),
        "sap": ("sap_service_orders", {"user": "PORTAL", "password": secret}),
        "contracts": ("soap_contracts", {"user": "PORTAL", "password": secret}),
        "archive": ("soap_case_archive", {"user": "PORTAL", "password": secret}),
        "store": ("portal_store", {"url": store_url}),
    }
    connectors = []
    for system, (name, given) in settings.items():
        found = manifest(name)
        address = {"url": systems.urls[system]} if system in systems.urls else {}
        patient = PATIENT if system in systems.urls else {}
        asked = found.settings(**{**address, **patient, **given, **overrides.get(system, {})})
        connectors.append(found.connect(system, asked, lambda: datetime.now(UTC)))
    return connectors


def viewer_of(persona: Persona) -> Viewer:
    """The viewer that the persona's token makes."""
    return Viewer(
        subject=persona.name,
        role=Role(persona.role),
        email=persona.name if "@" in persona.name else None,
        parent_account=persona.parent_account,
        accounts=frozenset(persona.accounts),
        locale=persona.locale,
        time_zone=persona.zone,
        older_portal=persona.older_portal,
        frozen_since=persona.frozen_since,
    )


@dataclass
class Answer:
    """A GraphQL answer as a client sees it."""

    data: Any
    errors: list[dict[str, Any]]

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.errors]


class PlainLinks:
    """Addresses that say what they are of."""

    def calendar(self, viewer: Viewer, of: CalendarOf) -> str:
        return f"https://portal.test/calendars/{of.visit or 'view'}.ics"

    def feed(self, feed_id: str) -> str:
        return f"https://portal.test/feeds/{feed_id}.ics"


class PlainStatementLinks:
    """As above."""

    def link(self, viewer: Viewer, of: StatementOf, name: str) -> str:
        return f"https://portal.test/statements/{name}.pdf"


class PlainFileLinks:
    """As above."""

    def link(self, viewer: Viewer, reference: FileReference | DocumentReference) -> str:
        return f"https://portal.test/files/{reference.name}"

    def upload(self, viewer: Viewer, name: str) -> UploadAddress:
        return UploadAddress("1", "https://portal.test/uploads/1", utc_now())

    def uploaded(self, viewer: Viewer, upload_id: str) -> tuple[str, str] | None:
        return None


class Portal:
    """Ask the graph as somebody."""

    def __init__(self, schema: strawberry.Schema, sources: Sources, world: World) -> None:
        self.schema = schema
        self.executor = Executor(schema)
        self.courier: Courier | None = None
        self.case_desk: CaseDesk | None = None
        deliveries, writer = sources.deliveries, sources.case_writer
        if writer is not None and deliveries is not None:
            cases = WithSubmittedCases(sources.service_cases, deliveries, utc_now)
            sources = replace(sources, service_cases=cases)
            self.courier = Courier(deliveries, writer, utc_now, settle=timedelta(seconds=1))
            self.case_desk = CaseDesk(deliveries, self.courier, utc_now, LocalFeed(), patience=PATIENCE)
        self.sources = sources
        self.world = world
        self.viewers = {persona.name: viewer_of(persona) for persona in world.personas}
        self.scopes = ScopeCompiler(sources.installed_base, ttl=3600)
        # Midday, so that the story's days are the same in every time zone of its people.
        self.now = datetime.combine(world.today, time(12), UTC)
        self.postbox = Postbox()
        self.membership = (
            Membership.over(
                sources.people,
                self.scopes,
                self.postbox,
                lambda: self.now,
                address="https://portal.test",
                throttle=Throttle(),
                passwords=Passwords(CHEAP),
                helpdesk=HELPDESK.email,
            )
            if sources.people is not None
            else None
        )

    async def ask(self, who: str | Viewer, query: str, **variables: Any) -> Answer:
        viewer = self.viewers[who] if isinstance(who, str) else who
        context = Context(
            viewer=viewer,
            sources=self.sources,
            scopes=self.scopes,
            clock=lambda: self.now,
            request_id="test",
            network="127.0.0.0/24",
            membership=self.membership,
            case_desk=self.case_desk,
            calendar_links=PlainLinks(),
            statement_links=PlainStatementLinks(),
            links=PlainFileLinks(),
            helpdesk=HELPDESK,
        )
        try:
            answer = await self.executor.execute(query, variables, None, context)
            errors: list[GraphQLError] = [*answer.errors, *context.problems]
        finally:
            context.close()
        data = None if answer.data is None else msgspec.json.decode(answer.data)
        return Answer(data, [format_error(error, "test") for error in errors])

    async def data(self, who: str | Viewer, query: str, **variables: Any) -> Any:
        """The data of an answer that has no errors."""
        answer = await self.ask(who, query, **variables)
        assert answer.errors == []
        return answer.data


@asynccontextmanager
async def opened(
    schema: strawberry.Schema, systems: Systems, store_url: str, **overrides: Mapping[str, object]
) -> AsyncIterator[Portal]:
    """The portal over those systems, closed in the end."""
    connectors = connect(systems, store_url, **overrides)
    portal = Portal(schema, sources_of(connectors), systems.world)
    try:
        yield portal
    finally:
        if portal.courier is not None:
            await portal.courier.close()
        for connector in connectors:
            await connector.close()
