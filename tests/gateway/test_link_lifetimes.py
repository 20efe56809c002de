"""Links to tables, statements, calendars and documents end with their time, and nobody makes or changes one (R10)."""

import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from auth.attachments import DocumentReference
from auth.calendar_links import CalendarOf
from auth.exports import ExportOf
from auth.statements import StatementOf
from auth.viewer import Role, Viewer
from connectors.registry import utc_now
from connectors.vocabulary import ExportFormat, ExportList
from gateway.calendars.links import SealedCalendarLinks
from gateway.exports import links as exports
from gateway.files.links import Lifetimes, SealedLinks
from gateway.sealing import NotOurs
from gateway.statements.links import SealedStatementLinks

pytestmark = pytest.mark.rule("R10")

WHO = Viewer(subject="somebody", role=Role.READER)
SECONDS = 300
TABLE = ExportOf(list=ExportList.CASES, columns=("NUMBER",), format=ExportFormat.CSV)
STATEMENT = StatementOf(installed_product_id="a", first=date(2026, 1, 1), last=date(2026, 3, 31))
DOCUMENT = DocumentReference(installed_product_id="a", document_id="d", name="d.pdf")

Made = tuple[str, Callable[[str], Any]]  # a token, and what opens it


def of_table(secret: str) -> Made:
    links = exports.SealedExportLinks("https://portal.test", secret, SECONDS)
    return links.link(exports.Opened(WHO, of=TABLE), "cases.csv").split("/")[-2], links.opened


def of_statement(secret: str) -> Made:
    links = SealedStatementLinks("https://portal.test", secret, SECONDS)
    return links.link(WHO, STATEMENT, "uptime").split("/")[-2], links.opened


def of_calendar(secret: str) -> Made:
    links = SealedCalendarLinks("https://portal.test", secret, SECONDS)
    return links.calendar(WHO, CalendarOf(visit="80000101")).rpartition("/")[2], links.opened


def of_document(secret: str) -> Made:
    links = SealedLinks("https://portal.test", secret, Lifetimes(SECONDS, SECONDS), utc_now)
    return links.link(WHO, DOCUMENT).split("/")[-2], links.opened


KINDS = pytest.mark.parametrize("kind", [of_table, of_statement, of_calendar, of_document])


@KINDS
def test_a_link_lives_as_long_as_it_should(kind: Callable[[str], Made], monkeypatch: pytest.MonkeyPatch) -> None:
    token, opened = kind("s" * 32)
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + SECONDS - 2)
    assert opened(token)
    monkeypatch.setattr("time.time", lambda: now + SECONDS + 2)
    with pytest.raises(NotOurs):
        opened(token)


@KINDS
def test_a_link_of_another_secret_or_kind_is_none(kind: Callable[[str], Made]) -> None:
    token, opened = kind("s" * 32)
    others = [make("s" * 32)[0] for make in (of_table, of_statement, of_calendar, of_document) if make is not kind]
    for wrong in (kind("t" * 32)[0], token[:-6] + "AAAAAA", "", "nonsense", "\udcff", *others):
        with pytest.raises(NotOurs):
            opened(wrong)
