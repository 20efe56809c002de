"""$batch: many reads in one multipart/mixed body, and their answers in the same order."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)? +(\d{3})[^\r\n]*")
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


def read(content_type: str, body: bytes) -> list[Part]:
    """The parts of an answer, with either line end. Raises ValueError where it is not multipart.

    Content-Length within a part is not relied on: some servers count characters, some leave it out.
    """
    found = _BOUNDARY.search(content_type)
    if found is None or not content_type.lower().startswith("multipart/"):
        raise ValueError("not a multipart answer")
    boundary = re.escape((found[1] or found[2]).encode("latin-1"))
    delimiter = re.compile(rb"(?:\A|\r?\n)--" + boundary + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    marks = list(delimiter.finditer(body))
    if not marks:
        raise ValueError("the boundary does not occur")
    ends = [mark.start() for mark in marks[1:]] + [len(body)]
    return [
        _part(body[mark.end() : end])
        for mark, end in zip(marks, ends, strict=True)
        if mark[1] is None and body[mark.end() : end].strip()
    ]


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
