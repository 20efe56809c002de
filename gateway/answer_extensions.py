"""What is told beside the data of an answer: what it cost, whether its document is trusted, what was asked upstream."""

from collections.abc import Collection, Sequence

import msgspec
from starlette.requests import HTTPConnection

from auth.viewer import Role, Viewer
from connectors.transport.calls import UpstreamCall
from gateway.costs import Cost
from gateway.trusted_documents.choice import Chosen

SHOW_CALLS = "x-show-calls"
"""The header by which a page asks for the upstream calls, for people who look how a query does."""


def shows_calls(request: HTTPConnection, viewer: Viewer, roles: Collection[Role]) -> bool:
    return request.headers.get(SHOW_CALLS) == "1" and viewer.role in roles


def extensions_of(cost: Cost, chosen: Chosen, calls: Sequence[UpstreamCall] | None) -> bytes:
    """As JSON."""
    told: dict[str, object] = {"cost": {"requested": cost.requested, "maximum": cost.maximum}}
    if chosen.trusted is not None:
        told["documents"] = {"trusted": chosen.trusted}
    if calls is not None:
        told["calls"] = _told(calls)
    return msgspec.json.encode(told)


def _told(calls: Sequence[UpstreamCall]) -> list[dict[str, object]]:
    """By when they began, in milliseconds since the first. No host, no parameter, nothing that a row holds."""
    ordered = sorted(calls, key=lambda call: call.started)
    return [
        {
            "system": call.system,
            "method": call.method,
            "of": call.target.rstrip("/").rpartition("/")[2].partition("(")[0],
            "began": round((call.started - ordered[0].started) * 1000, 1),
            "took": round(call.seconds * 1000, 1),
            "status": call.status or None,
            "bytes": call.bytes,
            "outcome": call.outcome,
        }
        for call in ordered
    ]
