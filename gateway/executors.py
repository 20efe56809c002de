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
from schema.views import ROUTERS, for_clients


class Executors:
    """Of one graph. `told` are the roles that may ask for its schema, and to whom names are suggested. `rules`: so are
    the access rules, to routers."""

    def __init__(
        self, schema: strawberry.Schema, limits: Limits, told: Collection[Role], *, rules: bool = True
    ) -> None:
        self._limits = limits
        self._told = frozenset(told)
        self._whole = {False: schema, True: view_for(schema, Audience.PARTNER)}
        self._executor = cache(self._made)
        self._sdl = cache(lambda partner: subgraph_sdl(self._whole[partner], rules=rules))

    def of(self, viewer: Viewer, document: str = "") -> Executor:
        """For that document: one that asks what only routers do is a router's."""
        is_routers = any(field in document for field in ROUTERS)
        return self._executor(_is_partner(viewer), self.may_introspect(viewer), is_routers)

    def may_introspect(self, viewer: Viewer) -> bool:
        return viewer.role in self._told

    def sdl_for(self, viewer: Viewer) -> str:
        """What the viewer's audience sees, as a subgraph."""
        return self._sdl(_is_partner(viewer))

    def _made(self, partner: bool, introspects: bool, routers: bool) -> Executor:
        view = self._whole[partner] if routers else for_clients(self._whole[partner])
        refused = () if introspects else (NoSchemaIntrospectionCustomRule,)
        return Executor(view, rules=(*specified_rules, *refused), limits=self._limits, suggests=introspects)


def _is_partner(viewer: Viewer) -> bool:
    return viewer.role is Role.PARTNER
