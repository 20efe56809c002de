"""`portal documents`: the documents that clients ask with, as their builds write them down."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gateway.cli.failures import FAILURE, end

app = typer.Typer(help="The documents that clients ask with.", no_args_is_help=True)

Manifests = Annotated[list[Path], typer.Argument(help="Manifests of graphql-codegen, Relay or Apollo.", metavar="FILE")]
Sdl = Annotated[Path | None, typer.Option("--schema", help="An SDL to hold them against; left out: this gateway's.")]


class _Operation(msgspec.Struct):
    id: str
    body: str


class _Apollo(msgspec.Struct):
    """Apollo's own form (`apollo-persisted-query-manifest`)."""

    operations: list[_Operation]


@app.command()
def check(manifests: Manifests, schema: Sdl = None) -> None:
    """Name the documents that the graph would not answer, each with what is wrong. Ends with 1 where there are any."""
    from graphql import GraphQLError, build_schema, parse, validate

    from gateway.cli.schema import built
    from schema.graph import create_schema, print_sdl

    graph = build_schema(print_sdl(create_schema())) if schema is None else built(schema)
    broken = count = 0
    for manifest in manifests:
        for name, document in _documents(manifest).items():
            count += 1
            try:
                problems = validate(graph, parse(document))
            except GraphQLError as error:
                problems = [error]
            broken += bool(problems)
            for problem in problems:
                typer.echo(f"{manifest}: {name}: {problem.message}")
    typer.echo(f"{count} documents, {broken} of them broken" if broken else f"{count} documents, all of them good")
    if broken:
        raise typer.Exit(FAILURE)


def _documents(manifest: Path) -> Mapping[str, str]:
    """By their ids."""
    try:
        content = manifest.read_bytes()
    except OSError as error:
        end([f"{manifest} can't be read: {error.strerror}"])
    with suppress(msgspec.MsgspecError):  # then it is of the others' form, or none
        return {each.id: each.body for each in msgspec.json.decode(content, type=_Apollo).operations}
    try:
        return msgspec.json.decode(content, type=dict[str, str])
    except msgspec.MsgspecError:
        end([f"{manifest} is no manifest: it must be an object of documents by their ids, or Apollo's"])
