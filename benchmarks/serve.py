"""A server of one Python variant: `python -m benchmarks.serve gateway --port 0 < started.json`.

- `gateway`: the product as it is served, without its cache,
- `cached`: the same with its cache,
- `strawberry`: the same graph executed by Strawberry with data loaders, the systems called over plain httpx.

Reads what signs tokens and where the systems are from its input, and writes its port once it answers.
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from auth.credentials import Where
from connectors.transport.http import HttpAnswer, HttpSystem
from connectors.transport.http_headers import Headers
from gateway.app import create_app
from gateway.demo.settings import Started, settings_for
from gateway.logging import configure_logging
from gateway.server import listen, serve
from gateway.wiring import Gateway
from schema.graph import create_schema


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("variant", choices=["gateway", "cached", "strawberry"])
    chosen = options.parse_args()
    configure_logging("error", "console")
    started = msgspec.json.decode(sys.stdin.buffer.readline(), type=Started)
    with TemporaryDirectory() as folder:
        kept = {"enabled": chosen.variant == "cached", "join": False}  # joined reads would flatter us: all ask the same
        store = Path(folder) / "portal.db"
        app = create_app(settings_for(started.addresses, store=store, log_level="error", cache=kept))
        if chosen.variant == "strawberry":
            HttpSystem._send = _by_httpx  # type: ignore[method-assign]  # what this variant is about
            app = _by_strawberry(app.state.gateway)
        listener = listen("127.0.0.1", 0)
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        serve(app, listener, stop_timeout=1)


def _by_strawberry(gateway: Gateway) -> Starlette:
    schema = create_schema()

    async def graphql(request: Request) -> Response:
        viewer = await gateway.authentication.viewer_of(request)
        asked = await request.json()
        context = gateway.context_for(viewer, Where(request_id="benchmark"))
        result = await schema.execute(asked["query"], context_value=context)
        context.close()
        answer = {"data": result.data, **({"errors": [str(e) for e in result.errors]} if result.errors else {})}
        return Response(msgspec.json.encode(answer), media_type="application/json")

    return Starlette(routes=[Route("/graphql", graphql, methods=["POST"])])


_clients: dict[str, httpx.AsyncClient] = {}


async def _by_httpx(self: HttpSystem, method: str, path: str, headers: Any, content: Any, data: Any) -> HttpAnswer:
    client = _clients.get(self.settings.url)
    if client is None:
        fixed = dict(line.split(": ", 1) for line in self._fixed.decode().split("\r\n") if line)
        client = httpx.AsyncClient(base_url=self.settings.url + "/", headers=fixed, trust_env=False)
        _clients[self.settings.url] = client
    response = await client.request(method, path, headers=headers, content=content, data=data)
    return HttpAnswer(response.status_code, Headers(response.headers.raw), response.content)


if __name__ == "__main__":
    main()
