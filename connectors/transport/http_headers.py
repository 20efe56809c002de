"""Header fields of an answer, by their names in any case of letters."""

from collections.abc import Iterator, Mapping


class Headers(Mapping[str, str]):
    """A field that stands there several times is read as one, joined by commas; `get_list` gives each."""

    __slots__ = ("_fields",)

    def __init__(self, fields: list[tuple[bytes, bytes]]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> str:
        found = self.get_list(name)
        if not found:
            raise KeyError(name)
        return ", ".join(found)

    def get_list(self, name: str) -> list[str]:
        wanted = name.lower().encode("latin-1", "replace")
        return [value.decode("latin-1").strip() for key, value in self._fields if key.lower() == wanted]

    def __iter__(self) -> Iterator[str]:
        return iter({key.decode("latin-1").lower(): None for key, _ in self._fields})

    def __len__(self) -> int:
        return sum(1 for _ in self)
