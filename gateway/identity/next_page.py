"""Where a sign-in leads to: a path of our own, whatever the address says."""

import re

_LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
HOME = "/"


def safe_next(text: str | None) -> str:
    """The path and query to go to; HOME for anything that could lead to another site (an open redirect)."""
    return text if text is not None and _LOCAL.fullmatch(text) else HOME
