"""Fields that are worked out from a record and the request alone: no source is asked, and nothing is awaited."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import strawberry
from strawberry.types import Info

from schema.context import Context

COMPUTED = "computed"
"""The key of a field's metadata under which its Computed stands."""

OfRecord = Callable[[Any], Any]
"""A record's value. Any: each field has its own record and value."""


@dataclass(frozen=True, slots=True)
class Computed:
    """A computed field, as an executor needs to know it.

    `prepare(context)` gives the function that works the value out of a record, so that what is the same for all rows
    of a request is looked up once. `needs` are the attributes of the record that it looks at (None: any).
    """

    prepare: Callable[[Context], OfRecord]
    needs: frozenset[str] | None


def computed(
    description: str, *, needs: Iterable[str] | None = None, **options: Any
) -> Callable[[Callable[..., Any]], Any]:
    """Declare a field by `value(record, context)`; options are strawberry.field's."""

    def declare(value: Callable[..., Any]) -> Any:  # Any: as strawberry.field, a field stands for its value's type
        def prepare(context: Context) -> OfRecord:
            return lambda record: value(record, context)

        return prepared_field(
            prepare, value.__annotations__["return"], description, needs=needs, name_of=value, **options
        )

    return declare


def prepared_field(
    prepare: Callable[[Context], OfRecord],
    returns: object,
    description: str,
    *,
    needs: Iterable[str] | None,
    name_of: Callable[..., Any] | None = None,
    **options: Any,
) -> Any:  # Any: as strawberry.field
    """Declare a field whose function is made once a request."""

    def resolve(root: Any, info: Info[Context, None]) -> Any:
        return prepare(info.context)(root)

    resolve.__annotations__["return"] = returns
    if name_of is not None:
        resolve.__name__, resolve.__qualname__, resolve.__module__ = (
            name_of.__name__,
            name_of.__qualname__,
            name_of.__module__,
        )
    return strawberry.field(
        resolver=resolve,
        description=description,
        metadata={COMPUTED: Computed(prepare, None if needs is None else frozenset(needs))},
        **options,
    )
