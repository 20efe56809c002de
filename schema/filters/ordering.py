"""Orders as inputs: each noun lists its attributes, all share the direction."""

from collections.abc import Sequence
from enum import Enum
from typing import Protocol

import strawberry

from connectors.queries import OrderBy


@strawberry.enum(description="The direction of an order. Rows without a value come last in both.")
class OrderDirection(Enum):
    ASC = "ASC"
    DESC = "DESC"


class Term(Protocol):
    """An order input: its field's value is the record's attribute."""

    field: Enum
    direction: OrderDirection


def order_of(terms: Sequence[Term] | None, default: tuple[OrderBy, ...] = ()) -> tuple[OrderBy, ...]:
    """The inputs as an order; a term that is named again has no effect."""
    if terms is None:
        return default
    order: dict[str, OrderBy] = {}
    for term in terms:
        attribute = str(term.field.value)
        order.setdefault(attribute, OrderBy(attribute, term.direction is OrderDirection.DESC))
    return tuple(order.values())
