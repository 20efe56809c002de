"""Documents: parsed and validated once, and kept with their plans as long as there is room."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

import strawberry
from graphql import (
    ASTValidationRule,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    TokenKind,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gateway.execution.cost import Counting
from gateway.execution.plan import OperationPlan
from gateway.execution.planner import Planner
from gateway.execution.selections import condition_variables
from gateway.execution.shape import Exceeded, Limits, exceeded
from gateway.execution.unsupported import Unsupported

_MOST_PLANS = 16
"""Plans kept of one document: it has one for each operation and each value of its conditions."""


_MOST_DIGITS = 400

_MOST_COSTS = 64
"""Costs kept of one document, by the sizes that it asks for."""


class UnknownOperation(LookupError):
    """The document holds no operation of that name, or several and none was named."""


class Document:
    """A document of one schema. `errors` are those of its syntax and its validation: with any, nothing is executed."""

    def __init__(
        self,
        schema: strawberry.Schema,
        text: str,
        rules: Sequence[type[ASTValidationRule]],
        limits: Limits | None,
        *,
        suggests: bool,
    ) -> None:
        self.size = len(text)
        self.errors: Sequence[GraphQLError] = ()
        self.node: DocumentNode | None = None
        self.operations: dict[str | None, OperationDefinitionNode] = {}
        self.fragments: dict[str, FragmentDefinitionNode] = {}
        self._schema = schema
        self._conditions: dict[OperationDefinitionNode, tuple[str, ...]] = {}
        self._sizes: dict[OperationDefinitionNode, tuple[str, ...]] = {}
        self._costs: dict[tuple[object, ...], int] = {}
        self._plans: OrderedDict[tuple[object, ...], OperationPlan | None] = OrderedDict()
        try:
            self.node = _parsed(text, limits)
            every = (*rules, MaybeNullValidationRule, OneOfInputValidationRule)
            self.errors = validate(schema._schema, self.node, every, hide_suggestions=not suggests)
        except GraphQLError as error:
            self.errors = [error]
        except RecursionError:
            self.errors = [GraphQLError("The document is nested too deeply.")]
        if self.node is not None and not self.errors:
            self._take_apart(self.node)

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Raises UnknownOperation."""
        if name is None:
            if len(self.operations) != 1:
                several = "Must provide operation name if query contains multiple operations."
                raise UnknownOperation(several if self.operations else "Must provide an operation.")
            return next(iter(self.operations.values()))
        if name not in self.operations:
            raise UnknownOperation(f"Unknown operation named '{name}'.")
        return self.operations[name]

    def cost(self, operation: OperationDefinitionNode, variables: Mapping[str, object]) -> int:
        """What it may ask for at most, in objects (`gateway.execution.cost`). Counted once for each size that it asks
        for by variables."""
        names = self._sizes.get(operation)
        if names is not None:
            key = (id(operation), *(_size_of(variables.get(name)) for name in names))
            if key in self._costs:
                return self._costs[key]
        counting = Counting(self._schema._schema, self.fragments, variables)
        cost = counting.of(operation)
        names = self._sizes.setdefault(operation, tuple(sorted(counting.used)))
        if len(self._costs) >= _MOST_COSTS:
            self._costs.clear()
        self._costs[id(operation), *(_size_of(variables.get(name)) for name in names)] = cost
        return cost

    def plan(self, operation: OperationDefinitionNode, variables: Mapping[str, object]) -> OperationPlan | None:
        """The operation's plan for those values of its conditions. None where graphql-core is to execute it."""
        names = self._conditions.get(operation)
        if names is None:
            names = condition_variables(operation.selection_set, self.fragments)
            self._conditions[operation] = names
        values = tuple(variables.get(name) for name in names)
        key = (id(operation), *values)
        if key in self._plans:
            self._plans.move_to_end(key)
            return self._plans[key]
        plan = self._planned(operation, dict(zip(names, values, strict=True)))
        self._plans[key] = plan
        if len(self._plans) > _MOST_PLANS:
            self._plans.popitem(last=False)
        return plan

    def _planned(self, operation: OperationDefinitionNode, conditions: Mapping[str, object]) -> OperationPlan | None:
        decided = {name: value for name, value in conditions.items() if isinstance(value, bool)}
        if len(decided) < len(conditions):
            return None  # a condition that is null: graphql-core says what is wrong with it
        try:
            return Planner(self._schema, self.fragments, decided).plan(operation)
        except (Unsupported, RecursionError):
            return None

    def _take_apart(self, node: DocumentNode) -> None:
        for definition in node.definitions:
            if isinstance(definition, OperationDefinitionNode):
                self.operations[definition.name.value if definition.name else None] = definition
            elif isinstance(definition, FragmentDefinitionNode):
                self.fragments[definition.name.value] = definition


class Documents:
    """A bounded store of documents by their text.

    A new one goes on trial, and is kept in earnest from its second use on: documents that are sent once, however
    many, push out only one another. Sizes are estimates: a document's syntax tree, plans and code take so many bytes
    for each character of its text.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        rules: Sequence[type[ASTValidationRule]] = tuple(specified_rules),
        limits: Limits | None = None,
        suggests: bool = True,
        max_bytes: int = 32 * 1024 * 1024,
    ) -> None:
        self._schema = schema
        self._rules = rules
        self._limits = limits
        self._suggests = suggests
        self._trial = _Shelf(max_bytes // 4)
        self._kept = _Shelf(max_bytes - max_bytes // 4)

    def get(self, text: str) -> Document:
        known = self._kept.get(text)
        if known is not None:
            return known
        known = self._trial.pop(text)
        if known is not None:
            self._kept.put(text, known)
            return known
        made = Document(self._schema, text, self._rules, self._limits, suggests=self._suggests)
        self._trial.put(text, made)
        return made

    @property
    def estimated_bytes(self) -> int:
        return self._trial.bytes + self._kept.bytes

    def __len__(self) -> int:
        return len(self._trial) + len(self._kept)


def _size_of(value: object) -> object:
    """What of a variable's value a size depends on."""
    return len(value) if isinstance(value, list) else value if isinstance(value, int) else None


def _parsed(text: str, limits: Limits | None) -> DocumentNode:
    """Raises GraphQLError, too where it exceeds a limit: then nothing more is done with it."""
    if limits is None:
        return parse(text)
    if len(text) > limits.characters:
        raise _too_much(Exceeded("characters", len(text), limits.characters))
    try:
        node = parse(text, max_tokens=limits.tokens)
    except GraphQLSyntaxError as error:
        if f"more than {limits.tokens} tokens" in error.message:
            raise _too_much(Exceeded("tokens", limits.tokens + 1, limits.tokens)) from None
        raise
    if _has_long_number(node):
        raise GraphQLError(f"A number in the document has more than {_MOST_DIGITS} digits.")
    found = exceeded(node, limits)
    if found is not None:
        raise _too_much(found)
    return node


def _has_long_number(node: DocumentNode) -> bool:
    """Python refuses to read one of some thousands of digits, and takes its time with shorter ones."""
    token = node.loc.start_token if node.loc is not None else None
    while token is not None:
        if token.kind in (TokenKind.INT, TokenKind.FLOAT) and len(token.value or "") > _MOST_DIGITS:
            return True
        token = token.next
    return False


def _too_much(found: Exceeded) -> GraphQLError:
    told = f"The document exceeds the limit '{found.limit}': {found.value}, and at most {found.most} are allowed."
    extensions = {"code": "QUERY_TOO_COSTLY", "limit": found.limit, "value": found.value, "maximum": found.most}
    return GraphQLError(told, extensions=extensions)


_BYTES_A_CHARACTER = 400
_BYTES_A_DOCUMENT = 20_000


class _Shelf:
    """Documents up to so many bytes, the one used longest ago leaving first."""

    def __init__(self, max_bytes: int) -> None:
        self.bytes = 0
        self._max_bytes = max_bytes
        self._documents: OrderedDict[str, Document] = OrderedDict()

    def get(self, text: str) -> Document | None:
        found = self._documents.get(text)
        if found is not None:
            self._documents.move_to_end(text)
        return found

    def pop(self, text: str) -> Document | None:
        found = self._documents.pop(text, None)
        if found is not None:
            self.bytes -= _estimate(found)
        return found

    def put(self, text: str, document: Document) -> None:
        if _estimate(document) > self._max_bytes:
            return
        self._documents[text] = document
        self.bytes += _estimate(document)
        while self.bytes > self._max_bytes:
            _, left = self._documents.popitem(last=False)
            self.bytes -= _estimate(left)

    def __len__(self) -> int:
        return len(self._documents)


def _estimate(document: Document) -> int:
    return _BYTES_A_DOCUMENT + _BYTES_A_CHARACTER * document.size
