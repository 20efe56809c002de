"""`portal users`, `clients`, `store` and `audit`: what they do, and what they say when they can't."""

import asyncio
import csv
import json
import os
import re
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from auth.passwords import Passwords
from connectors.people import AuditAction, AuditEvent
from connectors.registry import utc_now
from connectors.systems.portal_store.connector import MANIFEST, PortalStore
from connectors.systems.portal_store.migrating import newest
from gateway.cli import app
from tests.databases import new_database, programs
from tests.portal import CHEAP, Systems
from tests.store_records import user

Run = Callable[..., Result]

SETTINGS = """
[identity]
secret = {{ env = "PORTAL_TEST_SECRET" }}
[identity.provider]
[mail]
folder = "{folder}/mail"
[systems.crm]
connector = "salesforce_installed_base"
url = "{crm}"
client_id = "portal-demo"
client_secret = {{ env = "PORTAL_TEST_CRM" }}
[systems.store]
connector = "portal_store"
url = "{store}"
"""


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'portal.db'}"


@pytest.fixture
def run(tmp_path: Path, systems: Systems, store_url: str, monkeypatch: pytest.MonkeyPatch, logging_kept: None) -> Run:
    """Run `portal` on a deployment of its own: `run("users", "list")`."""
    monkeypatch.setattr(Passwords.__init__, "__defaults__", (CHEAP,))
    monkeypatch.setenv("PORTAL_TEST_SECRET", "a secret of thirty-two characters or more")
    monkeypatch.setenv("PORTAL_TEST_CRM", "portal-demo-secret")
    config = tmp_path / "portal.toml"
    config.write_text(SETTINGS.format(folder=tmp_path, crm=systems.urls["crm"], store=store_url))

    def called(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, [*arguments, "--config", str(config)])
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    return called


def invite(run: Run, email: str = "ewa@north.example", *further: str) -> None:
    run("users", "invite", email, "--role", "user", "--parent", "7100000", "-a", "7100010", *further)


def test_a_user_is_invited_shown_assigned_disabled_and_enabled(run: Run, tmp_path: Path) -> None:
    invite(run)
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1, "the activation link"
    assert "ewa@north.example  user  INVITED  7100000  [7100010]  active never" in run("users", "list").output
    assert "0 users" in run("users", "list", "--parent", "7200000").output
    shown = run("users", "show", "EWA@north.example").output
    assert "sees          7100010  Szpital Uniwersytecki Gdańsk  (assigned)" in shown
    assert "sees          7100011  Klinika Kardiologii Gdańsk  (under 7100010)" in shown
    assert "7100020" not in shown
    assert "[7100020 7100030]" in run("users", "assign", "ewa@north.example", "-a", "7100020", "-a", "7100030").output
    assert "DISABLED" in run("users", "disable", "ewa@north.example").output
    assert "INVITED" in run("users", "enable", "ewa@north.example").output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["users", "invite", "no address"], "email: This does not have the right form."),
        (["users", "invite", "ewa@north.example"], "email: This address can't be invited."),
        (["users", "invite", "x@y.example", "--parent", "7100000", "-a", "7200000"], "accountNumbers: These accounts"),
        (["users", "show", "nobody"], "there is no user 'nobody'"),
        (["users", "disable", "nobody"], "there is no user 'nobody'"),
        (["users", "enable", "ewa@north.example"], "This can't be done in the present status."),
        (["users", "unlock", "ewa@north.example"], "without cache.redis"),
        (["clients", "disable", "nobody"], "there is no client 'nobody'"),
    ],
    ids=lambda part: part if isinstance(part, str) else " ".join(part[:3]),
)
def test_what_can_not_be_done_is_said_in_words(run: Run, arguments: list[str], words: str) -> None:
    invite(run)
    assert words in run(*arguments, code=1).output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["users", "invite", "x@y.example", "--role", "king"], "there is no role 'king'"),
        (["clients", "add", "web", "-s", "everything"], "there is no scope 'everything'"),
        (["clients", "add", "web", "--public"], "needs an address"),
        (["clients", "add", "web", "--redirect", "http://web.example/"], "must begin with https"),
        (["audit", "export", "trail.txt"], "must end with .jsonl or .csv"),
        (["store", "check"], "run `portal store migrate`"),
    ],
    ids=lambda part: part if isinstance(part, str) else " ".join(part[:3]),
)
def test_misuse_is_said_in_words_with_code_two(run: Run, arguments: list[str], words: str) -> None:
    assert words in run(*arguments, code=2).output


def test_without_its_secret_a_gateway_manages_nobody(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "portal.toml"
    text = config.read_text().replace(
        'secret = { env = "PORTAL_TEST_SECRET" }\n[identity.provider]',
        "[[identity.issuers]]\nissuer = 'https://login.example'",
    )
    config.write_text(text)
    assert "identity.secret is missing" in run("users", "list", code=2).output


@pytest.mark.rule("R6")
async def test_a_pass_says_who_is_due_and_a_dry_run_changes_nothing(run: Run, store_url: str) -> None:
    store = MANIFEST.connect("store", MANIFEST.settings.model_validate({"url": store_url}), utc_now)
    assert isinstance(store, PortalStore)
    long_ago = utc_now() - timedelta(days=130)
    await store.users.add(user(created_at=long_ago), AuditEvent(action=AuditAction.USER_INVITED))
    await store.close()
    dry = await asyncio.to_thread(run, "users", "sweep", "--dry-run")
    assert "deactivate  u1@north.example" in dry.output
    assert "nothing was changed" in dry.output
    assert "ACTIVE  7100000  [7100010 7100020]" in (await asyncio.to_thread(run, "users", "list")).output
    await asyncio.to_thread(run, "users", "sweep")
    assert "DEACTIVATED  7100000  [no accounts]" in (await asyncio.to_thread(run, "users", "list")).output


def test_a_clients_secret_is_told_once_and_kept_nowhere(run: Run, tmp_path: Path) -> None:
    told = run("clients", "add", "dashboard", "-s", "equipment:read", "-a", "0007100010").output
    secret = told.removeprefix("secret: ").strip()
    assert len(secret) >= 40
    assert "dashboard  partner  equipment:read  [7100010]" in run("clients", "list").output
    assert secret.encode() not in (tmp_path / "portal.db").read_bytes()
    run("clients", "add", "web", "--public", "--redirect", "https://web.example/", "-s", "portal")
    run("clients", "disable", "dashboard")
    assert "dashboard  partner  equipment:read  [7100010]  disabled" in run("clients", "list").output


def test_the_store_is_made_checked_and_taken_back(run: Run, tmp_path: Path) -> None:
    assert f"empty → {newest()} (newest)" in run("store", "migrate").output
    assert stat.S_IMODE((tmp_path / "portal.db").stat().st_mode) == 0o600
    checked = run("store", "check").output
    assert "the audit trail is whole: 0 entries" in checked
    assert re.search(r"^ +0  users$", checked, re.MULTILINE)
    assert f"{newest()} → 0001" in run("store", "migrate", "--to", "0001").output
    assert f"revision 0001, not {newest()}" in run("store", "check", code=2).output
    assert f"0001 → {newest()} (newest)" in run("store", "migrate").output


def test_a_backup_is_a_database_as_good_as_the_first(run: Run, tmp_path: Path) -> None:
    invite(run)
    copy = tmp_path / "copy.db"
    run("store", "backup", str(copy))
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT email FROM users").fetchall() == [("ewa@north.example",)]
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert "is there already" in run("store", "backup", str(copy), code=2).output


def test_a_trail_that_somebody_changed_shows(run: Run, tmp_path: Path) -> None:
    invite(run)
    whole = run("audit", "verify").output
    newest = whole.rpartition(" ")[2].strip()
    assert "2 entries, none missing or changed" in whole
    run("audit", "verify", "--expect", newest)
    with closing(sqlite3.connect(tmp_path / "portal.db")) as database, database:
        database.execute("DROP TRIGGER audit_no_delete")
        database.execute("DELETE FROM audit WHERE number = 2")
    assert "cut off" in run("audit", "verify", "--expect", newest, code=1).output
    with closing(sqlite3.connect(tmp_path / "portal.db")) as database, database:
        database.execute("DROP TRIGGER audit_no_update")
        database.execute("UPDATE audit SET actor = 'eve' WHERE number = 1")
    assert "broken at entry 1" in run("audit", "verify", code=1).output
    assert "broken at entry 1" in run("store", "check", code=1).output


def test_the_trail_is_written_to_files(run: Run, tmp_path: Path) -> None:
    invite(run, "ewa@north.example", "--name", "=1+1")
    lines, table = tmp_path / "trail.jsonl", tmp_path / "trail.csv"
    assert "2 entries" in run("audit", "export", str(lines)).output
    rows = [json.loads(line) for line in lines.read_text().splitlines()]
    assert [row["action"] for row in rows] == ["USER_INVITED", "LINK_SENT"]
    assert rows[0]["actor"].startswith("operator:")
    run("audit", "export", str(table))
    with table.open(newline="") as file:
        assert [row["action"] for row in csv.DictReader(file)] == ["USER_INVITED", "LINK_SENT"]
    assert "0 entries" in run("audit", "export", str(tmp_path / "none.csv"), "--since", "2100-01-01").output
    assert "is there already" in run("audit", "export", str(table), code=2).output
    with_nobody = run("audit", "export", str(tmp_path / "about.jsonl"), "--about", "nobody")
    assert "0 entries" in with_nobody.output


def test_no_cell_of_an_exported_trail_is_a_formula(run: Run, tmp_path: Path, store_url: str) -> None:
    async def record() -> None:
        store = MANIFEST.connect("store", MANIFEST.settings.model_validate({"url": store_url}), utc_now)
        assert isinstance(store, PortalStore)
        await store.audit.record(AuditEvent(action=AuditAction.REFUSED, actor='=HYPERLINK("x")', subject="@SUM(1)"))
        await store.close()

    asyncio.run(record())
    run("audit", "export", str(tmp_path / "trail.csv"))
    with (tmp_path / "trail.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["actor"], row["subject"]) == ('\'=HYPERLINK("x")', "'@SUM(1)")


class TestOnPostgreSQL:
    """The same commands over the other database."""

    @pytest.fixture
    def store_url(self, tmp_path: Path) -> Iterator[str]:
        url, drop = asyncio.run(new_database("postgresql", tmp_path))
        yield url

        async def dropped() -> None:
            await drop()

        asyncio.run(dropped())

    def test_it_is_made_checked_backed_up_and_taken_back(
        self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert "(newest)" in run("store", "migrate").output
        invite(run)
        assert "the audit trail is whole: 2 entries" in run("store", "check").output
        monkeypatch.setenv("PATH", "/nowhere")
        assert "pg_dump is not on the PATH" in run("store", "backup", str(tmp_path / "copy.dump"), code=1).output
        monkeypatch.setenv("PATH", f"{programs()}{os.pathsep}/usr/bin")
        run("store", "backup", str(tmp_path / "copy.dump"))
        assert (tmp_path / "copy.dump").read_bytes().startswith(b"PGDMP")
        assert "→ empty" in run("store", "migrate", "--to", "base").output
