"""`portal users`: the helpdesk's command."""

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.deployment import identity_of, opened, operator, run, settings_of
from gateway.cli.failures import FAILURE, end
from gateway.cli.serve import PORTAL_TOML, Config

if TYPE_CHECKING:
    from connectors.people import User
    from gateway.wiring import Gateway

app = typer.Typer(help="Who uses the portal, and what they may see.", no_args_is_help=True)

Who = Annotated[str, typer.Argument(metavar="USER", help="An e-mail address, or a user's id.")]
Accounts = Annotated[list[str] | None, typer.Option("--account", "-a", help="A customer number; may be repeated.")]
Parent = Annotated[str | None, typer.Option("--parent", help="The number of the parent account.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say who would be told or deactivated.")]


@app.command("list")
def list_users(config: Config = PORTAL_TOML, parent: Parent = None) -> None:
    """List users: address, role, status, parent account, accounts, last activity."""

    async def work() -> None:
        async with opened(settings_of(config)) as gateway:
            users = await identity_of(gateway).people.users.all(parent_account=parent)
        for user in users:
            typer.echo(_line(user))
        typer.echo(f"{len(users)} users")

    run(work)


@app.command()
def show(who: Who, config: Config = PORTAL_TOML) -> None:
    """Show a user: what the role may do, which accounts are seen, and why."""

    async def work() -> None:
        async with opened(settings_of(config)) as gateway:
            user = await _user(gateway, who)
            lines = [*_facts(user), *await _access(gateway, user)]
        typer.echo("\n".join(lines))

    run(work)


@app.command()
def invite(
    email: Annotated[str, typer.Argument(help="The e-mail address.")],
    role: Annotated[str, typer.Option(help="reader, user, manager, analyst or helpdesk.")] = "reader",
    parent: Parent = None,
    account: Accounts = None,
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    locale: Annotated[str, typer.Option(help="The language of the mails.")] = "en",
    config: Config = PORTAL_TOML,
) -> None:
    """Add a user and send the activation link."""
    from auth.viewer import Role

    known = {each.value: each for each in Role if each is not Role.PARTNER}
    if role not in known:
        end([f"there is no role {role!r} for people; there are {', '.join(known)}"])

    async def work() -> None:
        async with opened(settings_of(config)) as gateway:
            user = await identity_of(gateway).membership.directory.invite(
                operator(),
                email=email,
                name=name,
                role=known[role],
                accounts=account or (),
                locale=locale,
                parent_account=parent,
            )
        typer.echo(_line(user))

    run(work)


@app.command()
def assign(who: Who, account: Accounts = None, config: Config = PORTAL_TOML) -> None:
    """Assign these accounts in place of those that are; none takes all away."""

    async def work() -> None:
        async with opened(settings_of(config)) as gateway:
            user = await _user(gateway, who)
            directory = identity_of(gateway).membership.directory
            typer.echo(_line(await directory.assign(operator(), user.id, account or ())))

    run(work)


@app.command()
def disable(who: Who, config: Config = PORTAL_TOML) -> None:
    """Let a user in nowhere any more: sessions and tokens end at once."""

    async def work() -> None:
        async with opened(settings_of(config)) as gateway:
            user = await _user(gateway, who)
            typer.echo(_line(await identity_of(gateway).membership.directory.disable(operator(), user.id)))

    run(work)


@app.command()
def enable(who: Who, config: Config = PORTAL_TOML) -> None:
    """Let a disabled user in again."""

    async def work() -> None:
        async with opened(settings_of(config)) as gateway:
            user = await _user(gateway, who)
            typer.echo(_line(await identity_of(gateway).membership.directory.enable(operator(), user.id)))

    run(work)


@app.command()
def unlock(who: Who, config: Config = PORTAL_TOML) -> None:
    """Forget a user's failed sign-ins, which delay further ones. Needs a Redis: else each gateway counts by itself."""
    from connectors.people import AuditAction, AuditEvent

    async def work() -> None:
        settings = settings_of(config)
        if settings.cache.redis is None:
            end(["without cache.redis each gateway counts failures itself, for a quarter of an hour at most"], FAILURE)
        async with opened(settings) as gateway:
            user = await _user(gateway, who)
            event = AuditEvent(action=AuditAction.USER_UNLOCKED, actor=operator().actor, subject=user.id)
            networks = await identity_of(gateway).membership.credentials.unlock(user, event)
        typer.echo(f"forgotten in {len(networks)} networks")

    run(work)


@app.command()
def sweep(dry_run: DryRun = False, config: Config = PORTAL_TOML) -> None:
    """Tell whom 14 days are left without activity, deactivate whom none are (R6). Gateways do it daily themselves."""

    async def work() -> None:
        async with opened(settings_of(config)) as gateway:
            life_cycle = identity_of(gateway).membership.life_cycle
            done = await (life_cycle.due() if dry_run else life_cycle.sweep())
        for one in done:
            typer.echo(f"{one.fate.value:10}  {one.user.email}  last active {one.last_active:%Y-%m-%d}")
        typer.echo(f"{len(done)} users{' (nothing was changed)' if dry_run else ''}")

    run(work)


async def _user(gateway: "Gateway", who: str) -> "User":
    users = identity_of(gateway).people.users
    found = (await users.by_id([who])).get(who) or await users.by_email(who)
    found = found or await users.by_email(who, older_portal=True)
    if found is None:
        end([f"there is no user {who!r}"], FAILURE)
    return found


def _line(user: "User") -> str:
    active = f"{user.last_active_at:%Y-%m-%d}" if user.last_active_at is not None else "never"
    accounts = " ".join(sorted(user.accounts)) or "no accounts"
    older = "  older portal" if user.older_portal else ""
    parent = user.parent_account or "–"
    return f"{user.email}  {user.role.value}  {user.status.value}  {parent}  [{accounts}]  active {active}{older}"


def _facts(user: "User") -> list[str]:
    from auth.life_cycle import deactivates_at
    from auth.rules import permitted
    from auth.viewer import viewer_of_user

    ends = deactivates_at(user)
    return [
        _line(user),
        f"id            {user.id}",
        f"may           {', '.join(sorted(action.value for action in permitted(viewer_of_user(user))))}",
        f"deactivates   {f'{ends:%Y-%m-%d}' if ends is not None else 'never'}",
        f"professional  {f'confirmed {user.attested_at:%Y-%m-%d}' if user.attested_at else 'not confirmed'}",
        *(["accounts      lost by inactivity: only the helpdesk assigns new ones"] if user.needs_helpdesk else []),
    ]


async def _access(gateway: "Gateway", user: "User") -> list[str]:
    """The accounts that the user sees, each with the assignment that it lies under."""
    if user.parent_account is None or not user.accounts:
        return [
            "sees          no account's data" if user.role.value != "analyst" else "sees          all accounts' data"
        ]
    tree = await gateway.scopes.hierarchy(user.parent_account)
    lineage = await gateway.scopes.lineage(tree)
    lines = []
    for account in sorted(tree.values(), key=lambda each: each.number or ""):
        above = lineage[account.id] & user.accounts
        if account.number in user.accounts:
            lines.append(f"sees          {account.number}  {account.name}  (assigned)")
        elif above:
            lines.append(f"sees          {account.number or '–'}  {account.name}  (under {', '.join(sorted(above))})")
    outside = user.accounts - {account.number for account in tree.values()}
    return lines + [f"does not see  {number}  (assigned, but beyond the parent account)" for number in sorted(outside)]
