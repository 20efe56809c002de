"""From what a query shows of the graph's types to what is wanted of the records behind them."""

from collections.abc import Mapping

Attributes = frozenset[str] | None
"""Names of a record's attributes. None: any."""


def wanted_records(shown: Mapping[str, Attributes] | None) -> Mapping[str, Attributes] | None:
    """By the record's name, which is the type's own; but a visit is a service order seen as its appointment."""
    if shown is None or "Visit" not in shown:
        return shown
    orders, visits = shown.get("ServiceOrder", frozenset()), shown["Visit"]
    both = None if orders is None or visits is None else orders | visits | {"visit"}
    return {**shown, "ServiceOrder": both}
