"""What the values of a list are called (F17), for those who offer them: a filter's choices, a form's."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from auth.rules import Action
from schema.access import Access
from schema.batch import batched
from schema.context import Context
from schema.errors import BadInput
from schema.labels import FALLBACK, catalogue, locales


@strawberry.type(description="A value of a list, and its name.", directives=[Access(action=Action.READ_SELF)])
class ValueLabel:
    value: str = strawberry.field(description="As CasePriority has SYSTEM_DOWN.")
    label: str = strawberry.field(description="In the viewer's language.")


@batched(
    list[ValueLabel],
    description="What the values of an enum are called in the viewer's language, in their order: for choices and "
    "headings, where there is no row that has them.",
    needs=[],
    directives=[Access(action=Action.READ_SELF)],
)
async def value_labels(
    parents: Sequence[None],
    context: Context,
    *,
    of: Annotated[str, strawberry.argument(description="The enum's name, as CasePriority.")],
) -> Any:
    locale = context.viewer.locale
    words = catalogue(locale if locale in locales() else FALLBACK).get(of)
    if words is None:
        raise BadInput("There are no names for values of such an enum.", field="of")
    return [[ValueLabel(value=value, label=label) for value, label in words.items()] for _ in parents]
