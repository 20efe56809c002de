"""Range requests (RFC 9110, 14): one range of bytes, as browsers' viewers and broken-off downloads ask for."""

import re
from typing import NamedTuple

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Wanted(NamedTuple):
    """From `start`, which counts from the end where it is negative, up to `end`, which is not in it (None: the end)."""

    start: int
    end: int | None


class Unsatisfiable(ValueError):
    """The file has none of the bytes that are asked for."""


def wanted_range(header: str) -> Wanted | None:
    """None: all of it, as where the header asks for several ranges, or for what nobody understands."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match[1], match[2]
    if not first:
        return Wanted(-int(last), None)
    if last and int(last) < int(first):
        return None
    return Wanted(int(first), int(last) + 1 if last else None)


def placed(wanted: Wanted, size: int) -> tuple[int, int]:
    """Where it lies in a file of that size. Raises Unsatisfiable."""
    start = max(0, size + wanted.start) if wanted.start < 0 else wanted.start
    end = size if wanted.end is None else min(wanted.end, size)
    if start >= end:
        raise Unsatisfiable
    return start, end
