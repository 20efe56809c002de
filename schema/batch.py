"""Fields that are resolved once for all parents of their level.

A batch resolver is written as `async def field(parents, context, *, argument=…)` and answers a sequence as long as
`parents`, in their order; an exception in it is the error of that one parent. graphql-core reaches it through a
data loader; an executor that knows levels calls it directly (it stands in the field's metadata).
"""

import inspect
from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.types import Info

from schema.context import BatchResolver, Context

BATCH = "batch"
"""The key of a field's metadata under which its batch resolver stands."""


def batched(graphql_type: object, *, description: str, **options: Any) -> Callable[[BatchResolver], Any]:
    """Declare a field by its batch resolver. `graphql_type` is what one parent gets; options are strawberry.field's."""

    def declare(batch: BatchResolver) -> Any:  # Any: as strawberry.field, a field stands for its value's type
        return strawberry.field(
            resolver=_resolver(batch),
            graphql_type=graphql_type,
            description=description,
            metadata={BATCH: batch},
            **options,
        )

    return declare


def _resolver(batch: BatchResolver) -> Callable[..., Any]:
    async def resolve(root: Any, info: Info[Context, None], **arguments: Any) -> Any:
        place = id(info._raw_info.field_nodes[0])
        return await info.context.load(batch, place, root, arguments)

    arguments = list(inspect.signature(batch).parameters.values())[2:]
    own = inspect.signature(resolve).parameters
    signature = inspect.Signature([own["root"], own["info"], *arguments])
    resolve.__signature__ = signature  # type: ignore[attr-defined]  # what inspect.signature() reads
    resolve.__annotations__ = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    resolve.__name__ = batch.__name__
    resolve.__qualname__ = batch.__qualname__
    resolve.__module__ = batch.__module__
    return resolve
