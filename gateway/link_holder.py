"""Who opens a link: the one that it was made for, as of now, whoever follows it; and nobody else who says so."""

from starlette.requests import Request

from auth.viewer import ANYONE, Viewer
from gateway.request import Authentication
from gateway.sealing import NotOurs


async def holder_of(request: Request, viewer: Viewer, authentication: Authentication) -> Viewer:
    """Raises NotOurs where somebody else's token stands beside the link, InvalidToken where its holder is not let in
    any more, Refusal as `Authentication.viewer_of`."""
    now = await authentication.renewed(viewer)
    if request.headers.getlist("authorization"):
        present = await authentication.viewer_of(request, passing=True)
        if present is not ANYONE and present.subject != now.subject:
            raise NotOurs
    return now
