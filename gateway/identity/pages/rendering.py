"""How a page is made: its language, its texts, its template, and the headers that keep it safe."""

import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.languages import asked_language

FALLBACK = "en"
LANGUAGE_COOKIE = "portal-lang"

_NAMES = {"en": "English", "pl": "Polski"}
_YEAR = 365 * 86_400
_HEADERS = {
    "cache-control": "no-store",
    # The address may hold a link's secret; but a form's origin is told only where the address may be told, too.
    "referrer-policy": "same-origin",
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
}
_TEMPLATES = Environment(
    loader=PackageLoader("gateway.identity.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)

Texts = Mapping[str, Any]  # Any: texts, and tables of them


@cache
def texts(locale: str) -> Texts:
    folder = files("gateway.identity.pages") / "texts"
    return tomllib.loads((folder / f"{locale}.toml").read_text(encoding="utf-8"))


@cache
def languages() -> tuple[str, ...]:
    """Those there are catalogues for."""
    folder = files("gateway.identity.pages") / "texts"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir()))


@cache
def static_file(name: str) -> bytes:
    return (files("gateway.identity.pages") / "static" / name).read_bytes()


@cache
def version() -> str:
    """Changes with the static files, so that browsers may keep them."""
    return hashlib.sha256(static_file("identity.css") + static_file("password.js")).hexdigest()[:12]


def locale_of(request: Request, preferred: str | None = None) -> str:
    """What the person chose here; else `preferred`; else what the browser asks for."""
    chosen = (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE), preferred)
    asked = asked_language(request.headers.get("accept-language", ""), languages())
    return next((each for each in (*chosen, asked) if each in languages()), None) or FALLBACK


def render(
    request: Request,
    template: str,
    title: str,
    *,
    status: int = 200,
    locale: str,
    helpdesk: str | None = None,
    **values: Any,  # Any: what the template names
) -> Response:
    """A page. `failed` among the values is the message of what went wrong."""
    html = _TEMPLATES.get_template(f"{template}.html").render(
        locale=locale,
        t=texts(locale),
        title=title,
        version=version(),
        languages=[(code, _NAMES.get(code, code), _in(request.url, code)) for code in languages()],
        helpdesk=helpdesk,
        **({"failed": None} | values),
    )
    response = HTMLResponse(html, status, _HEADERS)
    if request.query_params.get("lang") in languages():
        response.set_cookie(LANGUAGE_COOKIE, locale, max_age=_YEAR, secure=True, httponly=True, samesite="lax")
    return response


def _in(url: URL, code: str) -> str:
    """The same page in that language."""
    kept = [(name, value) for name, value in parse_qsl(url.query) if name != "lang"]
    return f"{url.path}?{urlencode([*kept, ('lang', code)])}"
