"""One operation run by the planned executor and by graphql-core, over equal data: what must not differ.

Data must be the same bytes. An error tells of a place that is null; for each such place both must tell, and what
stands at the place itself must be told alike. Where something below made it null, graphql-core tells whichever came
first, so there the executor may tell of another: one that graphql-core tells as well when errors make nothing else
null.
"""

import asyncio
import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import pytest
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    execute,
    parse,
    specified_rules,
)
from graphql.language import DirectiveNode, NameNode, OperationDefinitionNode
from strawberry.schema.schema import validate_document

from gateway.execution import Answer, Executor
from tests.gateway.execution.faults import faults_of
from tests.gateway.execution.toy_schema import ToyContext, schema

Path = tuple[str | int, ...]
Told = tuple[Path | None, str, tuple[tuple[int, int], ...]]
"""An error: its path, its message, and where in the document it points at."""

HANGING = 30.0  # seconds

UNAWAITED = pytest.mark.filterwarnings(
    "ignore:coroutine .* was never awaited:RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
"""graphql-core leaves coroutines behind where an error in a list ends the others; that ours leaves none has a test."""


@dataclass(frozen=True)
class Case:
    """What is run. The faults are of `kinds` at `rate` of a thousand values."""

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    seed: int = 0
    rate: int = 0
    kinds: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()

    def context(self) -> ToyContext:
        return ToyContext(self.seed, faults_of(self.seed, self.rate, self.kinds), self.failing)


async def compare(executor: Executor, case: Case) -> Answer | None:
    """Raises AssertionError where the two differ. Executed twice, so that what is kept of the first run is tried.

    None where the data is no JSON: then the executor must say so as well.
    """
    answer = None
    async with asyncio.timeout(HANGING):
        context = case.context()
        data, errors = await _expected(case, context)
        for _ in range(2):
            own = case.context()
            try:
                answer = await executor.execute(case.query, case.variables, case.operation_name, own)
            except TypeError:
                assert not _is_json(data)
                continue
            assert own.done == context.done
            await _agree(case, answer, data, errors)
    return answer


async def _expected(case: Case, context: ToyContext) -> tuple[Any, Sequence[GraphQLError]]:
    """What Strawberry answers; but it raises for an unknown operation, and takes the first one where none is named."""
    try:
        document = parse(case.query)
    except GraphQLError as error:
        return None, [error]
    if _names_one(document, case.operation_name):
        result: Any = await schema.execute(
            case.query, dict(case.variables), context_value=context, operation_name=case.operation_name
        )
    elif errors := validate_document(schema._schema, document, specified_rules):
        return None, errors
    else:
        result = await _by_graphql_core(document, case)
    return result.data, result.errors or ()


def _names_one(document: DocumentNode, name: str | None) -> bool:
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    if name is None:
        return len(operations) == 1
    return name in {each.name.value for each in operations if each.name}


async def _agree(case: Case, answer: Answer, data: Any, errors: Sequence[GraphQLError]) -> None:
    found, wanted = set(map(told, answer.errors)), set(map(told, errors))
    if answer.data is None:
        assert data is None
        assert found == wanted
        return
    assert answer.data == encoded(data)
    assert len(found) == len(answer.errors), "an error is told twice"
    if found == wanted:
        return
    decided_found, decided_wanted = _by_place(found, data), _by_place(wanted, data)
    assert decided_found.keys() == decided_wanted.keys()
    for place, those in decided_wanted.items():
        if any(path == place for path, _, _ in those):
            assert decided_found[place] == those
    assert found <= await possible(case)


def encoded(data: Any) -> bytes:
    """graphql-core's data as JSON. Raises TypeError for what is none."""
    return msgspec.json.encode(data, enc_hook=_as_text)


def _is_json(data: Any) -> bool:
    try:
        encoded(data)
    except TypeError:
        return False
    return True


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return "".join(value)
    raise TypeError(f"no JSON: {value!r}")


def _by_place(errors: Iterable[Told], data: Any) -> dict[Path, set[Told]]:
    """Errors by the place that is null for them."""
    by_place: dict[Path, set[Told]] = {}
    for error in errors:
        by_place.setdefault(null_place(error[0] or (), data), set()).add(error)
    return by_place


def null_place(path: Path, data: Any) -> Path:
    """The first place on the path that is null. Raises AssertionError where there is none."""
    for length, key in enumerate(path):
        if data is None:
            return path[:length]
        data = data[key]
    assert data is None, f"there is an error at {path}, which is not null"
    return path


def told(error: GraphQLError) -> Told:
    path = None if error.path is None else tuple(error.path)
    return path, error.message, tuple((each.line, each.column) for each in error.locations or ())


async def possible(case: Case) -> set[Told]:
    """All errors there are, as graphql-core tells them when none makes null what is around it."""
    parsed = parse(case.query)
    directive = DirectiveNode(name=NameNode(value="experimental_disableErrorPropagation"), arguments=())
    definitions = tuple(
        replace(each, directives=(directive,)) if isinstance(each, OperationDefinitionNode) else each
        for each in parsed.definitions
    )
    document = DocumentNode(definitions=definitions)
    result = await _by_graphql_core(document, case)
    return set(map(told, result.errors or ()))


async def _by_graphql_core(document: DocumentNode, case: Case) -> ExecutionResult:
    result = execute(
        schema._schema,
        document,
        context_value=case.context(),
        variable_values=dict(case.variables),
        operation_name=case.operation_name,
    )
    settled = await result if inspect.isawaitable(result) else result
    assert isinstance(settled, ExecutionResult)
    return settled
