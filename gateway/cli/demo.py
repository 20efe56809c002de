"""`portal demo` and `portal demo-token`."""

from enum import Enum
from typing import Annotated

import typer

from gateway.cli.failures import FAILURE, end


class LogLevel(Enum):
    debug = "debug"
    info = "info"
    warning = "warning"
    error = "error"


Port = Annotated[int, typer.Option(min=0, max=65535, help="The port of the graph on 127.0.0.1; 0 takes a free one.")]
Assets = Annotated[int, typer.Option(min=0, max=100_000, help="Grow the story to so many assets.")]
Seed = Annotated[int, typer.Option(help="Which further assets there are: the same seed gives the same ones.")]
Logged = Annotated[LogLevel, typer.Option(help="The least serious events to log.")]
Name = Annotated[str, typer.Argument(metavar="EMAIL", help="The persona: an e-mail address, or a client's name.")]
Chosen = Annotated[int | None, typer.Option("--port", help="Which demo, where several are running.")]


def run(port: Port = 8000, assets: Assets = 0, seed: Seed = 1, log_level: Logged = LogLevel.warning) -> None:
    """Run the gateway over simulators of every system, with personas to sign in as. Ctrl-C ends it all."""
    from gateway.demo.run import run_demo
    from gateway.demo.state import DemoError

    try:
        run_demo(port, assets=assets, seed=seed, log_level=log_level.value)
    except DemoError as error:
        end([str(error)], FAILURE)
    except KeyboardInterrupt:  # before the server took the signals
        raise typer.Exit from None


def token(name: Name, port: Chosen = None) -> None:
    """Print an access token of one of the demo's personas, for the demo that is running."""
    from gateway.demo.personas import token_of
    from gateway.demo.state import DemoError, choose

    try:
        typer.echo(token_of(name, choose(port)))
    except DemoError as error:
        end([str(error)], FAILURE)
