"""Requests as bytes. Nothing that could begin another header or another request is written."""

from collections.abc import Iterable, Mapping
from urllib.parse import quote

_SEPARATORS = ("\r", "\n", "\0")
_WRITTEN_AS_IT_IS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


def request_bytes(
    method: str, target: str, fixed: bytes, headers: Mapping[str, str] | None, content: bytes | None
) -> bytes:
    """`fixed` are header lines that every request to the system carries, its host first. Raises ValueError for a
    header with a line end in it."""
    lines = [f"{method} {_target(target)} HTTP/1.1\r\n".encode("ascii"), fixed]
    if headers:
        lines.append(header_lines(headers.items()))
    if content is not None or method not in ("GET", "HEAD"):
        lines.append(b"content-length: %d\r\n" % len(content or b""))
    lines.append(b"\r\n")
    if content:
        lines.append(content)
    return b"".join(lines)


def header_lines(headers: Iterable[tuple[str, str]]) -> bytes:
    lines = []
    for name, value in headers:
        if any(separator in name or separator in value for separator in _SEPARATORS):
            raise ValueError(f"the header {name!r} holds a line end")
        lines.append(f"{name}: {value}\r\n")
    return "".join(lines).encode("latin-1")


def _target(target: str) -> str:
    """Encoded already, as a rule; what is not becomes so."""
    if target.isascii() and target.isprintable() and " " not in target:
        return target
    return quote(target, safe=_WRITTEN_AS_IT_IS)
