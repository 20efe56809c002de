"""Automatic persisted queries (https://www.apollographql.com/docs/apollo-server/performance/apq): a client sends a
document's hash, and the document with it only where the hash is not known here yet."""

from collections import OrderedDict
from hashlib import sha256

MOST_CHARACTERS = 8 * 1024 * 1024


class PersistedQueries:
    """Documents by their SHA-256, in hexadecimals; the one used longest ago leaves first. Each gateway has its own: a
    client whose hash is unknown sends the document again."""

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._most = most_characters
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._characters = 0

    def get(self, key: str) -> str | None:
        text = self._texts.get(key.lower())
        if text is not None:
            self._texts.move_to_end(key.lower())
        return text

    def put(self, text: str) -> None:
        key = hash_of(text)
        if key in self._texts or len(text) > self._most:
            return
        self._texts[key] = text
        self._characters += len(text)
        while self._characters > self._most:
            _, left = self._texts.popitem(last=False)
            self._characters -= len(left)


def hash_of(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
