"""A schema with every kind of field, argument and type, over rows that may be faulty."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON
from strawberry.types import Info

from schema.batch import Asked, batched
from schema.computed import computed
from schema.context import Context
from tests.gateway.execution.toy_data import Colour, Fault, Size, Toys
from tests.gateway.execution.toy_inputs import (
    REPRESENTATION,
    RUNE,
    Choice,
    Filter,
    Range,
    Representation,
    Rune,
    told,
)
from tests.gateway.execution.toy_types import (
    AnyThing,
    Box,
    Connection,
    Jar,
    Maker,
    Page,
    Rows,
    Thing,
    Tin,
    some,
)

Entity = Annotated[Box | Jar, strawberry.union("_Entity")]


class ToyContext(Context):
    """One run's rows, the batch resolvers that are to fail, and what mutations have done."""

    def __init__(
        self,
        seed: int = 0,
        fault_at: Callable[[int], Fault | None] = lambda _: None,
        failing: Collection[str] = (),
    ) -> None:
        nobody: Any = None  # no toy resolver asks who is there
        super().__init__(
            viewer=nobody,
            sources=nobody,
            scopes=nobody,
            clock=lambda: datetime(2026, 3, 14, tzinfo=UTC),
            request_id="toy",
        )
        self.toys = Toys(seed, fault_at, Tin)
        self.failing = failing
        self.done: list[str] = []

    def may_fail(self, name: str) -> None:
        if name in self.failing:
            raise RuntimeError(f"{name} has failed")


def _found(context: ToyContext, key: str) -> Any:
    pool = [*some(context.toys.things, 9), *some(context.toys.boxes, 9), context.toys.first]
    return next((row for row in pool if getattr(row, "id", None) == key), None)


@strawberry.type
class Query:
    @strawberry.field
    def first(self, info: Info) -> Box | None:
        return info.context.toys.first  # type: ignore[no-any-return]  # faults are of any class

    @batched(list[Box], description="Batched at the root.")
    async def boxes(parents: Rows, context: Any, *, n: int = 5, colour: Colour | None = None) -> Rows:
        context.may_fail("roots")
        return [some(context.toys.boxes, n) for _ in parents]

    @batched(list[Box | None] | None, description="Batched at the root, and lenient.")
    async def boxes_maybe(parents: Rows, context: Any, *, n: int = 5) -> Rows:
        await asyncio.sleep(0)
        return [some(context.toys.boxes, n) for _ in parents]

    @batched(Connection[Box] | None, description="Paged.")
    async def paged(parents: Rows, context: Any, asked: Asked, *, first: int = 2, after: str | None = None) -> Rows:
        return [Page(context.toys.boxes, first, asked.parts) for _ in parents]

    @strawberry.field
    async def things(self, info: Info) -> list[Thing] | None:
        await asyncio.sleep(0)
        return info.context.toys.things  # type: ignore[no-any-return]  # faults are of any class

    @strawberry.field
    def mixed(self, info: Info) -> list[AnyThing | None]:
        return info.context.toys.things  # type: ignore[no-any-return]  # faults are of any class

    @strawberry.field
    async def node(self, info: Info, id: strawberry.ID) -> Thing | None:  # noqa: A002 - as clients see it
        return _found(info.context, id)  # type: ignore[no-any-return]  # faults are of any class

    @batched(list[Thing | None], description="By their ids.")
    async def nodes(parents: Rows, context: Any, *, ids: list[strawberry.ID]) -> Rows:
        return [[_found(context, key) for key in ids] for _ in parents]

    @batched(list[Entity | None], description="Federation's.", name="_entities")
    async def entities(parents: Rows, context: Any, *, representations: list[Representation]) -> Rows:
        keys = [item.get("id", "") if isinstance(item, dict) else "" for item in representations]
        return [[_found(context, key) for key in keys] for _ in parents]

    @strawberry.field
    def makers(self, info: Info) -> list[list[Maker | None]] | None:
        return [[getattr(row, "maker", None) for row in some(info.context.toys.boxes, 3)], []]

    @strawberry.field
    def scalars(
        self,
        text: str = "none",
        number: int | None = 3,
        ratio: float = 0.5,
        yes: bool | None = None,
        key: strawberry.ID | None = None,
        colour: Colour = Colour.BLUE,
        size: Size | None = None,
        moment: datetime | None = None,
        day: date | None = None,
        price: Decimal | None = None,
        rune: Rune | None = None,
        extras: JSON | None = None,
    ) -> str:
        return told(text, number, ratio, yes, key, colour, size, moment, day, price, rune, extras)

    @strawberry.field
    async def inputs(
        self,
        filter: Filter,  # noqa: A002 - as clients see it
        many: list[Filter | None] | None = None,
        table: list[list[int | None]] | None = None,
        choice: Choice | None = None,
        colours: list[Colour] = [Colour.RED],  # noqa: B006 - a default of the schema
        between: Range | None = None,
    ) -> str | None:
        return told(filter, many, table, choice, colours, between)

    @strawberry.field
    def needs(self, number: int, text: str | None = strawberry.UNSET) -> int:
        return number

    @computed("Computed at the root.")
    def seed(row: Any, context: Any) -> int:
        return len(context.done)

    @strawberry.field
    def broken(self) -> str:
        raise ValueError("It is broken.")


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def put(self, info: Info, name: str, wait: int = 0) -> Box | None:
        info.context.done.append(f"put {name}")
        for _ in range(wait % 5):
            await asyncio.sleep(0)
        info.context.done.append(f"has put {name}")
        return info.context.toys.first  # type: ignore[no-any-return]  # faults are of any class

    @strawberry.mutation
    def note(self, info: Info, filter: Filter | None = None) -> list[str]:  # noqa: A002 - as clients see it
        info.context.done.append(f"note {told(filter)}")
        return list(info.context.done)

    @batched(int | None, description="Batched.")
    async def count(parents: Rows, context: Any, *, by: int = 1) -> Rows:
        context.done.append(f"count {by}")
        return [len(context.done) for _ in parents]

    @strawberry.mutation
    async def refuse(self, info: Info) -> int | None:
        info.context.done.append("refuse")
        raise ValueError("It is refused.")

    @strawberry.mutation
    async def strict_refuse(self, info: Info) -> int:
        info.context.done.append("strict refuse")
        raise ValueError("It is strictly refused.")


class QuietSchema(strawberry.Schema):
    """Errors are compared, not logged."""

    def process_errors(self, errors: Sequence[GraphQLError], execution_context: object = None) -> None: ...


schema = QuietSchema(
    query=Query,
    mutation=Mutation,
    types=[Box, Jar, Tin, Maker],
    scalar_overrides={Rune: RUNE, Representation: REPRESENTATION},
)
