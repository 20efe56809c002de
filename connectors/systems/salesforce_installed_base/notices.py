"""What a flow or trigger of the org tells of changes: `{"changes": [{"object": "Account", "id": "001…"}]}`."""

from collections.abc import Mapping

import msgspec

from connectors.errors import SourceMisanswered
from connectors.systems.salesforce_installed_base.settings import SalesforceSettings


class _Changed(msgspec.Struct, frozen=True):
    object: str
    id: str


class _Notice(msgspec.Struct, frozen=True):
    changes: list[_Changed]


class Notices:
    """The org's objects by its own names, as the settings have them; those that are nobody's records are left out."""

    def __init__(self, system: str, settings: SalesforceSettings) -> None:
        self._system = system
        self._records = {
            settings.accounts.object: "accounts",
            settings.locations.object: "locations",
            settings.installed_products.object: "installed_products",
        }

    def changed_records(self, notice: bytes) -> Mapping[str, tuple[str, ...]]:
        try:
            told = msgspec.json.decode(notice, type=_Notice)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SourceMisanswered(self._system, f"told of changes unreadably: {error}") from None
        found: dict[str, list[str]] = {}
        for change in told.changes:
            if (record := self._records.get(change.object)) is not None:
                found.setdefault(record, []).append(change.id)
        return {record: tuple(dict.fromkeys(ids)) for record, ids in found.items()}
