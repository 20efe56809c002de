"""The mails of the demo, to be read on a page: nobody's mailbox is there to get them."""

import re
from collections.abc import Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.demo.personas import is_local

_NAME = re.compile(r"[0-9T]{10,30}-[0-9a-f]{8}\.eml")
_LINK = re.compile(r"https?://[^\s<>&]+")
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
}
_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere}"
)


def routes(folder: Path) -> Sequence[BaseRoute]:
    """`/demo/mail` lists what is in the folder, the newest first; `/demo/mail/<name>` shows one."""

    async def listed(request: Request) -> Response:
        if not is_local(request.headers):
            return Response(status_code=403)
        rows = [_row(path.name, _read(path)) for path in _mails(folder)]
        return _page("Mails", f"<ol>{''.join(rows)}</ol>" if rows else "<p>No mail was sent yet.</p>")

    async def shown(request: Request) -> Response:
        name = request.path_params["name"]
        if not is_local(request.headers) or not _NAME.fullmatch(name) or not (folder / name).is_file():
            return Response(status_code=404)
        mail = _read(folder / name)
        body = mail.get_body(("plain",))
        text = escape(body.get_content() if body is not None else "")
        linked = _LINK.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', text)
        head = f"<p>To {escape(str(mail['to']))}</p>"
        return _page(str(mail["subject"]), f'{head}<pre>{linked}</pre><p><a href="/demo/mail">All mails</a></p>')

    return [Route("/demo/mail", listed), Route("/demo/mail/{name}", shown)]


def _mails(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.eml"), reverse=True)


def _read(path: Path) -> EmailMessage:
    mail = message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(mail, EmailMessage)  # noqa: S101  # the default policy makes no other
    return mail


def _row(name: str, mail: EmailMessage) -> str:
    return f'<li><a href="/demo/mail/{name}">{escape(str(mail["subject"]))}</a> – {escape(str(mail["to"]))}</li>'


def _page(title: str, content: str) -> Response:
    return HTMLResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1>{content}",
        headers=_HEADERS,
    )
