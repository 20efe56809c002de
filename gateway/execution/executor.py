"""Executes operations by their plans; what a plan can't hold, by graphql-core over the same resolvers."""

import inspect
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import strawberry
from graphql import (
    ASTValidationRule,
    ExecutionResult,
    GraphQLError,
    OperationDefinitionNode,
    execute,
    specified_rules,
)
from graphql.execution import Executor as CoreExecutor
from graphql.execution import create_source_event_stream
from graphql.execution.values import VariableValues, get_variable_values

from gateway.execution.documents import Document, Documents, UnknownOperation
from gateway.execution.levels import run_level
from gateway.execution.places import ROOT
from gateway.execution.plan import DEAD, OperationPlan
from gateway.execution.run import MOST_OBJECTS, Run, TooManyObjects
from gateway.execution.shape import Limits

_MOST_COERCION_ERRORS = 50


class Answer(NamedTuple):
    """`data` is JSON; None where nothing was executed, because the document or the variables are at fault.

    `planned` is False where graphql-core executed the operation.
    """

    data: bytes | None
    errors: list[GraphQLError]
    planned: bool = True


class Executor:
    """Of one schema. `rules` validate documents; one that exceeds `limits` is refused before.
    `suggests`: an error may say what of the schema was meant."""

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        rules: Sequence[type[ASTValidationRule]] = tuple(specified_rules),
        limits: Limits | None = None,
        suggests: bool = True,
    ) -> None:
        self.documents = Documents(schema, rules=rules, limits=limits, suggests=suggests)
        self._suggests = suggests
        self._schema = schema

    async def execute(
        self,
        query: str,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        context: Any,  # Any: what the schema's resolvers share; its `wanted` is set
        root: Any = None,
    ) -> Answer:
        """Parse, validate, plan and run, as far as that has not been done before. Never raises what is the query's
        fault: that stands in the errors."""
        document = self.documents.get(query)
        if document.errors:
            return Answer(None, list(document.errors))
        try:
            operation = document.operation(operation_name)
        except UnknownOperation as error:
            return Answer(None, [GraphQLError(str(error))])
        return await self.run(document, operation, variables, context, root)

    async def run(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any] | None,
        context: Any,
        root: Any = None,
    ) -> Answer:
        """Run an operation of a valid document."""
        values = _coerced(self._schema, operation, variables, suggests=self._suggests)
        if not isinstance(values, VariableValues):
            return Answer(None, values)
        plan = document.plan(operation, values.coerced)
        if plan is None:
            return await self._run_by_graphql_core(document, operation, variables, context, root)
        context.wanted = plan.wanted
        run = Run(
            schema=self._schema._schema,
            operation=operation,
            fragments=document.fragments,
            variables=values,
            context=context,
            root=root,
        )
        return await run_plan(plan, run)

    async def events(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any] | None,
        context: Any,
    ) -> AsyncIterator[object] | Answer:
        """What a subscription's source tells; each event is to be run as `root`. An answer without data where there is
        no source."""
        assert document.node is not None  # noqa: S101 - it is valid
        made = CoreExecutor.build(
            self._schema._schema,
            document.node,
            context_value=context,
            raw_variable_values=dict(variables or {}),
            operation_name=operation.name.value if operation.name else None,
            hide_suggestions=not self._suggests,
        )
        if not isinstance(made, CoreExecutor):
            return Answer(None, list(made))
        source = create_source_event_stream(made)
        if inspect.isawaitable(source):
            source = await source
        if isinstance(source, ExecutionResult):
            return Answer(None, list(source.errors or ()))
        return aiter(source)

    async def _run_by_graphql_core(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any] | None,
        context: Any,
        root: Any,
    ) -> Answer:
        assert document.node is not None  # noqa: S101 - it is valid
        name = operation.name.value if operation.name else None
        result = execute(
            self._schema._schema,
            document.node,
            root_value=root,
            context_value=context,
            variable_values=dict(variables or {}),
            operation_name=name,
            hide_suggestions=not self._suggests,
        )
        if inspect.isawaitable(result):
            result = await result
        assert isinstance(result, ExecutionResult)  # noqa: S101 - nothing is delivered in parts
        return Answer(_encode(result.data), list(result.errors or ()), planned=False)


async def run_plan(plan: OperationPlan, run: Run) -> Answer:
    """Also for one event of a subscription: `run.root` is then the event."""
    try:
        (output,) = await run_level(plan.root, [run.root], ROOT, run, serial=plan.serial)
    except TooManyObjects:
        problem = f"The answer holds more than {MOST_OBJECTS} objects. Ask for less at once."
        return Answer(b"null", [GraphQLError(problem, extensions={"code": "QUERY_TOO_COSTLY"})])
    return Answer(b"null" if output is DEAD else _encode(output), run.errors.told)


def _plain(value: object) -> object:
    """What msgspec can't encode by its class alone: text of a class of its own, as lxml's, is text."""
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind(value)
    raise TypeError(f"a value of {type(value).__name__} can't be written as JSON")


_encode = msgspec.json.Encoder(enc_hook=_plain).encode


def _coerced(
    schema: strawberry.Schema,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any] | None,
    *,
    suggests: bool,
) -> VariableValues | list[GraphQLError]:
    if not operation.variable_definitions:
        return _NO_VARIABLES
    return get_variable_values(
        schema._schema,
        operation.variable_definitions,
        dict(variables or {}),
        max_errors=_MOST_COERCION_ERRORS,
        hide_suggestions=not suggests,
    )


_NO_VARIABLES = VariableValues({}, {})
