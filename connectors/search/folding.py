"""Texts as they are searched: without accents and case, numbers without leading zeros, words of letters and digits.

The same is done to what is kept and to what is asked, so that `Zażółć`, `zazolc` and `ZAŻÓŁĆ` are one word, `Straße`
and `strasse` another, and `0010000001` is `10000001`.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

LONGEST_WORD = 60

_WORD = re.compile(r"[^\W_]+")
_UNACCENTED = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i"})


def folded(text: str) -> str:
    """As long as `text` where no letter stands for two (ß, æ, ﬁ)."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).translate(_UNACCENTED)


@lru_cache(maxsize=65_536)
def words_of(text: str) -> tuple[str, ...]:
    """Its words in their order. One with digits and letters (`MR30-001`) is known by its parts, and in one piece."""
    found: list[str] = []
    for piece in folded(text).split():
        parts = [bare(word) for word in _WORD.findall(piece)]
        found += parts
        if len(parts) > 1 and any(part.isdigit() or not part.isalpha() for part in parts):
            found.append("".join(_WORD.findall(piece))[:LONGEST_WORD])
    return tuple(found)


def bare(word: str) -> str:
    """A number without its leading zeros."""
    return (word.lstrip("0") or "0")[:LONGEST_WORD] if word.isdigit() else word[:LONGEST_WORD]


def spans_of(text: str) -> Iterator[tuple[int, int, str]]:
    """Where each word of a text stands in it, and how it is searched."""
    for match in _WORD.finditer(text):
        yield match.start(), match.end(), bare(folded(match[0]))
