"""Fields that are resolved once for all parents of their level.

A batch resolver is written as `async def field(parents, context, *, argument=…)` and answers a sequence as long as
`parents`, in their order; an exception in it is the error of that one parent. One that takes a third parameter,
`asked`, is told what the query asks of its answer. graphql-core reaches a batch resolver through a data loader; the
planned executor (`gateway.execution`) calls it directly.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import strawberry
from graphql import FieldNode
from strawberry.types import Info

from schema.context import BatchResolver, Context
from schema.cost import sized

BATCH = "batch"
"""The key of a field's metadata under which its Batch stands."""

Attributes = frozenset[str]


class Asked(NamedTuple):
    """What a query asks of a field: the answer's own fields (their GraphQL names), and where it stands."""

    parts: frozenset[str]
    nodes: list[FieldNode]
    path: list[str | int]


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch field, as an executor needs to know it.

    `needs` are the attributes of a parent's record that the resolver looks at (None: any). `reads` are attributes of
    other records that it looks at by itself, by the name of the graph's type.
    """

    resolve: BatchResolver
    takes_asked: bool
    needs: Attributes | None
    reads: Mapping[str, Attributes]


def batched(
    graphql_type: object,
    *,
    description: str,
    needs: Iterable[str] | None = None,
    reads: Mapping[str, Iterable[str]] | None = None,
    **options: Any,
) -> Callable[[BatchResolver], Any]:
    """Declare a field by its batch resolver. `graphql_type` is what one parent gets; options are strawberry.field's."""

    def declare(resolve: BatchResolver) -> Any:  # Any: as strawberry.field, a field stands for its value's type
        batch = Batch(
            resolve,
            takes_asked=len(_positional(resolve)) > 2,
            needs=None if needs is None else frozenset(needs),
            reads={name: frozenset(attributes) for name, attributes in (reads or {}).items()},
        )
        return strawberry.field(
            resolver=_resolver(batch),
            graphql_type=graphql_type,
            description=description,
            metadata={BATCH: batch},
            **options | {"directives": sized(graphql_type, options.get("directives"))},
        )

    return declare


def _resolver(batch: Batch) -> Callable[..., Any]:
    async def resolve(root: Any, info: Info[Context, None], **arguments: Any) -> Any:
        raw = info._raw_info
        asked = (Asked(_parts(info), list(raw.field_nodes), raw.path.as_list()),) if batch.takes_asked else ()
        return await info.context.load(batch.resolve, id(raw.field_nodes[0]), root, arguments, *asked)

    named_after = batch.resolve
    arguments = list(inspect.signature(named_after).parameters.values())[len(_positional(named_after)) :]
    own = inspect.signature(resolve).parameters
    signature = inspect.Signature([own["root"], own["info"], *arguments])
    resolve.__signature__ = signature  # type: ignore[attr-defined]  # what inspect.signature() reads
    resolve.__annotations__ = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    resolve.__name__ = named_after.__name__
    resolve.__qualname__ = named_after.__qualname__
    resolve.__module__ = named_after.__module__
    return resolve


def _positional(resolve: BatchResolver) -> list[inspect.Parameter]:
    parameters = inspect.signature(resolve).parameters.values()
    return [parameter for parameter in parameters if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]


def _parts(info: Info[Context, None]) -> frozenset[str]:
    return frozenset(name for field in info.selected_fields for name in _names(field.selections))


def _names(selections: Iterable[Any]) -> Iterable[str]:
    for selection in selections:
        if hasattr(selection, "arguments"):
            yield selection.name
        else:
            yield from _names(selection.selections)
