"""What mails say, in the reader's language: texts from the catalogues, the layout from one template."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import uuid4

from jinja2 import Environment, PackageLoader, StrictUndefined

from auth.notices import Notice

FALLBACK = "en"

_TEMPLATES = Environment(
    loader=PackageLoader("gateway.mail"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


@cache
def texts(locale: str) -> Mapping[str, Any]:  # Any: texts, and lists of them
    """The catalogue of a language; the English one where there is none."""
    folder = files("gateway.mail") / "texts"
    found = folder / f"{locale}.toml"
    return tomllib.loads((found if found.is_file() else folder / f"{FALLBACK}.toml").read_text(encoding="utf-8"))


def render(kind: Notice, locale: str, values: Mapping[str, str], *, to: str, sender: str, at: datetime) -> EmailMessage:
    """The mail. Raises KeyError where its text names a value that is not given, ValueError for what is no address."""
    words = texts(locale)
    own, layout = words[kind.value], words["layout"]
    subject = _one_line(own["subject"].format_map(values))
    parts = {
        "greeting": _greeting(own, layout, values.get("name", "")),
        "paragraphs": [paragraph.format_map(values) for paragraph in own["paragraphs"]],
        "button": own.get("button"),
        "link": values["link"] if "button" in own else "",
        "address": layout["address"],
        "closing": layout["closing"],
        "why": layout["wished"] if "stop" in values else layout["why"],
        "stop_words": layout["stop"],
        "stop": values.get("stop", ""),
    }
    message = EmailMessage(policy=SMTP)
    name, address = parseaddr(sender)
    message["From"] = Address(display_name=name, addr_spec=address)
    message["To"] = _address(to)
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{uuid4()}@{address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence notes in answer
    if "stop" in values:  # RFC 8058: one click, and no question
        message["List-Unsubscribe"] = f"<{values['stop']}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(_text(parts))
    html = _TEMPLATES.get_template("mail.html").render(locale=locale, subject=subject, **parts)
    message.add_alternative(html, subtype="html")
    message["Content-Language"] = locale
    return message


def _greeting(own: Mapping[str, str], layout: Mapping[str, str], name: str) -> str:
    """Of who has told no name, without one."""
    usual = layout["greeting"] if name else layout["greeting_unnamed"]
    return own.get("greeting", usual).format_map({"name": name})


def _text(parts: Mapping[str, Any]) -> str:
    lines = [parts["greeting"], *parts["paragraphs"]]
    if parts["button"]:
        lines.append(f"{parts['button']}:\n{parts['link']}")
    foot = f"-- \n{parts['why']}" + (f"\n{parts['stop_words']}: {parts['stop']}" if parts["stop"] else "")
    return "\n\n".join([*lines, parts["closing"], foot]) + "\n"


def _address(text: str) -> Address:
    try:
        return Address(addr_spec=text)
    except (HeaderParseError, IndexError) as error:  # of the standard library's own parser
        raise ValueError("this is no mail address") from error


def _one_line(text: str) -> str:
    return " ".join(text.split())
