"""The graph: made once at the start, with a rule before every field."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import strawberry
from graphql import GraphQLError, GraphQLInputObjectType, GraphQLObjectType, Undefined
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig

from schema.access import guard
from schema.account import Account
from schema.archived_case import ArchivedCase
from schema.attachment import UPLOAD, Upload
from schema.case import Case
from schema.contract import ServiceContract
from schema.descriptions import describe
from schema.enums import describe_values
from schema.federation.entities import REPRESENTATION, Representation
from schema.installed_product import InstalledProduct
from schema.location import Location
from schema.mutation import Mutation
from schema.root import Query
from schema.service_order import ServiceOrder, Visit
from schema.subscription import Subscription
from schema.views import for_clients
from schema.warranty import Warranty

SDL = Path(__file__).with_name("schema.graphql")
"""The committed SDL: what clients build on, and what a change of the graph is reviewed by."""


class Schema(strawberry.Schema):
    """Strawberry's schema; errors are logged where they are told (`schema.errors.format_error`), once."""

    def process_errors(self, errors: Sequence[GraphQLError], execution_context: object = None) -> None:
        """Strawberry would log each with its stack trace, those meant for people too."""


@cache
def create_schema() -> strawberry.Schema:
    """The one graph of the process: nobody changes it once it is made.

    Raises schema.access.FieldWithoutRule where a field has no access rule.
    """
    made = Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[
            Account,
            ArchivedCase,
            Case,
            InstalledProduct,
            Location,
            ServiceContract,
            ServiceOrder,
            Visit,
            Warranty,
        ],
        config=StrawberryConfig(auto_camel_case=True, scalar_map={Upload: UPLOAD, Representation: REPRESENTATION}),
    )
    describe_values(made._schema.type_map)
    describe(made._schema.type_map)
    _omit_null_defaults(made._schema.type_map)
    guard(made._schema)
    return made


def print_sdl(made: strawberry.Schema) -> str:
    """The SDL for clients, with each field's rule."""
    return print_schema(for_clients(made)) + "\n"


def _omit_null_defaults(types: Mapping[str, Any]) -> None:
    """An optional argument has no default to show: leaving it out and null mean the same."""
    for type_ in types.values():
        if isinstance(type_, GraphQLInputObjectType):
            slots: Iterable[Any] = type_.fields.values()
        elif isinstance(type_, GraphQLObjectType):
            slots = [argument for field in type_.fields.values() for argument in field.args.values()]
        else:
            continue
        for slot in slots:
            if slot.default_value is None:
                slot.default_value = Undefined
