"""The demo's own gateway: the application over the simulators, and what it says once it answers."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal, NamedTuple

import httpx
import typer
from starlette.applications import Starlette

from fixtures.document_library import write_library
from fixtures.world.loader import load_story
from gateway.app import GRAPHQL_PATH, create_app
from gateway.demo import dashboard
from gateway.demo.mails import routes as mail_routes
from gateway.demo.people import seed_people
from gateway.demo.personas import routes, token_of
from gateway.demo.seeding import seed
from gateway.demo.settings import Addresses, files_of, settings_for
from gateway.demo.state import DemoError, Running
from gateway.demo.welcome import FIRST_QUERY, GUEST, welcome
from gateway.logging import configure_logging

_PATIENCE = 20.0  # seconds for the first answer


class Demo(NamedTuple):
    app: Starlette
    welcome: Callable[[], Awaitable[None]]


def prepare(
    running: Running,
    addresses: Addresses,
    store: Path,
    mail: Path,
    log_level: Literal["debug", "info", "warning", "error"],
) -> Demo:
    """The application, and what to do once it listens."""
    settings = settings_for(addresses, store=store, mail=mail, port=running.port, log_level=log_level)
    configure_logging(settings.server.log_level, settings.server.log_format)
    app = create_app(settings, further=[*routes(running), *mail_routes(mail), *dashboard.routes()])
    address = f"http://127.0.0.1:{running.port}{GRAPHQL_PATH}"

    async def greet() -> None:
        story = load_story()
        await asyncio.to_thread(write_library, files_of(store) / "documents", story)
        await seed(app.state.gateway.sources, story)
        await seed_people(app.state.gateway, story, running.issuer)
        await _ask(address, token_of(GUEST, running))
        typer.echo(welcome(address, running.port, addresses))

    return Demo(app, greet)


async def _ask(address: str, token: str) -> None:
    """One real question over HTTP, through every floor. Raises DemoError where it isn't answered."""
    async with httpx.AsyncClient(trust_env=False, timeout=_PATIENCE) as client:
        try:
            headers = {"authorization": f"Bearer {token}"}
            answer = (await client.post(address, json={"query": FIRST_QUERY}, headers=headers)).json()
        except (httpx.HTTPError, ValueError) as error:
            raise DemoError(f"the gateway does not answer at {address}: {error!r}") from error
    if "errors" in answer:
        raise DemoError(f"the gateway answers its first question with {answer['errors']}")
