"""Which attributes of rows an operation looks at, by type: sources are asked for those alone.

It is the same for all rows of a type, wherever in the operation they stand, so that reads of the same rows at
different places are the same read.
"""

from collections.abc import Mapping

from gateway.execution.plan import Leaf, ObjectPlan, Resolved
from schema.batch import BATCH, Batch
from schema.computed import COMPUTED, Computed

Attributes = frozenset[str] | None
"""None: nobody can tell, so any."""


def wanted_attributes(root: ObjectPlan) -> Mapping[str, Attributes]:
    wanted: dict[str, Attributes] = {}
    pending = [root]
    while pending:
        plan = pending.pop()
        for field in plan.fields:
            _add(wanted, plan.type.name, _of_field(field))
            for name, attributes in _read_beside(field).items():
                _add(wanted, name, attributes)
            if isinstance(field, Resolved):
                pending.extend(field.objects.values())
        _add(wanted, plan.type.name, frozenset())
    return wanted


def _add(wanted: dict[str, Attributes], name: str, attributes: Attributes) -> None:
    known = wanted.get(name, frozenset())
    wanted[name] = None if known is None or attributes is None else known | attributes


def _of_field(field: Leaf | Resolved) -> Attributes:
    if field.definition is None:  # __typename
        return frozenset()
    declared = field.definition.extensions.get("strawberry-definition")
    metadata = getattr(declared, "metadata", {})
    told = metadata.get(BATCH) or metadata.get(COMPUTED)
    if isinstance(told, Batch | Computed):
        return told.needs
    if getattr(declared, "is_basic_field", False):
        return frozenset({str(getattr(declared, "python_name", field.name))})
    return None


def _read_beside(field: Leaf | Resolved) -> Mapping[str, frozenset[str]]:
    if field.definition is None:
        return {}
    batch = getattr(field.definition.extensions.get("strawberry-definition"), "metadata", {}).get(BATCH)
    return batch.reads if isinstance(batch, Batch) else {}
