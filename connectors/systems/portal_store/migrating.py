"""Bringing the store's tables up to date, and back: Alembic over a connection of ours, no file of settings."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 7_340_001  # of several gateways that start at once, one migrates (PostgreSQL)


class OutOfDate(Exception):
    """The tables are not those that this version of the gateway works with. The message tells what to do."""


def newest() -> str:
    """The revision that this version of the gateway works with."""
    head = _scripts().get_current_head()
    assert head is not None  # noqa: S101  # there are migrations
    return head


def revision_of(connection: Connection) -> str | None:
    """The revision that the tables are at; None for an empty database."""
    return MigrationContext.configure(connection).get_current_revision()


def migrate(connection: Connection, revision: str | None = None, *, only_check: bool = False) -> None:
    """Bring the tables to a revision ("base": none at all; None: the newest). Raises OutOfDate."""
    target = revision or newest()
    if connection.dialect.name == "postgresql" and not only_check:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    current = revision_of(connection)
    if current == target:
        return
    known = {script.revision for script in _scripts().walk_revisions()}
    if current is not None and current not in known:
        raise OutOfDate(f"was made by a newer version of the gateway (revision {current}): update the gateway")
    if only_check:
        raise OutOfDate("is not up to date: run `portal store migrate`")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    if current is None and inspect(connection).has_table("custom_asset_data"):
        command.stamp(config, "0001")  # made before there were migrations
        current = "0001"
    if target == "base" or (current is not None and target < current):
        command.downgrade(config, target)
    else:
        command.upgrade(config, target)


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))
