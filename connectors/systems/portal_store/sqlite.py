"""What SQLite must be told: wait for locks, read beside a writer, hold references, begin writes as writes."""

import sqlite3
from contextlib import closing
from typing import Protocol

from sqlalchemy import Connection, Engine, event

_TRIES = 20


class _Cursor(Protocol):
    def execute(self, statement: str) -> object: ...

    def close(self) -> None: ...


class _DriverConnection(Protocol):
    isolation_level: str | None

    def cursor(self) -> _Cursor: ...


def speak_sqlite(engine: Engine, busy_timeout: float) -> None:
    """Set every connection up. `busy_timeout` is in seconds."""

    def on_connect(connection: _DriverConnection, record: object) -> None:
        connection.isolation_level = None  # the driver would begin by itself, and too late
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {round(busy_timeout * 1000)}")
        _write_ahead(cursor)
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        # A read that turns into a write in its middle fails where another wrote meanwhile: it can't wait any more.
        options = connection.get_execution_options()
        if options.get("glances"):
            return
        writes = options.get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)


def _write_ahead(cursor: _Cursor) -> None:
    """Where several open a new file at once, SQLite refuses all but one, and does not wait by itself as it does for
    a write."""
    for _ in range(_TRIES):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("ROLLBACK")
    cursor.execute("PRAGMA journal_mode = WAL")


def copy_database(source: str, target: str) -> None:
    """SQLite's online backup. Both are files' names."""
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)
