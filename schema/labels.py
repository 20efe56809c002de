"""What a value is called in the viewer's language (F17): gettext catalogues in `labels/<locale>.po`, of which `msgctxt`
is the value list and `msgid` the value.

A language is added by adding its catalogue; the tests hold every catalogue to every value.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from importlib.resources import files
from operator import attrgetter
from typing import Any

from babel.messages.pofile import read_po

from schema.computed import OfRecord, prepared_field
from schema.context import Context

FALLBACK = "en"
FOLDER = files("schema") / "labels"


@cache
def catalogue(locale: str) -> Mapping[str, Mapping[str, str]]:
    """The labels of a language by value list and value, as `["CasePriority"]["URGENT_NEED"]`."""
    words: dict[str, dict[str, str]] = {}
    with (FOLDER / f"{locale}.po").open("rb") as file:
        for message in read_po(file, locale, abort_invalid=True):
            if message.id:  # the first says what the catalogue is
                words.setdefault(message.context or "", {})[str(message.id)] = str(message.string)
    return words


@cache
def locales() -> frozenset[str]:
    """The languages there are catalogues for."""
    names = (entry.name for entry in FOLDER.iterdir())
    return frozenset(name.removesuffix(".po") for name in names if name.endswith(".po"))


def label(value: Enum, locale: str) -> str:
    """The value's name in the language, in English where there is no catalogue for it."""
    return labels(locale)(value)


@cache
def labels(locale: str) -> Callable[[Enum], str]:
    """The names of all values in the language, in English where there is no catalogue for it."""
    words = catalogue(locale if locale in locales() else FALLBACK)
    return lambda value: words[type(value).__name__][value._name_]


def label_field(attribute: str, *, own_words: str | None = None) -> Any:  # Any: as strawberry.field
    """The `…Label` beside an enum field. `own_words` names the attribute that holds the system's own word,
    which stands for a value that the portal has no name for (OTHER)."""
    needs = (attribute,) if own_words is None else (attribute, own_words)
    value_of = attrgetter(attribute)

    def prepare(context: Context) -> OfRecord:
        labelled = labels(context.viewer.locale)

        def of_record(record: Any) -> str | None:
            value = value_of(record)
            if own_words is not None and value is not None and value._name_ == "OTHER":
                return str(getattr(record, own_words) or labelled(value))
            return None if value is None else labelled(value)

        return of_record

    return prepared_field(prepare, str | None, f"`{camel(attribute)}` in the viewer's language.", needs=needs)


def camel(name: str) -> str:
    """An attribute as the graph calls it: `purchase_order` → `purchaseOrder`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
