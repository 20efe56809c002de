"""Who asks: the credentials of a request become a Viewer, and the Viewer a Context for the graph."""

import re

import structlog
from starlette.requests import HTTPConnection

from auth.claims import viewer_of
from auth.tokens import InvalidToken, ProviderUnavailable, TokenVerifier
from auth.viewer import Viewer
from gateway.refusal import Refusal
from schema.errors import ErrorCode
from schema.labels import locales

log = structlog.get_logger(__name__)

_BEARER = re.compile(r"bearer +([A-Za-z0-9\-._~+/]+=*) *", re.IGNORECASE)  # RFC 6750, 2.1
_RETRY_AFTER = 5  # seconds


async def viewer_of_request(request: HTTPConnection, verifier: TokenVerifier) -> Viewer:
    """Who asks. Raises Refusal: 401 without acceptable credentials, 503 where they can't be checked now."""
    credentials = request.headers.getlist("authorization")
    if not credentials:
        raise Refusal(
            401,
            "Sign in: send an access token with the header 'Authorization: Bearer …'.",
            code=ErrorCode.UNAUTHENTICATED,
            headers={"www-authenticate": "Bearer"},
        )
    try:
        verified = await verifier.verify(_token(credentials))
        viewer = viewer_of(verified.claims, verified.issuer.claims, locales=locales())
    except InvalidToken as error:
        log.info("identity.token_refused", reason=error.reason)
        raise Refusal(
            401,
            "The access token is not accepted. Sign in again.",
            code=ErrorCode.UNAUTHENTICATED,
            headers={"www-authenticate": 'Bearer error="invalid_token"'},
        ) from None
    except ProviderUnavailable as error:
        log.error("identity.provider_unavailable", reason=str(error))
        raise Refusal(
            503,
            "Nobody can be signed in at the moment: the identity provider does not answer.",
            code=ErrorCode.SOURCE_UNAVAILABLE,
            headers={"retry-after": str(_RETRY_AFTER)},
            system="identity provider",
            retryAfter=_RETRY_AFTER,
        ) from error
    structlog.contextvars.bind_contextvars(viewer=viewer.subject, role=viewer.role.value)
    return viewer


def _token(credentials: list[str]) -> str:
    match = _BEARER.fullmatch(credentials[0]) if len(credentials) == 1 else None
    if match is None:
        raise InvalidToken("the credentials are no bearer token")
    return match[1]
