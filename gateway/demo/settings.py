"""The settings of a gateway over simulated systems: what a deployment writes into portal.toml."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec
from pydantic import SecretStr

from auth.viewer import Role
from gateway.settings import Settings
from gateway.settings_file import settings_of

USER = "PORTAL"
PASSWORD = "portal-demo"  # noqa: S105  # of servers on loopback that hold an invented story
CLIENT_ID = "portal-demo"
CLIENT_SECRET = "portal-demo-secret"  # noqa: S105


class Addresses(msgspec.Struct, frozen=True, kw_only=True):
    """Where each simulator answers, as `http://127.0.0.1:40123`."""

    installed_base: str
    service_orders: str
    contracts: str
    case_archive: str
    identity: str


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """What the simulators' process tells the gateway's: where they are, and the key that signs the personas' tokens."""

    addresses: Addresses
    key: dict[str, str | list[str]]


def files_of(store: Path) -> Path:
    """The folder of the demo's document store, beside its database."""
    return store.with_suffix(".files")


def settings_for(
    addresses: Addresses,
    *,
    store: Path,
    port: int = 8000,
    algorithm: Literal["RS256", "ES256"] = "ES256",
    log_level: Literal["debug", "info", "warning", "error"] = "warning",
    cache: Mapping[str, object] | None = None,
    mail: Path | None = None,
) -> Settings:
    """A gateway over those systems. `store` is the SQLite file of its own state; `algorithm` signs the tokens.

    Without `cache` nothing is kept: who breaks a system wants to see what that does. With `mail`, the folder that mails
    go to, people are the store's, and sign in with a browser; without, the tokens say what they may.
    """
    identity: dict[str, object] = {"issuers": [{"issuer": addresses.identity, "algorithms": [algorithm]}]}
    if mail is not None:
        issuer = {"issuer": addresses.identity, "algorithms": [algorithm], "people": "store"}
        # The store lives as long as this process; so does what seals it.
        sealed = SecretStr(secrets.token_urlsafe(32))
        identity = {"issuers": [issuer], "secret": sealed, "provider": {}}
    secret = {"user": USER, "password": SecretStr(PASSWORD)}
    return settings_of(
        {
            "server": {
                "port": port,
                "log_level": log_level,
                "log_format": "console",
                "stop_timeout": 1,
                "drain": 0,
                "calls_shown": [role.value for role in Role],
            },
            "identity": identity,
            "mail": {"folder": str(mail)} if mail is not None else {},
            "helpdesk": {"email": "helpdesk@maker.example", "phone": "+48 22 000 00 00"},
            "cache": cache or {"enabled": False, "join": False},
            "deliveries": {"settle": 5},  # the simulators are slow when told to be, and then by seconds
            "systems": {
                "crm": {
                    "connector": "salesforce_installed_base",
                    "url": addresses.installed_base,
                    "client_id": CLIENT_ID,
                    "client_secret": SecretStr(CLIENT_SECRET),
                },
                "sap": {"connector": "sap_service_orders", "url": addresses.service_orders, **secret},
                "contracts": {"connector": "soap_contracts", "url": addresses.contracts, **secret},
                "archive": {"connector": "soap_case_archive", "url": addresses.case_archive, **secret},
                "store": {"connector": "portal_store", "url": f"sqlite+aiosqlite:///{store}"},
                "files": {"connector": "file_documents", "url": f"file:{files_of(store)}"},
            },
        },
        name="the demo's settings",
    )
