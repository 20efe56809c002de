"""Which attributes of a record are read: what is wanted of it, and what it is checked and put in order by."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from connectors.criteria import checked_attributes
from connectors.queries import Query

Q = TypeVar("Q", bound=Query)

Attributes = frozenset[str] | None
"""Names of a record's attributes. None: all."""

Wanted = Mapping[str, Attributes]
"""What is wanted of each record, by its name; of one that has no entry, nothing."""


def wanted_of(wanted: Wanted | None, record: str) -> Attributes:
    """The attributes wanted of a record. Where nobody has said what is wanted, all."""
    return None if wanted is None else wanted.get(record, frozenset())


def projected(query: Q, wanted: Attributes) -> Q:
    """The query with its `fields`. One that names them is left as it is.

    Reads of the same rows are the same read wherever they stand, so an order that no window needs is left out.
    """
    order = query.order if query.limit is not None else ()
    fields = query.fields
    if fields is None and wanted is not None:
        fields = wanted | checked_attributes(query) | {term.attribute for term in query.order}
    return msgspec.structs.replace(query, fields=fields, order=order)
