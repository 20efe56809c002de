"""The audit trail: filter."""

from datetime import datetime

import strawberry

from connectors.people import AuditAction


@strawberry.input(description="Entries that match all that is given.")
class AuditFilter:
    actions: list[AuditAction] | None = None
    about: str | None = strawberry.field(default=None, description="Done by, or to, whom or what has this id.")
    since: datetime | None = None
    until: datetime | None = strawberry.field(default=None, description="Before this instant.")
