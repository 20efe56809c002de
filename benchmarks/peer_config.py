"""What the peers are told: they know no settings, no catalogues and no rules of their own."""

import base64
from datetime import date

import msgspec

from benchmarks.upstream.__main__ import Upstream
from connectors.systems.salesforce_installed_base.settings import SalesforceSettings
from connectors.systems.soap_contracts.client import WSDL
from connectors.transport.soap_requests import load_service
from connectors.vocabulary import CasePriority
from gateway.demo.settings import CLIENT_ID, CLIENT_SECRET, PASSWORD, USER
from schema.labels import catalogue

ACCOUNTS = "{ accounts(filter: {access: ASSIGNED}, first: 1000) { nodes { id } } }"
"""Asked of the gateway: the accounts that the peers are to read, since they have no scope."""


def account_keys(answer: bytes) -> list[str]:
    """The CRM's Ids in the answer to ACCOUNTS."""
    nodes = msgspec.json.decode(answer)["data"]["accounts"]["nodes"]
    ids = (base64.urlsafe_b64decode(node["id"] + "==").decode() for node in nodes)
    return [each.partition(":")[2] for each in ids]


def peer_config(systems: Upstream, accounts: list[str]) -> bytes:
    fields = SalesforceSettings.model_fields
    return msgspec.json.encode(
        {
            "addresses": msgspec.structs.asdict(systems.started.addresses),
            "user": USER,
            "password": PASSWORD,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "accounts": accounts,
            "contracts_path": load_service(WSDL, "1.1").path,
            "labels": catalogue("pl"),
            "statuses": {word: status.name for word, status in fields["statuses"].default.items()},
            "modalities": {word: modality.name for word, modality in fields["modalities"].default.items()},
            "priorities": {priority.value: priority.name for priority in CasePriority},
            "today": date.today().isoformat(),  # noqa: DTZ011 - the story's day
        }
    )
