"""`portal audit`: the audit trail."""

import csv
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from gateway.cli.deployment import opened_store, run, settings_of
from gateway.cli.failures import FAILURE, end
from gateway.cli.serve import PORTAL_TOML, Config

if TYPE_CHECKING:
    from connectors.people import AuditEntry

app = typer.Typer(help="Who signed in, changed rights, wrote, was refused.", no_args_is_help=True)

_BATCH = 2000
_COLUMNS = ("number", "at", "action", "actor", "subject", "details", "network", "request_id", "hash")
_DEFUSED = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A day, in UTC.")]


@app.command()
def verify(
    expect: Annotated[
        str | None, typer.Option(help="The hash of an entry that must be among them, as noted before.")
    ] = None,
    config: Config = PORTAL_TOML,
) -> None:
    """Check that no entry was changed, left out or put in between; prints the newest hash, to be noted elsewhere."""

    async def work() -> None:
        async with opened_store(settings_of(config)) as store:
            number, newest, fault = await store.audit.verify()
            known = expect is None or await store.audit.holds(expect)
        if fault is not None:
            end([f"the trail is broken at entry {fault}: it was changed, or one before it is missing"], FAILURE)
        if not known:
            end([f"no entry has the hash {expect}: the end of the trail was cut off"], FAILURE)
        typer.echo(f"{number} entries, none missing or changed. Newest hash: {newest}")

    run(work)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to: .jsonl or .csv; it must not be there yet.")],
    since: Day = None,
    until: Day = None,
    about: Annotated[str | None, typer.Option(help="Only what this user or thing did, or what was done to it.")] = None,
    config: Config = PORTAL_TOML,
) -> None:
    """Write entries to a file, the oldest first."""
    if file.suffix not in (".jsonl", ".csv"):
        end([f"{file}: the name must end with .jsonl or .csv"])
    if file.exists():
        end([f"{file} is there already: nothing was written"])

    async def work() -> int:
        written, after = 0, 0
        async with opened_store(settings_of(config)) as store:
            file.touch(mode=0o600)
            with file.open("w", encoding="utf-8", newline="") as out:
                while batch := await store.audit.entries(
                    since=_utc(since),
                    until=_utc(until),
                    about=about,
                    after=after,
                    newest_first=False,
                    at_most=_BATCH,
                ):
                    _write(out, batch, as_csv=file.suffix == ".csv", first=written == 0)
                    written, after = written + len(batch), batch[-1].number
        return written

    typer.echo(f"{file}: {run(work)} entries")


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)


def _write(out: TextIO, entries: "Sequence[AuditEntry]", *, as_csv: bool, first: bool) -> None:
    rows = [_row(entry) for entry in entries]
    if not as_csv:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        return
    writer = csv.DictWriter(out, _COLUMNS)
    if first:
        writer.writeheader()
    for row in rows:
        texts = {
            name: json.dumps(value) if isinstance(value, dict) else str(value or "") for name, value in row.items()
        }
        writer.writerow({name: f"'{text}" if text.startswith(_DEFUSED) else text for name, text in texts.items()})


def _row(entry: "AuditEntry") -> dict[str, object]:
    values: dict[str, object] = {name: getattr(entry, name) for name in _COLUMNS}
    return values | {"at": entry.at.isoformat(), "action": entry.action.value, "details": dict(entry.details)}
