"""Every order of every list, both ways: values in order, rows without one last, nothing lost (F3)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest
import strawberry
from graphql import GraphQLEnumType, get_named_type, is_enum_type

from tests.portal import Portal
from tests.schema.filtering import ANALYST, BOTH, MANAGER

# list: (order input, its type, {order field: the field that holds its value})
ORDERS: dict[str, tuple[str, str, dict[str, str]]] = {
    "accounts": ("AccountOrder", "Account", {"NAME": "name", "NUMBER": "number", "CITY": "city"}),
    "locations": ("LocationOrder", "Location", {"DESCRIPTION": "description", "CITY": "city"}),
    "installedProducts": (
        "InstalledProductOrder",
        "InstalledProduct",
        {
            "DESCRIPTION": "description",
            "INSTALLED_PRODUCT_NUMBER": "installedProductNumber",
            "ASSET_ID": "assetId",
            "SERIAL_NUMBER": "serialNumber",
            "MODALITY": "modality",
            "STATUS": "status",
            "INSTALLATION_DATE": "installationDate",
            "END_OF_SERVICE": "endOfService",
            "UPDATED_AT": "updatedAt",
        },
    ),
    "cases": (
        "CaseOrder",
        "Case",
        {
            "CREATED_AT": "createdAt",
            "UPDATED_AT": "updatedAt",
            "REPORTED_CLOSING_DATE": "reportedClosingDate",
            "PRIORITY": "priority",
            "STATUS": "status",
            "EVENT_TYPE": "eventType",
            "NUMBER": "number",
        },
    ),
    "serviceContracts": (
        "ServiceContractOrder",
        "ServiceContract",
        {"NUMBER": "number", "START_DATE": "startDate", "END_DATE": "endDate", "STATUS": "status"},
    ),
    "warranties": (
        "WarrantyOrder",
        "Warranty",
        {"ASSET_ID": "assetId", "START_DATE": "startDate", "END_DATE": "endDate"},
    ),
}
CASES = [(noun, field) for noun, (_, _, fields) in ORDERS.items() for field in fields]


def types(graph: strawberry.Schema) -> Mapping[str, Any]:
    return graph._schema.type_map


def comparable(graph: strawberry.Schema, type_: str, field: str) -> Callable[[Any], Any]:
    """How values of that field compare: enumerations as the SDL lists them, texts without regard to case."""
    value = get_named_type(types(graph)[type_].fields[field].type)
    if is_enum_type(value):
        assert isinstance(value, GraphQLEnumType)
        return list(value.values).index
    if value.name == "DateTime":
        return datetime.fromisoformat
    return str.casefold


async def asked(portal: Portal, who: str, noun: str, order: list[dict[str, str]], *fields: str) -> list[dict[str, Any]]:
    query = f"""query($order: [{ORDERS[noun][0]}!]) {{
        {noun}(orderBy: $order, first: 1000) {{ nodes {{ id {" ".join(fields)} }} }} }}"""
    nodes: list[dict[str, Any]] = (await portal.data(who, query, order=order))[noun]["nodes"]
    return nodes


def test_every_order_that_the_graph_offers_is_tried(graph: strawberry.Schema) -> None:
    for order, _, fields in ORDERS.values():
        assert set(types(graph)[f"{order}Field"].values) == set(fields)


@pytest.mark.rule("F3")
@BOTH
@pytest.mark.parametrize(("noun", "term"), CASES)
async def test_rows_are_in_order_both_ways_and_those_without_a_value_come_last(
    portal: Portal, graph: strawberry.Schema, who: str, noun: str, term: str
) -> None:
    _, type_, fields = ORDERS[noun]
    name = fields[term]
    key = comparable(graph, type_, name)
    everything = {node["id"] for node in await asked(portal, who, noun, [])}
    for direction in ("ASC", "DESC"):
        nodes = await asked(portal, who, noun, [{"field": term, "direction": direction}], name)
        assert {node["id"] for node in nodes} == everything
        valued = [key(node[name]) for node in nodes if node[name] is not None]
        assert valued == sorted(valued, reverse=direction == "DESC")
        assert [node[name] for node in nodes[len(valued) :]] == [None] * (len(nodes) - len(valued))


@BOTH
async def test_later_terms_order_what_earlier_ones_leave_alike(portal: Portal, who: str) -> None:
    order = [{"field": "PRIORITY"}, {"field": "EVENT_TYPE", "direction": "DESC"}, {"field": "NUMBER"}]
    nodes = await asked(portal, who, "cases", order, "priority", "eventType", "number")
    alike: dict[tuple[str, str], list[str]] = {}
    for node in nodes:
        alike.setdefault((node["priority"], node["eventType"]), []).append(node["number"].casefold())
    assert all(numbers == sorted(numbers) for numbers in alike.values())
    assert max(len(numbers) for numbers in alike.values()) > 3


@BOTH
async def test_a_term_that_is_named_again_has_no_effect(portal: Portal, who: str) -> None:
    once = [{"field": "PRIORITY"}, {"field": "NUMBER"}]
    again = [*once[:1], {"field": "PRIORITY", "direction": "DESC"}, *once[1:]]
    assert await asked(portal, who, "cases", again) == await asked(portal, who, "cases", once)


@BOTH
async def test_cases_come_newest_first_where_no_order_is_asked_for(portal: Portal, who: str) -> None:
    data = await portal.data(who, "{ cases(first: 1000) { nodes { id } } }")
    newest = await asked(portal, who, "cases", [{"field": "CREATED_AT", "direction": "DESC"}])
    assert data["cases"]["nodes"] == newest


async def test_the_restricted_and_the_unrestricted_order_alike(portal: Portal) -> None:
    """The gateway sorts what the manager sees, SAP and the CRM sort for the analyst: the story has only one order."""
    for noun, term in CASES:
        if noun == "accounts":
            continue  # the manager's list holds related accounts, of which no city is known
        order = [{"field": term}]
        mine = [node["id"] for node in await asked(portal, MANAGER, noun, order)]
        everyones = [node["id"] for node in await asked(portal, ANALYST, noun, order)]
        assert [key for key in everyones if key in mine] == mine, (noun, term)
