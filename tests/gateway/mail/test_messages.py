"""What mails say: every kind in every language, safe whatever is filled in."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from importlib.resources import files

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auth.notices import Notice
from gateway.mail.messages import render, texts

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
VALUES = {
    "name": "Ewa Nowak",
    "link": "https://portal.test/activate/abc",
    "date": "2026-07-01",
    "reference": "AR-23456789AB",
    "answer": "To nie nasz sprzęt.",
    "delivery": "0b7f3f0e",
    "number": "WEB-23456789AB",
    "description": "Bild rauscht",
    "state": "W toku",
    "when": "2026-07-01 09:00",
}
LOCALES = sorted(entry.name.removesuffix(".toml") for entry in (files("gateway.mail") / "texts").iterdir())
SENDER = "Portal klienta <portal@maker.example>"


def mail(kind: Notice, locale: str = "pl", to: str = "ewa@clinic.example", **changes: str) -> EmailMessage:
    """As it is read again by whoever gets it."""
    made = render(kind, locale, VALUES | changes, to=to, sender=SENDER, at=NOW)
    read = message_from_bytes(made.as_bytes(), policy=default)
    assert isinstance(read, EmailMessage)
    return read


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_polish_and_english_are_there_from_the_start() -> None:
    assert {"pl", "en"} <= set(LOCALES)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", Notice, ids=lambda kind: kind.value)
def test_every_kind_is_written_in_every_language(kind: Notice, locale: str) -> None:
    message = mail(kind, locale)
    assert message["subject"]
    assert message["content-language"] == locale
    text, html = part(message, "plain"), part(message, "html")
    assert "{" not in text + message["subject"]
    assert f'<html lang="{locale}">' in html
    if "button" in texts(locale)[kind.value]:
        assert VALUES["link"] in text
        assert f'href="{VALUES["link"]}"' in html
    assert not re.search(r'(?:src|href)="(?!https://portal\.test/)', html), "nothing is fetched from anywhere"


@pytest.mark.parametrize("locale", LOCALES)
def test_the_catalogues_name_the_same_values(locale: str) -> None:
    def names(locale: str) -> dict[str, list[str]]:
        return {key: sorted(set(re.findall(r"\{(\w+)\}", str(value)))) for key, value in texts(locale).items()}

    assert names(locale) == names("en")


def test_it_says_who_sent_it_when_and_that_a_machine_did() -> None:
    message = mail(Notice.RESET)
    assert (message["from"], message["to"]) == (SENDER, "ewa@clinic.example")
    assert message["date"].datetime == NOW
    assert message["message-id"].endswith("@maker.example>")
    assert message["auto-submitted"] == "auto-generated"
    assert mail(Notice.RESET)["message-id"] != message["message-id"]


def test_a_language_that_nobody_wrote_is_english() -> None:
    assert "Choose a new password" in mail(Notice.RESET, "xx")["subject"]


@given(st.text(st.characters(codec="utf-8"), max_size=60))
@example("<")
@example("<script>alert('1')</script>")
def test_what_is_filled_in_is_text_and_nothing_else(hostile: str) -> None:
    made, harmless = (
        render(
            Notice.ACCESS_REQUEST_FOR_HELPDESK,
            "en",
            VALUES | {"name": filled, "reference": filled},
            to="a@b.example",
            sender=SENDER,
            at=NOW,
        )
        for filled in (hostile, "Ewa")
    )
    assert {name.lower() for name in made} == {
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "auto-submitted",
        "content-language",
        "mime-version",
        "content-type",
    }
    assert len(made.get_all("to", [])) == 1
    for mark in "<>\"'":
        assert part(made, "html").count(mark) == part(harmless, "html").count(mark)


@pytest.mark.parametrize("to", ["a@b.example\nBcc: c@d.example", "a@b.example, c@d.example", "no address", ""])
def test_an_address_that_is_none_or_several_is_not_written_to(to: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        mail(Notice.RESET, to=to)


@pytest.mark.parametrize(("locale", "greeting"), [("en", "Hello,"), ("pl", "Dzień dobry!")])
def test_who_has_told_no_name_is_greeted_without_one(locale: str, greeting: str) -> None:
    body = mail(Notice.CASE_STATUS_CHANGED, locale, name="").get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines()[0] == greeting
