"""A large answer holds up nobody, and nothing is left behind by many."""

import asyncio
import gc
import tracemalloc
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import strawberry

from auth.viewer import Role, Viewer
from gateway.execution import Executor
from gateway.execution.documents import Documents
from gateway.execution.rows import PORTION
from gateway.execution.run import MOST_OBJECTS
from schema.batch import batched
from schema.context import Context


class Row(msgspec.Struct, frozen=True):
    number: int
    name: str | None


@strawberry.type
class Line:
    number: int
    name: str | None


@strawberry.type
class Query:
    @batched(list[Line], description="So many.")
    async def lines(parents: Sequence[Any], context: Context, *, count: int) -> Sequence[Any]:
        return [[Row(number, f"line {number}") for number in range(count)] for _ in parents]


def context() -> Context:
    nothing: Any = None  # no field asks for any source
    return Context(
        viewer=Viewer(subject="s", role=Role.READER),
        sources=nothing,
        scopes=nothing,
        clock=lambda: datetime(2026, 11, 26, tzinfo=UTC),
        request_id="r",
    )


async def test_others_get_their_turn_while_a_large_answer_is_written() -> None:
    executor = Executor(strawberry.Schema(Query))
    turns = 0
    written = False

    async def other() -> None:
        nonlocal turns
        while not written:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.ensure_future(other())
    answer = await executor.execute("{ lines(count: 20000) { number name } }", None, None, context())
    written = True
    await beside
    assert turns >= 20_000 // PORTION
    assert len(msgspec.json.decode(answer.data or b"")["lines"]) == 20_000


async def test_an_answer_that_is_too_large_is_refused_as_a_whole() -> None:
    executor = Executor(strawberry.Schema(Query))
    query = f"{{ a: lines(count: {MOST_OBJECTS // 2}) {{ number }} b: lines(count: {MOST_OBJECTS // 2}) {{ number }} }}"
    answer = await executor.execute(query, None, None, context())
    assert answer.data == b"null"
    (error,) = answer.errors
    assert (error.extensions or {})["code"] == "QUERY_TOO_COSTLY"


async def test_many_queries_leave_nothing_behind() -> None:
    executor = Executor(strawberry.Schema(Query))

    async def ask(number: int) -> None:
        # The same few documents, and beside them ones that are sent once.
        await executor.execute("query Q($n: Int!) { lines(count: $n) { number } }", {"n": 3}, None, context())
        await executor.execute(f"{{ a{number}: lines(count: 2) {{ name }} }}", None, None, context())

    executor.documents = Documents(strawberry.Schema(Query), max_bytes=300_000)
    for number in range(100):
        await ask(number)
    gc.collect()
    tracemalloc.start()
    for number in range(100, 250):
        await ask(number)
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(250, 400):
        await ask(number)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 50_000


def test_documents_that_are_sent_once_push_out_only_one_another() -> None:
    documents = Documents(strawberry.Schema(Query), max_bytes=400_000)
    popular = documents.get("{ lines(count: 1) { number } }")
    assert documents.get("{ lines(count: 1) { number } }") is popular
    for number in range(500):
        documents.get(f"{{ a{number}: lines(count: 1) {{ number }} }}")
        assert documents.estimated_bytes <= 400_000
    assert documents.get("{ lines(count: 1) { number } }") is popular
    assert len(documents) < 500


def test_the_estimate_of_a_documents_size_is_no_less_than_half_of_it() -> None:
    schema = strawberry.Schema(Query)
    fields = " ".join(f"f{number}: lines(count: {number}) {{ number name }}" for number in range(100))
    Documents(schema).get("{ lines(count: 1) { number } }")
    gc.collect()
    tracemalloc.start()
    documents = Documents(schema)
    document = documents.get(f"{{ {fields} }}")
    document.plan(document.operation(None), {})
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 2 * documents.estimated_bytes
