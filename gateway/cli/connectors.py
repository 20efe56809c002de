"""`portal connectors`: which connectors there are, and whether the configured ones reach their systems."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import FAILURE, end
from gateway.cli.serve import PORTAL_TOML, Config

if TYPE_CHECKING:
    from connectors.ports import CheckResult
    from gateway.settings import Settings

Listed = Annotated[Path | None, typer.Option("--config", "-c", help="List the systems of these settings instead.")]

app = typer.Typer(help="Which connectors there are, and whether they reach their systems.", no_args_is_help=True)


@app.command("list")
def list_connectors(config: Listed = None) -> None:
    """List the connectors that are installed, or the systems of a deployment."""
    from connectors.registry import connector_modules, manifest

    if config is None:
        for name in sorted(connector_modules()):
            typer.echo(f"{name}  {manifest(name).title}")
        return
    for name, system in _settings(config).systems.items():
        typer.echo(f"{name}  {system.connector.name}  {system.connector.title}")


@app.command("check")
def check_connectors(config: Config = PORTAL_TOML) -> None:
    """Try everything that the configured connectors need of their systems."""
    from gateway.logging import configure_logging

    configure_logging("error", "console")
    results = asyncio.run(_check(_settings(config)))
    for system, checks in results.items():
        for check in checks:
            typer.echo(f"{'ok    ' if check.ok else 'FAILED'}  {system}: {check.what} ({check.seconds:.2f} s)")
            if not check.ok and check.hint:
                typer.echo(f"        {check.hint}")
    failed = sorted(name for name, checks in results.items() if not all(check.ok for check in checks))
    if failed:
        end([f"out of order: {', '.join(failed)}"], FAILURE)


async def _check(settings: "Settings") -> "dict[str, list[CheckResult]]":
    from connectors.registry import utc_now

    systems = [system.connector.connect(name, system.settings, utc_now) for name, system in settings.systems.items()]
    try:
        found = await asyncio.gather(*(system.check() for system in systems))
    finally:
        for system in systems:
            await system.close()
    return {system.system: checks for system, checks in zip(systems, found, strict=True)}


def _settings(config: Path) -> "Settings":
    from gateway.settings_file import SettingsError, load_settings

    try:
        return load_settings(config)
    except SettingsError as error:
        end(error.complaints)
