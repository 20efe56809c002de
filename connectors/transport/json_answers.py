"""What reading somebody else's JSON can raise."""

import msgspec

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""It is no JSON, or not of the form expected; not in UTF-8; nested without end."""
