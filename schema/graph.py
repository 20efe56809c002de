"""The graph: made once at the start, with a rule before every field."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import strawberry
from graphql import GraphQLEnumType
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig

from schema.access import guard
from schema.account import Account
from schema.archived_case import ArchivedCase
from schema.case import Case
from schema.contract import ServiceContract
from schema.installed_product import InstalledProduct
from schema.labels import FALLBACK, catalogue
from schema.location import Location
from schema.root import Query
from schema.service_order import ServiceOrder, Visit
from schema.warranty import Warranty

SDL = Path(__file__).with_name("schema.graphql")
"""The committed SDL: what clients build on, and what a change of the graph is reviewed by."""


def create_schema() -> strawberry.Schema:
    """Raises schema.access.FieldWithoutRule where a field has no access rule."""
    made = strawberry.Schema(
        query=Query,
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
        config=StrawberryConfig(auto_camel_case=True),
    )
    _describe_values(made._schema.type_map)
    guard(made._schema)
    return made


def print_sdl(made: strawberry.Schema) -> str:
    """The SDL, with each field's rule."""
    return print_schema(made) + "\n"


def _describe_values(types: Mapping[str, Any]) -> None:
    words = catalogue(FALLBACK)
    for name, values in words.items():
        type_ = types.get(name)
        if isinstance(type_, GraphQLEnumType):
            for value, described in type_.values.items():
                if described.description is None:
                    described.description = values[value]
