"""What a value is called in the viewer's language (F17): catalogues in `labels/<locale>.toml`.

A language is added by adding its catalogue; the tests hold every catalogue to every value.
"""

import tomllib
from collections.abc import Mapping
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any

import strawberry
from strawberry.types import Info

from schema.context import Context

FALLBACK = "en"


@cache
def catalogue(locale: str) -> Mapping[str, Mapping[str, str]]:
    """The labels of a language by value list and value, as `["CasePriority"]["URGENT_NEED"]`."""
    return tomllib.loads((files("schema") / "labels" / f"{locale}.toml").read_text(encoding="utf-8"))


@cache
def locales() -> frozenset[str]:
    """The languages there are catalogues for."""
    names = (entry.name for entry in (files("schema") / "labels").iterdir())
    return frozenset(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def label(value: Enum, locale: str) -> str:
    """The value's name in the language, in English where there is no catalogue for it."""
    words = catalogue(locale if locale in locales() else FALLBACK)
    return words[type(value).__name__][value.name]


def label_field(attribute: str, *, own_words: str | None = None) -> Any:  # Any: as strawberry.field
    """The `…Label` beside an enum field. `own_words` names the attribute that holds the system's own word,
    which stands for a value that the portal has no name for (OTHER)."""

    def resolve(root: Any, info: Info[Context, None]) -> str | None:
        value = getattr(root, attribute)
        if value is None:
            return None
        if own_words is not None and value.name == "OTHER":
            return str(getattr(root, own_words) or label(value, info.context.viewer.locale))
        return label(value, info.context.viewer.locale)

    return strawberry.field(resolver=resolve, description=f"`{_camel(attribute)}` in the viewer's language.")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
