"""One subscription, whatever it is told over: each event is answered with the rights of its moment."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from graphql import GraphQLError, OperationDefinitionNode

from auth.viewer import Viewer
from gateway.execution import Answer, Document, Executor
from gateway.watch import Watch
from schema.context import Context

ContextFor = Callable[[Viewer], Context]


class Subscription:
    def __init__(
        self,
        executor: Executor,
        document: Document,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any] | None,  # Any: JSON
        watch: Watch,
        context_for: ContextFor,
    ) -> None:
        self._executor = executor
        self._document = document
        self._operation = operation
        self._variables = variables
        self._watch = watch
        self._context_for = context_for

    async def answers(self) -> AsyncIterator[Answer]:
        """An answer for each event. One without data tells why there are no more."""
        context = self._context_for(self._watch.viewer)
        context.viewers = self._watch.viewers
        context.renewed = lambda: self._context_for(self._watch.viewer)
        try:
            source = await self._executor.events(self._document, self._operation, self._variables, context)
            if isinstance(source, Answer):
                yield source
                return
            async for event in source:
                yield await self._answered(event)
        except Exception as error:
            yield Answer(None, [GraphQLError("", original_error=error)])
        finally:
            context.close()

    async def _answered(self, event: object) -> Answer:
        context = self._context_for(self._watch.viewer)
        try:
            return await self._executor.run(self._document, self._operation, self._variables, context, event)
        finally:
            context.close()
