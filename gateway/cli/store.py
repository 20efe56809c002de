"""`portal store`: the gateway's own database."""

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.deployment import opened_store, run, settings_of
from gateway.cli.failures import FAILURE, end
from gateway.cli.serve import PORTAL_TOML, Config

if TYPE_CHECKING:
    from connectors.systems.portal_store.connector import PortalStore

app = typer.Typer(help="The gateway's own database: users, sessions, requests, the audit trail.", no_args_is_help=True)

To = Annotated[str | None, typer.Option("--to", help="A revision, or 'base' for none at all; by default the newest.")]


@app.command()
def migrate(to: To = None, config: Config = PORTAL_TOML) -> None:
    """Bring the tables up to date, or back to a revision: what later ones keep is lost then."""
    from connectors.systems.portal_store.migrating import newest

    async def work() -> None:
        async with opened_store(settings_of(config)) as store:
            before, after = await store.database.migrate(to)
        typer.echo(f"{before or 'empty'} → {after or 'empty'}{' (newest)' if after == newest() else ''}")

    run(work)


@app.command()
def check(config: Config = PORTAL_TOML) -> None:
    """Say whether the database answers, is up to date, and whether its audit trail is whole."""
    from connectors.systems.portal_store.migrating import newest

    async def work() -> None:
        async with opened_store(settings_of(config)) as store:
            revision = await store.database.revision()
            if revision != newest():
                end([f"the tables are at revision {revision or 'none'}, not {newest()}: run `portal store migrate`"])
            for table, rows in (await store.database.rows()).items():
                typer.echo(f"{rows:8}  {table}")
            number, _, fault = await store.audit.verify()
        if fault is not None:
            end([f"the audit trail is broken at entry {fault}"], FAILURE)
        typer.echo(f"up to date at revision {revision}; the audit trail is whole: {number} entries")

    run(work)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to; it must not be there yet.")], config: Config = PORTAL_TOML
) -> None:
    """Write a copy of the database while gateways go on. For PostgreSQL `pg_dump` is called."""
    if file.exists():
        end([f"{file} is there already: nothing was written"])

    async def work() -> None:
        async with opened_store(settings_of(config)) as store:
            if store.database.is_sqlite:
                file.touch(mode=0o600)
                await store.database.copy_to(file)
            else:
                _dump(store, file)
        typer.echo(f"{file}: {file.stat().st_size} bytes")

    run(work)


def _dump(store: "PortalStore", file: Path) -> None:
    command = shutil.which("pg_dump")
    if command is None:
        end(
            ["pg_dump is not on the PATH: install PostgreSQL's client programs, or back the database up itself"],
            FAILURE,
        )
    file.touch(mode=0o600)
    url, environment = store.database.for_pg_dump()
    done = subprocess.run(  # noqa: S603  # the operator's own program and settings
        [command, "--format=custom", f"--file={file}", f"--dbname={url}"],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        file.unlink()
        end([f"pg_dump failed: {done.stderr.strip()}"], FAILURE)
