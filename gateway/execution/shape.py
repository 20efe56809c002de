"""How large a document is, told from its text alone, before anything costly is done with it.

One pass: each fragment is measured once, wherever it is spread, so that a document takes time by its length and not by
what its fragments multiply to (the usual limiters of depth and aliases walk every spread).
"""

from collections.abc import Mapping
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)


class Limits(NamedTuple):
    """Of one document. `height` counts fields, `aliases` and `directives` what stands on them, all with fragments put
    in their places; `depth` counts levels of fields."""

    characters: int
    tokens: int
    depth: int
    height: int
    aliases: int
    root_fields: int
    directives: int
    fragments: int


class Exceeded(NamedTuple):
    """A limit by its name in `Limits`, and what the document has."""

    limit: str
    value: int
    most: int


class _Size(NamedTuple):
    depth: int = 0
    height: int = 0
    aliases: int = 0
    directives: int = 0


_NOTHING = _Size()


def exceeded(node: DocumentNode, limits: Limits) -> Exceeded | None:
    """The first limit that a document of valid syntax exceeds. One whose fragments are in a circle is measured as if
    they ended there: validation refuses it."""
    fragments = {each.name.value: each for each in node.definitions if isinstance(each, FragmentDefinitionNode)}
    if len(fragments) > limits.fragments:
        return Exceeded("fragments", len(fragments), limits.fragments)
    measuring = _Measuring(fragments)
    for operation in node.definitions:
        if not isinstance(operation, OperationDefinitionNode):
            continue
        size = measuring.of(operation.selection_set)
        told = {
            "root_fields": measuring.root_fields(operation.selection_set),
            "depth": size.depth,
            "height": size.height,
            "aliases": size.aliases,
            "directives": size.directives + len(operation.directives or ()),
        }
        for limit, value in told.items():
            most: int = getattr(limits, limit)
            if value > most:
                return Exceeded(limit, value, most)
    return None


class _Measuring:
    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, _Size] = {}
        self._roots: dict[str, int] = {}

    def of(self, selections: SelectionSetNode | None) -> _Size:
        depth = height = aliases = directives = 0
        for selection in selections.selections if selections is not None else ():
            directives += len(selection.directives or ())
            match selection:
                case FieldNode():
                    below = self.of(selection.selection_set)
                    size = below._replace(
                        depth=below.depth + 1,
                        height=below.height + 1,
                        aliases=below.aliases + (selection.alias is not None),
                    )
                case InlineFragmentNode():
                    size = self.of(selection.selection_set)
                case FragmentSpreadNode():
                    size = self._fragment(selection.name.value)
                case _:
                    size = _NOTHING
            depth = max(depth, size.depth)
            height += size.height
            aliases += size.aliases
            directives += size.directives
        return _Size(depth, height, aliases, directives)

    def root_fields(self, selections: SelectionSetNode) -> int:
        count = 0
        for selection in selections.selections:
            match selection:
                case FieldNode():
                    count += 1
                case InlineFragmentNode():
                    count += self.root_fields(selection.selection_set)
                case FragmentSpreadNode():
                    name = selection.name.value
                    if name not in self._roots:
                        self._roots[name] = 0
                        found = self._fragments.get(name)
                        self._roots[name] = 0 if found is None else self.root_fields(found.selection_set)
                    count += self._roots[name]
                case _:
                    continue
        return count

    def _fragment(self, name: str) -> _Size:
        if name not in self._known:
            self._known[name] = _NOTHING  # where it is spread in itself
            found = self._fragments.get(name)
            if found is not None:
                size = self.of(found.selection_set)
                self._known[name] = size._replace(directives=size.directives + len(found.directives or ()))
        return self._known[name]
