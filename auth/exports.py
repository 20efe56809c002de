"""Lists taken away as tables (F9): what one is of, and where it is made."""

from typing import Protocol

import msgspec

from auth.credentials import Where
from auth.rules import permitted
from auth.viewer import Viewer
from auth.visibility import Visibility
from connectors.people import ExportJob
from connectors.vocabulary import ExportFormat, ExportList


class ExportOf(msgspec.Struct, frozen=True, kw_only=True):
    """`narrowed` and `order` are the list's filter and order as JSON ("": none); `columns` are names of its columns."""

    list: ExportList
    narrowed: str = ""
    order: str = ""
    columns: tuple[str, ...]
    format: ExportFormat
    byte_order_mark: bool = False


def entitlement_of(visible: Visibility, viewer: Viewer) -> str:
    """What stands for the rights that a table is made with: whose rows, and what of them a role or token may read."""
    return " ".join([visible.scope.fingerprint, *sorted(action.value for action in permitted(viewer))])


class Exports(Protocol):
    def link(self, viewer: Viewer, of: ExportOf) -> str:
        """Where the viewer, and nobody else, gets that table for a short while."""
        ...

    def result_link(self, viewer: Viewer, job: ExportJob) -> str:
        """Where the viewer gets what was made."""
        ...

    async def start(self, viewer: Viewer, of: ExportOf, where: Where) -> ExportJob:
        """Begin to make it; as far as it got within a moment. Raises Unfit, a ConnectorError."""
        ...
