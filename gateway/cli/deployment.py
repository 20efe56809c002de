"""A deployment's own state, opened for a command: what the helpdesk and operators do beside the running gateways."""

import getpass
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.cli.failures import FAILURE, end

if TYPE_CHECKING:
    from auth.directory import Authority
    from connectors.systems.portal_store.connector import PortalStore
    from gateway.identity.service import IdentityService
    from gateway.settings import Settings
    from gateway.wiring import Gateway

T = TypeVar("T")


def settings_of(config: Path) -> "Settings":
    """The settings. Ends the command where they are at fault."""
    from gateway.logging import configure_logging
    from gateway.settings_file import SettingsError, load_settings

    configure_logging("error", "console")
    try:
        return load_settings(config)
    except SettingsError as error:
        end(error.complaints)


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The outcome of the work. What a system can't do is told in words and ends the command."""
    import asyncio

    from auth.directory import Unfit
    from connectors.errors import ConnectorError
    from schema.labels import label
    from schema.user_errors import UserErrorCode

    try:
        return asyncio.run(work())
    except Unfit as unfit:
        field = f"{unfit.field}: " if unfit.field else ""
        end([f"{field}{label(UserErrorCode(unfit.fault.value), 'en')}"], FAILURE)
    except ConnectorError as error:
        end([f"the system '{error.system}' {error.message}"], FAILURE)


@asynccontextmanager
async def opened(settings: "Settings") -> AsyncIterator["Gateway"]:
    """The gateway's parts, without its server. Mails that were posted meanwhile are sent at the end."""
    from connectors.registry import PortConflict
    from gateway.wiring import build

    try:
        gateway = build(settings)
    except PortConflict as error:
        end([f"systems: {error}"])
    try:
        yield gateway
        if gateway.identity is not None:
            await gateway.identity.outbox.deliver_due()  # where that fails, a running gateway does it later
    finally:
        await gateway.close()


def identity_of(gateway: "Gateway") -> "IdentityService":
    if gateway.identity is None:
        end(["identity.secret is missing: without it this gateway manages nobody"])
    return gateway.identity


@asynccontextmanager
async def opened_store(settings: "Settings") -> AsyncIterator["PortalStore"]:
    """The store alone: no other system is looked at."""
    from connectors.registry import utc_now
    from connectors.systems.portal_store.connector import PortalStore

    for name, system in settings.systems.items():
        if system.connector.name == "portal_store":
            store = system.connector.connect(name, system.settings, utc_now)
            assert isinstance(store, PortalStore)  # noqa: S101  # as its manifest says
            try:
                yield store
            finally:
                await store.close()
            return
    end(["there is no system of the connector portal_store in the settings"])


def operator() -> "Authority":
    """Whoever may run the command may do all of it; the audit trail says who it was."""
    from auth.directory import Authority
    from auth.rules import Action

    return Authority(f"operator:{getpass.getuser()}", frozenset(Action), None)
