"""Who is answered from which schema: a partner's programs from the partner's view, and whether names are told."""

from collections.abc import Collection
from functools import cache

import strawberry
from graphql import NoSchemaIntrospectionCustomRule, specified_rules

from auth.viewer import Role, Viewer
from gateway.execution import Executor
from gateway.execution.shape import Limits
from schema.audiences import Audience, view_for
from schema.federation.sdl import subgraph_sdl


class Executors:
    """Of one graph. `told` are the roles that may ask for its schema, and to whom names are suggested. `rules`: so are
    the access rules, to routers."""

    def __init__(
        self, schema: strawberry.Schema, limits: Limits, told: Collection[Role], *, rules: bool = True
    ) -> None:
        self._limits = limits
        self._told = frozenset(told)
        self._views = {False: schema, True: view_for(schema, Audience.PARTNER)}
        self._made: dict[tuple[bool, bool], Executor] = {}
        self._sdl = cache(lambda partner: subgraph_sdl(self._views[partner], rules=rules))

    def of(self, viewer: Viewer) -> Executor:
        key = (_is_partner(viewer), self.may_introspect(viewer))
        if key not in self._made:
            self._made[key] = self._executor(*key)
        return self._made[key]

    def may_introspect(self, viewer: Viewer) -> bool:
        return viewer.role in self._told

    def sdl_for(self, viewer: Viewer) -> str:
        """What the viewer's audience sees, as a subgraph."""
        return self._sdl(_is_partner(viewer))

    def _executor(self, partner: bool, introspects: bool) -> Executor:
        refused = () if introspects else (NoSchemaIntrospectionCustomRule,)
        return Executor(
            self._views[partner], rules=(*specified_rules, *refused), limits=self._limits, suggests=introspects
        )


def _is_partner(viewer: Viewer) -> bool:
    return viewer.role is Role.PARTNER
