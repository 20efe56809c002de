"""Generated code that writes the rows of a level: from their attributes and the columns below to output structs.

It looks at each leaf's class only, and gives what is not of the usual one to the exact completion, which raises where a
value can't be shown. A row that raises is a matter for `rows`.
"""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLOutputType, Undefined, is_list_type, is_non_null_type

from gateway.execution.leaves import complete_leaf, fast_path
from gateway.execution.plan import Leaf, ObjectPlan, PlannedField, Writer


class Unusual(Exception):
    """A value that the generated code can't write: the row is to be looked at by itself."""


def make_writer(plan: ObjectPlan) -> Writer:
    """`columns` are the resolved fields' values, `functions` the prepared computed ones, both in the plan's order."""
    names: dict[str, object] = {"Output": plan.output}
    lines: list[str] = []
    arguments: list[str] = []
    columns = functions = 0
    for number, field in enumerate(plan.fields):
        if not isinstance(field, Leaf):
            arguments.append(f"x{columns}")
            columns += 1
        elif field.constant is not None:
            arguments.append(repr(field.constant))
        else:
            value = f"row.{field.attribute}"
            if field.prepare is not None:
                value, functions = f"f{functions}(row)", functions + 1
            lines += _leaf_lines(field, number, value, names)
            arguments.append(f"v{number}")
    source = _source(columns, functions, lines, arguments)
    exec(compile(source, f"<plan of {plan.type.name}>", "exec"), names)  # noqa: S102 - of names the schema has checked
    return names["write"]  # type: ignore[return-value]  # what the source defines


def make_column_writer(field: PlannedField, leaf: Any) -> Callable[[Any], list[Any]]:
    """The same for one column of values of a leaf field: `write(values)`."""
    names: dict[str, object] = {}
    lines = _code(field.type, leaf, "0", names)
    body = "\n".join(f"        {line}" for line in lines)
    source = f"def write(values):\n    out = []\n    for v in values:\n{body}\n        out.append(v)\n    return out\n"
    exec(compile(source, f"<column of {field.name}>", "exec"), names)  # noqa: S102 - as above
    return names["write"]  # type: ignore[return-value]  # what the source defines


def _source(columns: int, functions: int, lines: list[str], arguments: list[str]) -> str:
    own = [f"x{number}" for number in range(columns)]
    prepared = [f"    f{number} = functions[{number}]" for number in range(functions)]
    head = f"    for row, {', '.join(own)} in zip(rows, *columns):" if own else "    for row in rows:"
    body = [f"        {line}" for line in lines]
    end = f"        add(Output({', '.join(arguments)}))"
    return "\n".join(
        [
            "def write(rows, columns, functions):",
            "    out = []",
            "    add = out.append",
            *prepared,
            head,
            *body,
            end,
            "    return out",
            "",
        ]
    )


def _leaf_lines(field: Leaf, number: int, value: str, names: dict[str, object]) -> list[str]:
    return [f"v = {value}", *_code(field.type, field.leaf, str(number), names), f"v{number} = v"]


def _code(type_: GraphQLOutputType, leaf: Any, suffix: str, names: dict[str, object]) -> list[str]:
    """Statements that make of `v` what goes into the answer."""
    required = is_non_null_type(type_)
    inner = type_.of_type if is_non_null_type(type_) else type_
    complete = f"L{suffix}"
    names[complete] = _completer(type_)
    fast = None if is_list_type(inner) else fast_path(leaf, suffix)
    if fast is None:
        return [f"v = {complete}(v)"]
    names.update(fast.names)
    if fast.written == "v":
        unusual = f"not ({fast.usual})" if required else f"v is not None and not ({fast.usual})"
        return [f"if {unusual}: v = {complete}(v)"]
    usual = [f"if {fast.usual}: v = {fast.written}"]
    return [*usual, f"else: v = {complete}(v)"] if required else [*usual, f"elif v is not None: v = {complete}(v)"]


def _completer(type_: GraphQLOutputType) -> Callable[[Any], Any]:
    """A value of the type, whatever its class. Raises Unusual, or what is wrong, where it can't be shown."""
    if is_non_null_type(type_):
        complete = _completer(type_.of_type)

        def of_required(value: Any) -> Any:
            if (completed := complete(value)) is None:
                raise Unusual
            return completed

        return of_required
    if is_list_type(type_):
        item = _completer(type_.of_type)

        def of_list(value: Any) -> Any:
            if value is None:
                return None
            if value.__class__ is not list and value.__class__ is not tuple:
                raise Unusual  # an iterator, say, which can be read once only
            return [item(each) for each in value]

        return of_list

    def of_leaf(value: Any) -> Any:
        if value is None or value is Undefined:
            return None
        if isinstance(value, Exception):
            raise Unusual
        return complete_leaf(type_, value)  # type: ignore[arg-type]  # neither required nor a list: a leaf

    return of_leaf
