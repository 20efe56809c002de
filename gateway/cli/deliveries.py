"""`portal deliveries`: what waits for the service system, and what it refused."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.deployment import opened_store, operator, run, settings_of
from gateway.cli.failures import FAILURE, end
from gateway.cli.serve import PORTAL_TOML, Config

if TYPE_CHECKING:
    from connectors.deliveries import Delivery
    from connectors.systems.portal_store.deliveries import StoredDeliveries

app = typer.Typer(help="What is sent to the service system: what waits, what was refused.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="DELIVERY", help="The delivery's id, or as much of it as is unique.")]

_MOST = 1000


@app.command("list")
def list_deliveries(
    every: Annotated[bool, typer.Option("--all", help="Those that were delivered or given up, too.")] = False,
    config: Config = PORTAL_TOML,
) -> None:
    """List what has not been delivered: id, state, age, kind, case, tries, reason. The earliest first."""
    from connectors.deliveries import DeliveryStatus

    unfinished = (DeliveryStatus.WAITING, DeliveryStatus.REFUSED)

    async def work() -> None:
        async with opened_store(settings_of(config)) as store:
            found = await store.deliveries.listed(tuple(DeliveryStatus) if every else unfinished, at_most=_MOST + 1)
        for delivery in found[:_MOST]:
            typer.echo(_line(delivery))
        if not found:
            typer.echo("Nothing waits." if not every else "Nothing was sent yet.")
        if len(found) > _MOST:
            typer.echo(f"… and more: these are the first {_MOST}.")

    run(work)


@app.command()
def show(delivery: Id, config: Config = PORTAL_TOML) -> None:
    """Show one, with what is sent."""

    async def work() -> None:
        async with opened_store(settings_of(config)) as store:
            found = await _the(store.deliveries, delivery)
        for name in found.__struct_fields__:
            value = getattr(found, name)
            if name != "content" and value not in (None, ""):
                typer.echo(f"{name:12} {getattr(value, 'value', value)}")
        typer.echo(json.dumps(json.loads(found.content), indent=2, ensure_ascii=False))

    run(work)


@app.command()
def retry(delivery: Id, config: Config = PORTAL_TOML) -> None:
    """Send one again, once what stood against it is mended; a running gateway does it within a second."""
    _end_of(delivery, config, again=True)


@app.command()
def discard(delivery: Id, config: Config = PORTAL_TOML) -> None:
    """Give one up, and with a case all that waits for it: whoever reported it must be told by you."""
    _end_of(delivery, config, again=False)


def _end_of(delivery: str, config: Config, *, again: bool) -> None:
    from connectors.people import AuditAction, AuditEvent
    from connectors.registry import utc_now

    async def work() -> None:
        async with opened_store(settings_of(config)) as store:
            found = await _the(store.deliveries, delivery)
            action = AuditAction.DELIVERY_RETRIED if again else AuditAction.DELIVERY_DISCARDED
            event = AuditEvent(action=action, actor=operator().actor, subject=found.case_number)
            change = store.deliveries.retry if again else store.deliveries.discard
            if not await change(found.id, utc_now(), event):
                end([f"{found.id} has come to its end: {found.status.value}"], FAILURE)
        typer.echo(f"{found.id}  {'is sent again' if again else 'is given up'}")

    run(work)


async def _the(deliveries: "StoredDeliveries", given: str) -> "Delivery":
    from connectors.deliveries import DeliveryStatus

    found = (await deliveries.by_id([given])).get(given)
    if found is not None:
        return found
    unfinished = await deliveries.listed((DeliveryStatus.WAITING, DeliveryStatus.REFUSED), at_most=_MOST)
    named = [each for each in unfinished if each.id.startswith(given)]
    if len(named) != 1:
        several = f"{len(named)} deliveries begin with" if named else "there is no delivery"
        end([f"{several} {given}: `portal deliveries list` lists them"], FAILURE)
    return named[0]


def _line(delivery: "Delivery") -> str:
    age = datetime.now(UTC) - delivery.created_at
    hours, minutes = divmod(int(age.total_seconds()) // 60, 60)
    reason = f"  {delivery.code}: {delivery.words}" if delivery.code else ""
    return (
        f"{delivery.id}  {delivery.status.value:9}  {hours:3}:{minutes:02} h  {delivery.kind.value:13}  "
        f"{delivery.case_number}  {delivery.attempts}×{reason}"
    )
