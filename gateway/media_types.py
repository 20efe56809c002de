"""Which form an answer takes: content negotiation by the Accept header (RFC 9110, 12.5.1)."""

from collections.abc import Iterator
from typing import NamedTuple

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"

_EXACT, _SUBTYPE, _ANY, _NONE = 3, 2, 1, 0


class Match(NamedTuple):
    """How well a media type suits: the client's weight for it, and whether the client named the very type."""

    media_type: str
    quality: float
    exact: bool


def negotiate(accept: str) -> Match | None:
    """The GraphQL response form that the client prefers; None where it takes neither.

    A client that names none (`*/*`, or no header) gets plain JSON, as GraphQL over HTTP asks for such clients.
    """
    if not accept.strip():
        return Match(JSON, 1.0, exact=False)
    ranges = list(_ranges(accept))
    ranked = []
    for media_type in (GRAPHQL_RESPONSE, JSON):
        quality, specificity = _suits(media_type, ranges)
        wanted = media_type == (GRAPHQL_RESPONSE if specificity == _EXACT else JSON)
        if quality > 0:
            ranked.append((quality, specificity, wanted, Match(media_type, quality, specificity == _EXACT)))
    return max(ranked)[-1] if ranked else None


def wants_page(accept: str) -> bool:
    """Whether a browser asks for something to look at, rather than a client for JSON."""
    ranges = list(_ranges(accept))
    quality, specificity = _suits("text/html", ranges)
    if quality == 0 or specificity < _EXACT:
        return False
    answer = negotiate(accept)
    return answer is None or not answer.exact or quality > answer.quality


def _suits(media_type: str, ranges: list[tuple[str, float]]) -> tuple[float, int]:
    """The quality that the most specific range gives the type, and how specific that is."""
    kind = media_type.partition("/")[0]
    patterns = {media_type: _EXACT, f"{kind}/*": _SUBTYPE, "*/*": _ANY}
    found = [(patterns[pattern], quality) for pattern, quality in ranges if pattern in patterns]
    specificity, quality = max(found, default=(_NONE, 0.0))
    return quality, specificity


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                quality = _quality(value.strip())
        if name:
            yield name.lower(), quality


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0
