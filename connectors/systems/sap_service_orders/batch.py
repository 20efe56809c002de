"""$batch: many reads in one multipart/mixed body, or writes that happen all or not at all (a changeset), and their
answers in the same order."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)? +(\d{3})[^\r\n]*")
_REST_OF_DELIMITER = re.compile(rb"(--)?[ \t]*(?=\r?\n|\Z)")
_CHANGESET = re.compile(rb"\s*(?:[^\r\n]+\r?\n)*?content-type:\s*(multipart/mixed[^\r\n]*)", re.IGNORECASE)
_BOUNDARY = re.compile(r"""boundary\s*=\s*(?:"([^"]+)"|([^\s;"]+))""", re.IGNORECASE)


class Part(NamedTuple):
    """The answer to one read. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def written(resources: Sequence[str], boundary: str) -> bytes:
    """A body of GETs. Resources are encoded, and relative to the service that the $batch is sent to."""
    head = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    parts = [
        f"--{boundary}\r\n{head}GET {resource} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"
        for resource in resources
    ]
    return ("".join(parts) + f"--{boundary}--\r\n").encode("ascii")


class Write(NamedTuple):
    """One write of a changeset. `headers` are its own; the content is JSON."""

    method: str
    resource: str
    headers: Mapping[str, str]
    content: bytes


def changeset(writes: Sequence[Write], boundary: str) -> bytes:
    """A body of one changeset. Resources as in `written`."""
    inner = f"changes_{boundary}"
    parts = [_written_change(write, number, inner) for number, write in enumerate(writes, start=1)]
    head = f"--{boundary}\r\nContent-Type: multipart/mixed; boundary={inner}\r\n\r\n".encode("ascii")
    return head + b"".join(parts) + f"--{inner}--\r\n\r\n--{boundary}--\r\n".encode("ascii")


def _written_change(write: Write, number: int, boundary: str) -> bytes:
    mime = f"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: {number}\r\n\r\n"
    told = {"Accept": "application/json", "Content-Type": "application/json", **write.headers}
    told["Content-Length"] = str(len(write.content))
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    head = f"--{boundary}\r\n{mime}{write.method} {write.resource} HTTP/1.1\r\n{lines}\r\n"
    return head.encode("latin-1") + write.content + b"\r\n"


def read(content_type: str, body: bytes) -> list[Part]:
    """The parts of an answer, with either line end; those of a changeset stand in its place. Raises ValueError where it
    is not multipart.

    Content-Length within a part is not relied on: some servers count characters, some leave it out.
    """
    found = _BOUNDARY.search(content_type)
    if found is None or not content_type.lower().startswith("multipart/"):
        raise ValueError("not a multipart answer")
    marks = list(_delimiters(body, b"--" + (found[1] or found[2]).encode("latin-1")))
    if not marks:
        raise ValueError("the boundary does not occur")
    ends = [mark.start for mark in marks[1:]] + [len(body)]
    found_parts: list[Part] = []
    for mark, end in zip(marks, ends, strict=True):
        text = body[mark.end : end]
        if mark.is_last or not text.strip():
            continue
        nested = _CHANGESET.match(text)
        found_parts += read(nested[1].decode("latin-1"), text) if nested else [_part(text)]
    return found_parts


class _Delimiter(NamedTuple):
    """Where a line of the boundary stands, from the end of the line before to its own."""

    start: int
    end: int
    is_last: bool


def _delimiters(body: bytes, delimiter: bytes) -> Iterator[_Delimiter]:
    """Found by `find`: an expression that looks at every line's start takes ten times as long."""
    at = body.find(delimiter)
    while at >= 0:
        rest = _REST_OF_DELIMITER.match(body, at + len(delimiter))
        if rest is not None and (at == 0 or body[at - 1] == 0x0A):
            start = at - 2 if body[max(at - 2, 0) : at] == b"\r\n" else max(at - 1, 0)
            yield _Delimiter(start, rest.end(), rest[1] is not None)
        at = body.find(delimiter, at + len(delimiter))


def _part(text: bytes) -> Part:
    """One part: MIME headers, a blank line, and within it a status line, headers, a blank line, a body."""
    status = _STATUS_LINE.search(text)
    if status is None:
        raise ValueError("a part without a status line")
    head, body = _split(text[status.end() :])
    return Part(int(status[1]), head, body.strip())


def _split(text: bytes) -> tuple[dict[str, str], bytes]:
    blank = _BLANK_LINE.search(text)
    head, body = (text, b"") if blank is None else (text[: blank.start()], text[blank.end() :])
    lines = [line.partition(":") for line in head.decode("latin-1").splitlines()]
    return {name.strip().lower(): value.strip() for name, colon, value in lines if colon}, body
