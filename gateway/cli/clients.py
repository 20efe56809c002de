"""`portal clients`: programs that ask the graph, partners and front ends."""

from typing import Annotated

import typer

from gateway.cli.deployment import identity_of, opened, operator, run, settings_of
from gateway.cli.failures import FAILURE, end
from gateway.cli.serve import PORTAL_TOML, Config

app = typer.Typer(help="Programs that ask the graph: partners and front ends.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="CLIENT", help="The client's id.")]
Scopes = Annotated[list[str] | None, typer.Option("--scope", "-s", help="What it may be given; may be repeated.")]
Redirects = Annotated[list[str] | None, typer.Option("--redirect", help="A front end's address, exactly.")]
Logouts = Annotated[list[str] | None, typer.Option("--logout", help="Where it goes after signing out, exactly.")]
Accounts = Annotated[list[str] | None, typer.Option("--account", "-a", help="A customer number granted to a partner.")]


@app.command("list")
def list_clients(config: Config = PORTAL_TOML) -> None:
    """List clients: id, kind, scopes, accounts."""

    async def work() -> None:
        async with opened(settings_of(config)) as gateway:
            clients = await identity_of(gateway).people.clients.clients()
        for client in clients:
            kind = "front end" if client.redirect_uris else "partner"
            state = "  disabled" if client.disabled_at is not None else ""
            accounts = " ".join(sorted(client.accounts)) or "no accounts"
            typer.echo(f"{client.id}  {kind}  {' '.join(sorted(client.scopes))}  [{accounts}]{state}")

    run(work)


@app.command()
def add(
    client: Id,
    name: Annotated[str, typer.Option(help="What it is called.")] = "",
    scope: Scopes = None,
    redirect: Redirects = None,
    logout: Logouts = None,
    account: Accounts = None,
    secret: Annotated[bool, typer.Option("--secret/--public", help="With a secret, or public (a browser's).")] = True,
    config: Config = PORTAL_TOML,
) -> None:
    """Add a client. Its secret is printed once, and kept nowhere."""
    from auth.issuer import check_address
    from connectors.digests import digest_of, new_secret
    from connectors.people import AuditAction, AuditEvent, Client
    from gateway.identity.provider.models import SCOPES

    unknown = sorted(set(scope or ()) - set(SCOPES))
    if unknown:
        end([f"there is no scope {unknown[0]!r}; there are {', '.join(SCOPES)}"])
    if not secret and not redirect:
        end(["a public client needs an address to be sent back to: --redirect"])
    for address in [*(redirect or ()), *(logout or ())]:
        try:
            check_address(address)
        except ValueError as error:
            end([f"{address}: {error}"])
    made = new_secret() if secret else None

    async def work() -> None:
        async with opened(settings_of(config)) as gateway:
            kept = Client(
                id=client,
                name=name or client,
                secret_digest=digest_of(made) if made is not None else None,
                redirect_uris=tuple(redirect or ()),
                logout_uris=tuple(logout or ()),
                scopes=frozenset(scope or ()),
                accounts=frozenset(number.lstrip("0") for number in account or ()),
                created_at=gateway.clock(),
            )
            event = AuditEvent(action=AuditAction.CLIENT_ADDED, actor=operator().actor, subject=client)
            await identity_of(gateway).people.clients.add(kept, event)
        typer.echo(f"secret: {made}" if made is not None else f"{client} was added")

    run(work)


@app.command()
def disable(client: Id, config: Config = PORTAL_TOML) -> None:
    """Let a client in no more: its tokens end at once."""
    from connectors.people import AuditAction, AuditEvent

    async def work() -> None:
        async with opened(settings_of(config)) as gateway:
            clients = identity_of(gateway).people.clients
            if await clients.client(client) is None:
                end([f"there is no client {client!r}"], FAILURE)
            event = AuditEvent(action=AuditAction.CLIENT_DISABLED, actor=operator().actor, subject=client)
            await clients.disable(client, gateway.clock(), event)
        typer.echo(f"{client} was disabled")

    run(work)
