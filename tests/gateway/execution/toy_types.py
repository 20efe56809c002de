"""The toy schema's output types: every kind of field over every kind of row."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON
from strawberry.types import Info

from schema.batch import Asked, batched
from schema.computed import computed
from schema.node import view_of
from tests.gateway.execution.toy_data import BoxRow, Colour, JarRow, MakerRow, Size
from tests.gateway.execution.toy_inputs import Choice, Filter, Rune, told

T = TypeVar("T")

# Any, here and below: rows and values may be faulty, so nothing holds of them.
Rows = Sequence[Any]


def each(parents: Rows, value_of: Callable[[Any], Any]) -> list[Any]:
    """A batch's values; what goes wrong with a parent is that parent's error."""
    values: list[Any] = []
    for parent in parents:
        try:
            values.append(value_of(parent))
        except Exception as error:
            values.append(error)
    return values


def some(value: Any, n: int) -> Any:
    return value[:n] if isinstance(value, list | tuple) and n >= 0 else value


@strawberry.interface
class Thing:
    id: strawberry.ID
    name: str
    note: str | None

    @batched(Annotated["Maker", strawberry.lazy("tests.gateway.execution.toy_types")] | None, description="Batched.")
    async def maker(parents: Rows, context: Any) -> Rows:
        context.may_fail("maker")
        await asyncio.sleep(0)
        return each(parents, lambda row: row.maker)

    @computed("The length of its name.")
    def length(row: Any, context: Any) -> int | None:
        return len(row.name)


AnyThing = Annotated[
    Annotated["Box", strawberry.lazy("tests.gateway.execution.toy_types")]
    | Annotated["Jar", strawberry.lazy("tests.gateway.execution.toy_types")]
    | Annotated["Tin", strawberry.lazy("tests.gateway.execution.toy_types")],
    strawberry.union("AnyThing"),
]


@strawberry.type
class PageInfo:
    has_next: bool
    start: str | None


@strawberry.type
class Edge(Generic[T]):
    cursor: str
    node: T


@strawberry.type
class Connection(Generic[T]):
    edges: list[Edge[T]]
    nodes: list[T]
    page_info: PageInfo
    total: int | None


class Page:
    """What a Connection is a view over. What is not asked for is left out."""

    def __init__(self, rows: Any, first: int, parts: frozenset[str]) -> None:
        self.nodes = some(rows, first) if "nodes" in parts or "edges" in parts else None
        self.edges = None
        if "edges" in parts:
            edges = [Edge(cursor=f"c{index}", node=row) for index, row in enumerate(self.nodes or ())]
            self.edges = edges if isinstance(rows, list) else self.nodes
        self.page_info = PageInfo(has_next=len(rows) > first, start="c0" if rows else None)
        self.total = len(rows) if "total" in parts else None


@strawberry.type
class Maker:
    is_type_of = view_of(MakerRow)

    id: strawberry.ID
    name: str
    city: str | None
    founded: int | None
    best: Annotated["Box", strawberry.lazy("tests.gateway.execution.toy_types")] | None

    @batched(list[Annotated["Box", strawberry.lazy("tests.gateway.execution.toy_types")]], description="Batched.")
    async def boxes(parents: Rows, context: Any, *, n: int = 2, tag: str | None = None) -> Rows:
        context.may_fail("boxes")
        return each(parents, lambda row: some(row.boxes, n))

    @batched(
        Connection[Annotated["Box", strawberry.lazy("tests.gateway.execution.toy_types")]] | None, description="Paged."
    )
    async def paged(parents: Rows, context: Any, asked: Asked, *, first: int = 2) -> Rows:
        return each(parents, lambda row: Page(row.boxes, first, asked.parts))

    @computed("Since when.")
    def since(row: Any, context: Any) -> str:
        return f"since {row.founded:d}"


@strawberry.type
class Tin(Thing):
    gauge: int


@strawberry.type
class Jar(Thing):
    is_type_of = view_of(JarRow)

    volume: float
    lid: "Jar | None"

    @strawberry.field
    def describe(self, prefix: str = "it is") -> str:
        return f"{prefix} {self.name}"


@strawberry.type
class Box(Thing):
    is_type_of = view_of(BoxRow)

    count: int
    spare: int | None
    weight: float
    fragile: bool | None
    colour: Colour
    shade: Colour | None
    size: Size | None
    made_at: datetime
    made_on: date | None
    opens_at: time | None
    price: Decimal | None
    rune: Rune | None
    strict_rune: Rune
    extras: JSON | None
    tags: list[str]
    marks: list[str | None] | None
    grid: list[list[int | None]] | None
    tight: list[list[int]]
    palette: list[Colour] | None
    inner: "Box | None"
    core: Maker
    parts: list[Thing]
    loose: list[Thing | None] | None
    shelf: list[list["Box | None"]] | None
    mixed: list[AnyThing] | None
    renamed: str | None = strawberry.field(name="shownAs", resolver=lambda root: root.note)
    old: int | None = strawberry.field(deprecation_reason="Use count.", resolver=lambda root: root.count)

    @computed("Its label.")
    def label(row: Any, context: Any) -> str:
        return f"{row.name}/{row.count}"

    @computed("Its tags, shouted.")
    def loud_tags(row: Any, context: Any) -> list[str] | None:
        return [tag.upper() for tag in row.tags]

    @computed("What is in it, computed.")
    def contents(row: Any, context: Any) -> "list[Thing] | None":
        return list(row.parts)

    @batched(list["Box"], description="Batched.")
    async def kin(parents: Rows, context: Any, *, n: int = 2, filter: Filter | None = None) -> Rows:  # noqa: A002
        context.may_fail("kin")
        await asyncio.sleep(0)
        return each(parents, lambda row: some(row.kin, n))

    @batched(list["Box | None"] | None, description="Batched, and lenient.")
    async def kin_maybe(parents: Rows, context: Any, *, n: int | None = None) -> Rows:
        context.may_fail("kinMaybe")
        return each(parents, lambda row: row.kin if n is None else some(row.kin, n))

    @batched(int | None, description="A batched leaf.")
    async def score(parents: Rows, context: Any, *, times: int = 1) -> Rows:
        context.may_fail("score")
        return each(parents, lambda row: row.score if row.score is None else row.score * times)

    @batched(int, description="A batched leaf that must not be null.")
    async def strict_score(parents: Rows, context: Any) -> Rows:
        context.may_fail("strictScore")
        return each(parents, lambda row: row.score)

    @batched(list[list[Colour | None]] | None, description="Batched lists of lists.")
    async def shades(parents: Rows, context: Any) -> Rows:
        return each(parents, lambda row: [row.palette, [row.shade]])

    @batched("list[AnyThing | None]", description="A batched union.")
    async def others(parents: Rows, context: Any) -> Rows:
        return tuple(each(parents, lambda row: row.mixed))

    @batched(Maker, description="Batched and not null.")
    async def sole_maker(parents: Rows, context: Any) -> Rows:
        context.may_fail("soleMaker")
        return each(parents, lambda row: row.maker)

    @strawberry.field
    def trail(self, info: Info) -> str:
        return "/".join(map(str, info.path.as_list()))

    @strawberry.field
    def greet(self, name: str = "you", times: int | None = None) -> str:
        return f"{name} {times} {self.name}"

    @strawberry.field
    def sifted(self, info: Info, filter: Filter, choice: Choice | None = None) -> str | None:  # noqa: A002
        return told(info.field_name, filter, choice)

    @strawberry.field
    async def slow(self, info: Info, delay: int = 1) -> "Box | None":
        for _ in range(delay % 4):
            await asyncio.sleep(0)
        info.context.may_fail("slow")
        return self.inner

    @strawberry.field
    async def slow_parts(self) -> list[Thing]:
        await asyncio.sleep(0)
        return self.parts

    @strawberry.field
    def strict_inner(self) -> "Box":
        return self.inner  # type: ignore[return-value]  # null at times, which is what is tried

    @strawberry.field(graphql_type=list["Box | None"] | None)  # type: ignore[untyped-decorator]  # by its type's name
    def streamed(self) -> Any:
        return (row for row in self.shelf[0]) if self.shelf else None

    @strawberry.field
    def secret(self) -> str | None:
        raise GraphQLError("It is a secret.", extensions={"code": "FORBIDDEN"})

    @strawberry.field
    async def strict_secret(self) -> str:
        raise PermissionError("It is a strict secret.")
