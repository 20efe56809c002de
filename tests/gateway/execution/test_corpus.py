"""The corpus: documents of every kind are answered as graphql-core answers them, over sound and over faulty rows."""

import pytest

from gateway.execution import Executor
from tests.gateway.execution.corpus import ENTRIES, cases_of
from tests.gateway.execution.differential import UNAWAITED, compare
from tests.gateway.execution.toy_schema import schema

BY_GRAPHQL_CORE = {"introspection", "null_condition"}
NOT_EXECUTED = {"not_valid", "no_document", "literals_not_of_their_type"}


@UNAWAITED
@pytest.mark.parametrize("entry", ENTRIES)
async def test_each_entry_is_answered_as_graphql_core_answers_it(entry: str) -> None:
    executor = Executor(schema)
    answers = [await compare(executor, case) for case in cases_of(entry)]
    executed = [answer for answer in answers if answer is not None and answer.data is not None]
    assert bool(executed) is (entry not in NOT_EXECUTED)
    # Else the comparison would be one of graphql-core with itself.
    assert all(answer.planned is (entry not in BY_GRAPHQL_CORE) for answer in executed)
