"""File names as they may be shown, stored and sent: without paths, signs of control, or what a system reserves."""

import re
import unicodedata

from connectors.attachments.kinds import FileKind

LONGEST = 80
"""Characters of a safe name, its suffix included."""

_SEPARATORS = re.compile(r"[/\\]")
_UNSAFE = re.compile(r'[<>:"|?*%;$`\'{}]+')
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
)
_SUFFIXES = re.compile(r"(\s*\.[A-Za-z0-9]{1,5})+$")


def safe_name(name: str, kind: FileKind) -> str:
    """The name without all of that, ending as its kind does: `../../x.php.JPG` of a JPEG is `x.jpg`.

    Letters of all languages stay. A name of which nothing is left is `file`.
    """
    told = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    last = _SEPARATORS.split(told)[-1]
    shown = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in last)
    stem = _SUFFIXES.sub("", _UNSAFE.sub("_", shown).strip(" ."))
    stem = " ".join(stem.split())[: LONGEST - len(kind.suffix)].strip(" ._")
    if not stem or stem.lower() in _RESERVED:
        stem = "file"
    return stem + kind.suffix


def distinct_name(name: str, mark: str) -> str:
    """The same name with a mark before its suffix: `x 7QK2.jpg`."""
    stem, _, suffix = name.rpartition(".")
    return f"{stem} {mark}.{suffix}"
