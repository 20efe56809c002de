"""The `portal` command. Each command reads its modules when it runs, so that none waits for another's."""

from importlib.metadata import version
from typing import Annotated

import typer

from gateway.cli import audit, clients, connectors, deliveries, demo, documents, schema, serve, store, users

app = typer.Typer(
    name="portal",
    help="One GraphQL graph over a hospital's service, installed-base and contract systems.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"portal {version('portal-gateway')}")
        raise typer.Exit


@app.callback()
def _portal(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    pass


app.command("demo")(demo.run)
app.command("demo-token")(demo.token)
app.command("serve")(serve.serve)
app.add_typer(schema.app, name="schema")
app.add_typer(documents.app, name="documents")
app.add_typer(connectors.app, name="connectors")
app.add_typer(users.app, name="users")
app.add_typer(clients.app, name="clients")
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(store.app, name="store")
app.add_typer(audit.app, name="audit")


def main() -> None:
    """The entry point. A setting or an argument at fault ends it with code 2, a failure with 1."""
    app()
