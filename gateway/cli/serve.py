"""`portal serve`: the gateway of a deployment."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failures import FAILURE, end

Config = Annotated[
    Path, typer.Option("--config", "-c", help="The settings; portal.example.toml explains what they can be.")
]
Check = Annotated[bool, typer.Option("--check", help="Only say whether the settings are in order.")]
PORTAL_TOML = Path("portal.toml")


def serve(config: Config = PORTAL_TOML, check: Check = False) -> None:
    """Run the gateway over the systems that the settings name."""
    from gateway.settings_file import SettingsError, load_settings

    try:
        settings = load_settings(config)
    except SettingsError as error:
        end(error.complaints)

    from connectors.registry import PortConflict
    from gateway.app import create_app
    from gateway.logging import configure_logging
    from gateway.server import listen
    from gateway.server import serve as serve_app
    from gateway.telemetry.tracing import export_traces

    configure_logging(settings.server.log_level, settings.server.log_format)
    try:
        app = create_app(settings)
    except PortConflict as error:
        end([f"{config}: systems: {error}"])
    if check:
        typer.echo(f"{config} is in order: {', '.join(settings.systems)}")
        return
    server = settings.server
    try:
        listener = listen(server.host, server.port)
    except OSError as error:
        end([f"{config}: server: can't listen on {server.host} port {server.port}: {error}"], FAILURE)
    end_traces = export_traces(settings.telemetry)
    with listener:
        serve_app(app, listener, stop_timeout=server.stop_timeout, drain=server.drain)
    end_traces()
