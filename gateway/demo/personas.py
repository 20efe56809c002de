"""Signing in as somebody of the demo's story: on the command line, and in the demo's GraphiQL page."""

from collections.abc import Mapping, Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fixtures.simulators.openid_provider import DemoIssuer
from fixtures.world.loader import load_story
from fixtures.world.model import Persona
from gateway.demo.state import DemoError, Running

LIFETIME = 8 * 3600.0  # seconds: a working day
_MOST_BYTES = 1024
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


def personas() -> dict[str, Persona]:
    """Who there is in the story, by name."""
    return {persona.name: persona for persona in load_story().personas}


def token_of(name: str, running: Running) -> str:
    """A token of the persona for that demo. Raises DemoError, which lists whom there is."""
    known = personas()
    persona = known.get(name.strip().lower())
    if persona is None:
        names = "\n  ".join(known)
        raise DemoError(f"there is no persona {name!r}. There are:\n  {names}")
    return issuer_of(running).token_for(persona, lifetime=LIFETIME)


def issuer_of(running: Running) -> DemoIssuer:
    return DemoIssuer.from_jwk(running.key, url=running.issuer)


def routes(running: Running) -> Sequence[BaseRoute]:
    """What lets the GraphiQL page offer the personas. Only pages of the demo itself may ask: no other origin is
    allowed by CORS, and a name that merely leads here (DNS rebinding) is refused."""

    async def listed(request: Request) -> Response:
        if not is_local(request.headers):
            return _json({"error": "ask at 127.0.0.1"}, 403)
        known = personas().values()
        return _json([{"name": each.name, "role": each.role, "about": each.about} for each in known])

    async def token(request: Request) -> Response:
        if not is_local(request.headers) or request.headers.get("content-type") != "application/json":
            return _json({"error": "ask at 127.0.0.1, in JSON"}, 403)
        try:
            asked = msgspec.json.decode((await request.body())[:_MOST_BYTES], type=dict[str, str])
            return _json({"token": token_of(asked.get("name", ""), running)})
        except (msgspec.MsgspecError, DemoError):
            return _json({"error": "there is no such persona"}, 404)

    return [Route("/demo/personas", listed), Route("/demo/token", token, methods=["POST"])]


def is_local(headers: Mapping[str, str]) -> bool:
    host, _, port = headers.get("host", "").rpartition(":")
    return (host if host and port.isdecimal() else headers.get("host", "")) in _LOOPBACK


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, {"cache-control": "no-store"}, "application/json")
