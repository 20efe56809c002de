"""A request that is answered before any of it is executed, in the form of a GraphQL error all the same."""

from collections.abc import Mapping

import msgspec
from graphql import GraphQLError
from starlette.responses import Response

from gateway.media_types import JSON
from schema.errors import ErrorCode


class Refusal(Exception):
    """`message` is for the client; it names what is wrong with the request and nothing of the gateway."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: ErrorCode = ErrorCode.BAD_INPUT,
        headers: Mapping[str, str] | None = None,
        **extensions: object,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = dict(headers or {})
        self.extensions = extensions

    def as_error(self) -> GraphQLError:
        """Where it is told among others."""
        return GraphQLError(self.message, extensions={"code": self.code.value, **self.extensions})

    def body(self) -> bytes:
        """The refusal as a GraphQL answer."""
        error = {"message": self.message, "extensions": {"code": self.code.value, **self.extensions}}
        return msgspec.json.encode({"errors": [error]})

    def response(self, media_type: str = JSON) -> Response:
        return graphql_response(self.body(), self.status, media_type, self.headers)


def not_now(message: str, system: str, *, retry_after: int = 5) -> Refusal:
    """Something that is needed can't be asked just now; `retry_after` in seconds."""
    return Refusal(
        503,
        message,
        code=ErrorCode.SOURCE_UNAVAILABLE,
        headers={"retry-after": str(retry_after)},
        system=system,
        retryAfter=retry_after,
    )


def graphql_response(body: bytes, status: int, media_type: str, headers: Mapping[str, str] | None = None) -> Response:
    """JSON as an answer. Nothing that the gateway answers may be kept by a cache: it depends on who asks."""
    fixed = {"cache-control": "no-store", "vary": "Accept, Accept-Language, Authorization, Cookie"}
    return Response(body, status, {**fixed, **(headers or {})}, media_type=f"{media_type}; charset=utf-8")
