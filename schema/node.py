"""Relay's global ids: `node(id)` finds anything the viewer may see, and says of anything else that it is not there."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import strawberry

from schema.computed import prepared_field
from schema.context import Context
from schema.errors import BadInput

Finder = Callable[[Context, Sequence[str]], Awaitable[Mapping[str, object]]]


@strawberry.interface(description="An object with a global id.")
class Node:
    id: strawberry.ID = strawberry.field(description="The object's global id. Opaque: don't read or make one.")


class GlobalId(NamedTuple):
    type_name: str
    key: str

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(f"{self.type_name}:{self.key}".encode()).rstrip(b"=").decode()


def parse_id(text: str, *, field: str = "id") -> GlobalId:
    """Raises BadInput for what is no global id."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise BadInput("This is no id of this graph.", field=field) from error
    type_name, separator, key = raw.partition(":")
    if not (separator and type_name and key):
        raise BadInput("This is no id of this graph.", field=field)
    return GlobalId(type_name, key)


def keys_of(ids: Sequence[str] | None, type_name: str, *, field: str) -> tuple[str, ...] | None:
    """The keys of global ids of one type. Raises BadInput for ids of another type."""
    if ids is None:
        return None
    parsed = [parse_id(text, field=field) for text in ids]
    other = next((one.type_name for one in parsed if one.type_name != type_name), None)
    if other is not None:
        raise BadInput(f"Here go ids of {type_name}, not of {other}.", field=field)
    return tuple(dict.fromkeys(one.key for one in parsed))


def id_field(type_name: str, attribute: str = "id") -> Any:  # Any: as strawberry.field
    """The `id` of a type whose records hold their key in `attribute`."""
    key_of = attrgetter(attribute)

    def of_record(record: Any) -> str:
        return str(GlobalId(type_name, str(key_of(record))))

    return prepared_field(
        lambda _: of_record,
        strawberry.ID,
        "The object's global id. Opaque: don't read or make one.",
        needs=(attribute,),
    )


def view_of(record: type) -> Any:  # Any: a classmethod object, as strawberry reads it
    """The `is_type_of` of a type that is a view over records of that class."""

    def is_type_of(cls: type, value: object, info: object) -> bool:
        return isinstance(value, record)

    return classmethod(is_type_of)
