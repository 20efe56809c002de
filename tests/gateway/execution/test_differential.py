"""Generated operations over generated and faulty data: the planned executor answers what graphql-core answers."""

from hypothesis import given, settings

from gateway.execution import Executor
from tests.gateway.execution.cases import cases
from tests.gateway.execution.differential import UNAWAITED, Case, compare
from tests.gateway.execution.toy_schema import schema


@UNAWAITED
@given(case=cases())
@settings(max_examples=150)
async def test_generated_operations_are_answered_as_graphql_core_answers_them(case: Case) -> None:
    await compare(Executor(schema), case)
