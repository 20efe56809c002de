"""How much a query asks for, shown in the SDL (IBM's specification of cost directives): a list counts as many objects
as it may have."""

import types
from collections.abc import Sequence
from typing import Any, Union, get_args, get_origin

import strawberry
from strawberry.schema_directive import Location

ASSUMED = 10
"""Objects of a list that nobody bounds, as a case's visits."""


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="listSize",
    description="How many objects a list counts as: what a slicing argument says, else the assumed size. With sized "
    "fields, it is their size: those of the connection that the field leads to.",
)
class ListSize:
    assumed_size: int
    slicing_arguments: list[str] | None = strawberry.UNSET
    sized_fields: list[str] | None = strawberry.UNSET
    require_one_slicing_argument: bool | None = strawberry.UNSET


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="cost",
    description="How many objects a field counts as, beside those that it leads to: one where nothing is said.",
)
class Cost:
    weight: int


def weighs(objects: int) -> Cost:
    """Of a field that is more work than its answer shows."""
    return Cost(weight=objects)


def sliced(assumed_size: int, *arguments: str, fields: Sequence[str] = ()) -> ListSize:
    """Of a field whose arguments say how many objects it leads to, or its `fields` do."""
    return ListSize(
        assumed_size=assumed_size,
        slicing_arguments=list(arguments),
        sized_fields=list(fields) if fields else strawberry.UNSET,
        require_one_slicing_argument=False,
    )


def sized(graphql_type: Any, directives: Any) -> list[object]:
    """The directives of a field, with the size of its list where it has one and says none."""
    given = list(directives or ())
    if is_list(graphql_type) and not any(isinstance(each, ListSize) for each in given):
        given.append(ListSize(assumed_size=ASSUMED))
    return given


def is_list(annotation: Any) -> bool:
    """Whether a field of that type is a list, or may be none at all."""
    if get_origin(annotation) in (Union, types.UnionType):
        return any(is_list(each) for each in get_args(annotation))
    return get_origin(annotation) is list
