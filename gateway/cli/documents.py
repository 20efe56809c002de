"""`portal documents`: the documents that clients ask with, as their builds write them down."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failures import FAILURE, end
from gateway.trusted_documents.manifests import ManifestError, read_manifest

app = typer.Typer(help="The documents that clients ask with.", no_args_is_help=True)

Manifests = Annotated[list[Path], typer.Argument(help="Manifests of graphql-codegen, Relay or Apollo.", metavar="FILE")]
Sdl = Annotated[Path | None, typer.Option("--schema", help="An SDL to hold them against; left out: this gateway's.")]


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
        return read_manifest(manifest)
    except ManifestError as error:
        end([str(error)])
