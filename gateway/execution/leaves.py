"""Leaf values: how one is completed exactly, and what must be looked at where it is of the usual class."""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from graphql.pyutils import inspect

Complete = Callable[[Any], Any]  # Any: what resolvers answer, and what JSON takes


def complete_leaf(leaf: GraphQLLeafType, value: Any) -> Any:
    """A value that is not null as it goes into the answer. Raises what is wrong with it, in graphql-core's words."""
    coerced = leaf.coerce_output_value(value)
    if coerced is None or coerced is Undefined:
        message = (
            f"Expected `{inspect(leaf)}.coerce_output_value({inspect(value)})`"
            f" to return non-nullable value, returned: {inspect(coerced)}"
        )
        raise TypeError(message)
    return coerced


class FastPath(NamedTuple):
    """Source code for a value of the usual class. `usual` is a condition on `v`; `written` what goes into the answer.

    `names` are what the code refers to.
    """

    usual: str
    written: str
    names: dict[str, object]


_PLAIN: dict[GraphQLLeafType, str] = {
    GraphQLString: "v.__class__ is str",
    GraphQLID: "v.__class__ is str",
    GraphQLBoolean: "v.__class__ is bool",
    GraphQLInt: "v.__class__ is int and -2147483648 <= v <= 2147483647",
    GraphQLFloat: "v.__class__ is float and v - v == 0.0",  # neither infinite nor no number
}

_TEXTS: tuple[tuple[str, type, object, str], ...] = (
    ("DateTime", datetime, datetime(2026, 3, 14, 8, 30), "v.isoformat()"),  # noqa: DTZ001 - to try it with
    ("Date", date, date(2026, 3, 14), "v.isoformat()"),
    ("Time", time, time(8, 30), "v.isoformat()"),
    ("Decimal", Decimal, Decimal("1.50"), "str(v)"),
)
"""Scalars by name: the class of their values, one of them, and how it is written."""


def fast_path(leaf: GraphQLLeafType, suffix: str) -> FastPath | None:
    """None where nothing is known of the type's values. `suffix` keeps names of several leaves apart."""
    if leaf in _PLAIN:
        return FastPath(_PLAIN[leaf], "v", {})
    if isinstance(leaf, GraphQLEnumType):
        return _of_enum(leaf, suffix)
    for name, kind, sample, written in _TEXTS:
        if leaf.name == name and _writes(leaf, sample, written):
            return FastPath(f"v.__class__ is C{suffix}", written, {f"C{suffix}": kind})
    return None


def _writes(leaf: GraphQLLeafType, sample: object, written: str) -> bool:
    """Whether that is how the schema's own scalar writes it: it may have been replaced by another."""
    try:
        return bool(leaf.coerce_output_value(sample) == eval(written, {"v": sample}))  # noqa: S307 - one of _TEXTS
    except Exception:
        return False


def _of_enum(leaf: GraphQLEnumType, suffix: str) -> FastPath | None:
    members = getattr(leaf, "wrapped_cls", None)
    if not (isinstance(members, type) and issubclass(members, Enum)):
        return None
    try:
        names = {member.name: leaf.coerce_output_value(member) for member in members}
    except Exception:
        return None
    same = all(name == shown for name, shown in names.items())
    written = "v._name_" if same else f"M{suffix}[v._name_]"
    return FastPath(f"v.__class__ is C{suffix}", written, {f"C{suffix}": members, f"M{suffix}": names})
