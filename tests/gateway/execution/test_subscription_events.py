"""An event of a subscription is answered as graphql-core answers it: its selection, run over the event."""

import inspect
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
import pytest
import strawberry
from graphql import ExecutionResult, parse
from graphql.execution import Executor as CoreExecutor
from graphql.execution import execute_subscription_event

from gateway.execution import Executor
from schema.batch import batched
from schema.computed import computed
from schema.context import Context
from tests.gateway.execution.test_fairness import context


class Event(msgspec.Struct, frozen=True):
    number: int | None
    name: str | None = None


@strawberry.type
class Change:
    number: int
    name: str | None

    @batched(list[int], description="So many before.")
    async def before(parents: Sequence[Any], context: Context, *, count: int = 2) -> Sequence[Any]:
        return [list(range(count)) for _ in parents]

    @computed("In words.")
    def words(record: Any, context: Context) -> str:
        return f"{record.name:s} {record.number}"


@strawberry.type
class Query:
    ok: bool = True


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def changes(self, since: int = 0) -> AsyncIterator[Change]:
        yield Event(since)  # type: ignore[misc]  # a view over it


SCHEMA = strawberry.Schema(Query, subscription=Subscription)
QUERY = """subscription ($few: Boolean!) { changes(since: 3) { ...All number @skip(if: $few) before(count: 1) } }
fragment All on Change { __typename shown: name words before(count: 1) }"""


@pytest.mark.parametrize("event", [Event(1, "one"), Event(1), Event(None, "none"), ValueError("lost"), None])
@pytest.mark.parametrize("few", [True, False])
async def test_an_event_is_answered_as_graphql_core_answers_it(event: Any, few: bool) -> None:
    core = CoreExecutor.build(SCHEMA._schema, parse(QUERY), context_value=context(), raw_variable_values={"few": few})
    assert isinstance(core, CoreExecutor)
    expected = execute_subscription_event(core.build_per_event_executor(event))
    if inspect.isawaitable(expected):
        expected = await expected
    assert isinstance(expected, ExecutionResult)
    answer = await Executor(SCHEMA).execute(QUERY, {"few": few}, None, context(), root=event)
    assert answer.planned
    assert answer.data == msgspec.json.encode(expected.data)
    assert [error.formatted for error in answer.errors] == [error.formatted for error in expected.errors or ()]
