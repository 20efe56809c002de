"""Where a request comes from: which page sent it, and from which network."""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

_BITS = {4: 24, 6: 64}  # what one household, or one hospital, has


def network_of(request: HTTPConnection) -> str:
    """The network of the client's address (IPv4 /24, IPv6 /64): near enough to tell attackers apart, too coarse to
    follow a person. "" where there is no address."""
    host = request.client.host if request.client is not None else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None) or address
    return str(ip_network((mapped, _BITS[mapped.version]), strict=False))


def is_from_our_pages(request: HTTPConnection, origins: Iterable[str]) -> bool:
    """Whether a page of ours sent the request: by `Origin`, which every browser sends with what changes something.

    `origins` are those beside the request's own. A request that tells no origin is no browser's, or is a mere link's.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "same-site"):
        return False
    origin = request.headers.get("origin", "")
    scheme = request.url.scheme.replace("ws", "http")  # a page's own scheme, where it opens a WebSocket
    own = f"{scheme}://{request.headers.get('host', '')}"
    return bool(urlsplit(origin).netloc) and origin in {own, *origins}
