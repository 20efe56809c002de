"""A filter → the statements that ask for it: one where it fits into a URL, else one for each portion of its keys."""

from collections.abc import Sequence
from typing import NamedTuple

from connectors.systems.salesforce_installed_base import soql
from connectors.systems.salesforce_installed_base.filters import Filter, KeyList
from connectors.transport.chunks import chunked
from connectors.transport.percent import percent_encoded


class Statements(NamedTuple):
    """`complete`: all of the filter is asked; else the rows must be checked against scope and criteria."""

    soql: tuple[str, ...]
    complete: bool


def statements(fields: Sequence[str], source: str, asked: Filter, budget: int) -> Statements:
    """`budget`: the bytes that one statement may take in a URL.

    Of several long lists one is sent in portions and the others, the scope first, are left for the check.
    """
    lists = list(asked.lists)
    whole_filter = [*asked.fixed, *(soql.is_in(keys.field, keys.values) for keys in lists)]
    if url_bytes(everything := soql.select(fields, source, whole_filter)) <= budget:
        return Statements((everything,), complete=True)
    frame = url_bytes(soql.select(fields, source, asked.fixed))
    while True:
        lists.sort(key=_cost)
        kept = sum(map(_cost, lists[:-1]))
        # Portions must not get small because of what is repeated in each of them.
        if len(lists) < 2 or frame + kept + _cost(lists[-1]) <= budget or kept <= (budget - frame) // 2:
            break
        lists.remove(next((keys for keys in lists if keys.is_scope), lists[-1]))
    complete = len(lists) == len(asked.lists)
    if not lists:
        return Statements((soql.select(fields, source, asked.fixed),), complete)
    *whole, longest = lists
    fixed = [*asked.fixed, *(soql.is_in(keys.field, keys.values) for keys in whole)]
    portions = chunked(
        longest.values, at_most=len(longest.values), budget=budget - frame - kept - _frame(longest), cost=_value_cost
    )
    return Statements(
        tuple(soql.select(fields, source, [*fixed, soql.is_in(longest.field, portion)]) for portion in portions),
        complete,
    )


def url_bytes(text: str) -> int:
    return len(percent_encoded(text))


def _cost(keys: KeyList) -> int:
    return _frame(keys) + sum(map(_value_cost, keys.values))


def _frame(keys: KeyList) -> int:
    return url_bytes(f" WHERE {keys.field} IN ()")


def _value_cost(value: str) -> int:
    return url_bytes(soql.literal(value) + ",")
