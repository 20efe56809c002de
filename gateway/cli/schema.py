"""`portal schema`: the graph's SDL."""

from difflib import unified_diff
from typing import Annotated

import typer

from gateway.cli.failures import FAILURE, end

Write = Annotated[bool, typer.Option("--write", help="Write it to schema/schema.graphql.")]
Check = Annotated[bool, typer.Option("--check", help="Only say whether schema/schema.graphql is up to date.")]


def schema(write: Write = False, check: Check = False) -> None:
    """Print the SDL of the graph."""
    from schema.graph import SDL, create_schema, print_sdl

    sdl = print_sdl(create_schema())
    if write:
        SDL.write_text(sdl, encoding="utf-8")
    elif check:
        committed = SDL.read_text(encoding="utf-8") if SDL.is_file() else ""
        if committed != sdl:
            difference = unified_diff(committed.splitlines(), sdl.splitlines(), "committed", "made", lineterm="", n=1)
            end([*difference, "schema/schema.graphql is out of date: run `portal schema --write`"], FAILURE)
    else:
        typer.echo(sdl, nl=False)
