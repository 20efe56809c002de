"""`portal schema`: the graph's SDL, and what a change of it means to those who build on it."""

from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.failures import FAILURE, end

Write = Annotated[bool, typer.Option("--write", help="Write it to schema/schema.graphql.")]
Check = Annotated[bool, typer.Option("--check", help="Only say whether schema/schema.graphql is up to date.")]


Before = Annotated[Path, typer.Argument(help="The SDL as it was.", metavar="SDL")]
After = Annotated[Path | None, typer.Argument(help="The SDL as it is; left out: this gateway's.", metavar="SDL")]

Federation = Annotated[bool, typer.Option("--federation", help="As a subgraph, for Apollo Federation 2.")]
Rules = Annotated[
    bool,
    typer.Option(
        help="Tell routers the access rules (@authenticated, @requiresScopes, @policy). Apollo's JavaScript gateway "
        "takes no graph that has them."
    ),
]
For = Annotated[
    str | None, typer.Option("--audience", help="What an audience sees: customer, partner or internal.", metavar="NAME")
]

app = typer.Typer(help="The graph's SDL.", invoke_without_command=True)


@app.callback()
def schema(context: typer.Context, write: Write = False, check: Check = False) -> None:
    """Print the SDL of the graph."""
    if context.invoked_subcommand is not None:
        return
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


@app.command("print")
def print_(federation: Federation = False, audience: For = None, rules: Rules = True) -> None:
    """Print the SDL: as one graph, or as a subgraph for a composition; all of it, or what an audience sees."""
    from schema.audiences import Audience, view_for
    from schema.federation.sdl import subgraph_sdl
    from schema.graph import create_schema, print_sdl

    made = create_schema()
    if audience is not None:
        known = [each.value for each in Audience]
        if audience not in known:
            end([f"there is no audience '{audience}'; there are {', '.join(known)}"])
        made = view_for(made, Audience(audience))
    typer.echo(subgraph_sdl(made, rules=rules) if federation else print_sdl(made), nl=False)


@app.command()
def diff(before: Before, after: After = None) -> None:
    """Tell changes that break clients, those that may surprise them, and safe ones. Ends with 1 where any breaks."""
    from graphql import build_schema
    from graphql.utilities.find_schema_changes import (
        BreakingChange,
        DangerousChange,
        find_schema_changes,
    )

    from schema.graph import create_schema, print_sdl

    old = built(before)
    new = built(after) if after is not None else build_schema(print_sdl(create_schema()))
    changes = find_schema_changes(old, new)
    breaking = [change for change in changes if isinstance(change, BreakingChange)]
    dangerous = [change for change in changes if isinstance(change, DangerousChange)]
    safe = [change for change in changes if not isinstance(change, BreakingChange | DangerousChange)]
    for kind, found in (("breaking", breaking), ("dangerous", dangerous), ("safe", safe)):
        _tell(kind, found)
    if not changes:
        typer.echo("nothing has changed")
    if breaking:
        raise typer.Exit(FAILURE)


def _tell(kind: str, changes: Sequence[Any]) -> None:  # Any: graphql-core's three kinds
    for change in sorted(changes, key=lambda each: str(each.description)):
        typer.echo(f"{kind}: {change.description}")


def built(place: Path) -> Any:  # Any: a GraphQLSchema, imported where it is needed
    """The schema of an SDL file. Ends the command where it is none."""
    from graphql import GraphQLError, build_schema

    try:
        return build_schema(place.read_text(encoding="utf-8"))
    except OSError as error:
        end([f"{place} can't be read: {error.strerror}"])
    except (GraphQLError, TypeError, UnicodeDecodeError) as error:
        end([f"{place} is no SDL: {error}"])
