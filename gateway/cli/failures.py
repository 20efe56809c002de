"""How a command ends when it can't do what was asked: in words on stderr, never with a stack trace."""

from collections.abc import Iterable
from typing import NoReturn

import typer

MISUSE = 2
"""The exit code for wrong settings and arguments."""

FAILURE = 1
"""The exit code for what was asked rightly and went wrong."""


def end(messages: Iterable[str], code: int = MISUSE) -> NoReturn:
    """Tell the messages and end the process."""
    for message in messages:
        typer.secho(message, err=True, fg=typer.colors.RED)
    raise typer.Exit(code)
