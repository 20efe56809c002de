"""Percent-encoding of query texts: as `urllib.parse.quote`, which looks at each byte, but at the speed of `replace`."""

from functools import cache
from string import ascii_letters, digits
from urllib.parse import quote

_UNRESERVED = frozenset(ascii_letters + digits + "-._~")


def percent_encoded(text: str, safe: str = "") -> str:
    """`quote(text, safe=safe)`. `safe` holds the reserved characters that may stand as they are."""
    if not text.isascii() or not text.isprintable():
        return quote(text, safe=safe)
    for sign, code in _replacements(safe):
        if sign in text:
            text = text.replace(sign, code)
    return text


@cache
def _replacements(safe: str) -> tuple[tuple[str, str], ...]:
    """What ASCII's printable characters become, the percent sign first: the others' codes hold it."""
    kept = _UNRESERVED.union(safe)
    changed = [chr(code) for code in range(0x20, 0x7F) if chr(code) not in kept]
    return tuple((sign, f"%{ord(sign):02X}") for sign in sorted(changed, key=lambda sign: sign != "%"))
