"""A statement as a PDF file: tagged for readers of screens (PDF/UA-1) and archivable (PDF/A-2a). The same statement of
the same day gives the same bytes."""

import json
import math
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import as_file, files
from typing import Any
from zoneinfo import ZoneInfo

import typst
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal

from auth.analytics.cases import Spread
from auth.statements import EndOfLifeStatement, Incident, MonthOfUptime, Subject, UptimeReport
from schema.labels import label

FALLBACK = "en"

Words = Mapping[str, Any]  # Any: texts, and lists and tables of them
Values = dict[str, Any]  # Any: JSON

_STANDARDS: list[Any] = ["a-2a", "ua-1"]


class Writer:
    """Writes as somebody reads: `now` is the moment that the statement is as of."""

    def __init__(self, locale: str, zone: str, now: datetime) -> None:
        self.words = texts(locale)
        self.locale = locale if locale in languages() else FALLBACK
        self.zone = ZoneInfo(zone)
        self.now = now.astimezone(self.zone)

    def number(self, value: float, digits: int = 1) -> str:
        return str(format_decimal(round(value, digits), format=f"#,##0.{'0' * digits}", locale=self.locale))

    def share(self, value: float) -> str:
        """Per cent, never rounded up to a round hundred that it is not."""
        return self.number(int(value * 100) / 100, 2)

    def day(self, value: date | None) -> str:
        return "" if value is None else str(format_date(value, "long", locale=self.locale))

    def distance(self, days: int) -> str:
        """As `in 57 days`, or `57 days ago`."""
        told = format_timedelta(
            timedelta(days=days), granularity="day", threshold=math.inf, add_direction=True, locale=self.locale
        )
        return str(told)

    def moment(self, value: datetime) -> str:
        return str(format_datetime(value, "short", tzinfo=self.zone, locale=self.locale))


def uptime_pdf(report: UptimeReport, writer: Writer) -> bytes:
    words = writer.words["uptime"]
    values = {
        "title": words["title"],
        "period": f"{writer.day(report.first)} – {writer.day(report.last)}",
        "subject": _subject(report.subject, writer, contracts=", ".join(report.contracts)),
        "figures": _figures(report, writer, words),
        "months": [_month(each, report, writer) for each in report.months],
        "incidents": [_incident(each, writer, words) for each in report.incidents],
        "planned": [
            {
                "date": writer.moment(each.at),
                "description": each.description or "",
                "state": words["done"] if each.done else words["pending"],
            }
            for each in report.planned
        ],
    }
    return _pdf("uptime", values, words, writer)


def end_of_life_pdf(statement: EndOfLifeStatement, writer: Writer) -> bytes:
    words = writer.words["end_of_life"]
    asset = statement.subject.asset
    today = writer.now.date()
    values = {
        "title": words["title"],
        "subject": _subject(statement.subject, writer),
        "end_of_life": _dated(asset.end_of_life, today, writer, words),
        "end_of_service": _dated(asset.end_of_service, today, writer, words),
        "means": _means(asset.end_of_life, asset.end_of_service, today, words),
        "endings": [
            {
                "what": words[each.kind if each.active else f"{each.kind}_over"],
                "number": each.number,
                "description": each.description or "",
                "until": words["open_ended"] if each.end is None else writer.day(each.end),
            }
            for each in statement.endings
        ],
        "replaced": _replaced(statement, words),
    }
    return _pdf("end_of_life", values, words, writer)


@cache
def texts(locale: str) -> Words:
    """The words of a language; the English ones where there are none."""
    folder = files("gateway.statements") / "texts"
    return tomllib.loads((folder / f"{_known(locale)}.toml").read_text(encoding="utf-8"))


@cache
def languages() -> frozenset[str]:
    return frozenset(entry.name.removesuffix(".toml") for entry in (files("gateway.statements") / "texts").iterdir())


def _known(locale: str) -> str:
    return locale if locale in languages() else FALLBACK


def _pdf(template: str, values: Values, words: Words, writer: Writer) -> bytes:
    made = writer.now.date()
    footer = writer.words["footer"].format(day=writer.day(made), zone=writer.zone.key)
    data = {
        **values,
        "lang": writer.locale,
        "made": {"year": made.year, "month": made.month, "day": made.day},
        "footer": footer,
        "t": {**words, "page": writer.words["page"], "author": writer.words["author"]},
    }
    with as_file(files("gateway.statements") / "templates") as folder:
        content = typst.compile(
            str(folder / f"{template}.typ"),
            root=str(folder),
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards=_STANDARDS,
            timestamp=int(datetime.combine(made, time(), UTC).timestamp()),
        )
    assert isinstance(content, bytes)  # noqa: S101  # one document
    return content


def _subject(subject: Subject, writer: Writer, *, contracts: str = "") -> Values:
    asset, words = subject.asset, writer.words["facts"]
    location = subject.location
    place = ", ".join(part for part in (location and location.name, location and location.city) if part)
    facts: list[tuple[str, str | None]] = [
        ("description", asset.description),
        ("custom_name", subject.custom_name),
        ("asset_id", asset.asset_id),
        ("serial_number", asset.serial_number),
        ("modality", None if asset.modality is None else label(asset.modality, writer.locale)),
        ("installation_date", writer.day(asset.installation_date)),
        ("account", subject.account_name),
        ("location", place),
        ("technical_id", asset.technical_id),
        ("contracts", contracts),
    ]
    short = " · ".join(part for part in (asset.description, asset.serial_number or asset.asset_id) if part)
    return {"facts": [(words[name], value) for name, value in facts if value], "short": short}


def _figures(report: UptimeReport, writer: Writer, words: Words) -> Values | None:
    uptime = report.uptime
    if uptime is None:
        return None
    kept = verdict = None
    if report.guaranteed is not None:
        missing = float(report.guaranteed) - uptime.availability
        kept = missing <= 0
        verdict = words["kept"] if kept else words["missed"].format(value=writer.number(missing, 2))
    return {
        "availability": f"{writer.share(uptime.availability)} %",
        "guaranteed": words["nothing_guaranteed"]
        if report.guaranteed is None
        else words["guaranteed"].format(value=writer.number(float(report.guaranteed), 2)),
        "kept": kept,
        "verdict": verdict,
        "down": words["hours_unit"].format(value=writer.number(uptime.down)),
        "of_hours": words["of_hours"].format(value=writer.number(uptime.hours)),
        **_spread("response", report.response, writer, words),
        **_spread("repair", report.repair, writer, words),
    }


def _spread(name: str, spread: Spread | None, writer: Writer, words: Words) -> Values:
    if spread is None:
        return {name: words["none"], f"{name}_note": words["no_cases"]}
    note = words["median_of"].format(count=spread.cases, value=writer.number(spread.percentile_90))
    return {name: words["hours_unit"].format(value=writer.number(spread.median)), f"{name}_note": note}


def _month(each: MonthOfUptime, report: UptimeReport, writer: Writer) -> Values:
    first = date.fromisoformat(f"{each.month}-01")
    return {
        "name": str(format_date(first, "LLLL y", locale=writer.locale)),
        "share": each.availability / 100,
        "availability": writer.share(each.availability),
        "kept": None if report.guaranteed is None else each.availability >= float(report.guaranteed),
    }


def _incident(each: Incident, writer: Writer, words: Words) -> Values:
    ended = words["open"] if each.is_open else words["unknown"]
    return {
        "number": each.number,
        "description": each.description or "",
        "priority": None if each.priority is None else label(each.priority, writer.locale),
        "from": writer.moment(each.started_at),
        "to": ended if each.ended_at is None else writer.moment(each.ended_at),
        "hours": writer.number(each.hours),
    }


def _dated(day: date | None, today: date, writer: Writer, words: Words) -> Values:
    if day is None:
        return {"day": words["no_date"], "note": None, "past": False}
    left = (day - today).days
    note = words["today"] if left == 0 else writer.distance(left)
    return {"day": writer.day(day), "note": note, "past": left < 0}


def _means(life: date | None, service: date | None, today: date, words: Words) -> list[str]:
    told: list[tuple[date | None, str]] = [(life, "life"), (service, "service")]
    found = [words[f"{name}_{'past' if day < today else 'ahead'}"] for day, name in told if day is not None]
    return found or [words["unannounced"]]


def _replaced(statement: EndOfLifeStatement, words: Words) -> str:
    if statement.replaced_by is None:
        return str(words["not_replaced"])
    if statement.replaced_by_code is None:
        return str(words["replaced_by_name"].format(name=statement.replaced_by))
    return str(words["replaced_by"].format(name=statement.replaced_by, code=statement.replaced_by_code))
