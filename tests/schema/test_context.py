"""What one request shares: a level's reads go together, and no object is taken for another."""

import gc
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from auth.scope import ScopeCompiler
from schema.context import Context
from tests.portal import Portal


def context_of(portal: Portal) -> Context:
    return Context(
        viewer=portal.viewers["manager@north.example"],
        sources=portal.sources,
        scopes=ScopeCompiler(portal.sources.installed_base),
        clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        request_id="test",
    )


class Parent:
    def __init__(self, name: str) -> None:
        self.name = name


async def names(parents: Sequence[Parent], context: Context, **arguments: Any) -> Sequence[str]:
    return [parent.name for parent in parents]


async def test_a_parent_that_is_gone_is_not_taken_for_the_next(portal: Portal) -> None:
    """Python gives a new object the identity of one that is gone; a loader knows its parents by identity."""
    context = context_of(portal)
    for number in range(100):
        assert await context.load(names, 1, Parent(f"parent {number}"), {}) == f"parent {number}"
        gc.collect(0)


async def test_the_same_field_at_another_place_of_the_document_has_arguments_of_its_own(portal: Portal) -> None:
    query = """{ installedProduct(assetId: "10000001") {
        all: cases { totalCount } open: cases(filter: {open: true}) { totalCount } } }"""
    asset = (await portal.data("manager@north.example", query))["installedProduct"]
    assert asset["all"]["totalCount"] > asset["open"]["totalCount"] > 0


async def test_a_fragment_used_at_two_levels_answers_each_by_its_own_parents(portal: Portal) -> None:
    query = """{
      case(number: "300000101") { ...about installedProduct { cases(first: 3) { nodes { ...about } } } }
    }
    fragment about on Case { number installedProduct { assetId } visits { serviceOrder { number } } }"""
    case = (await portal.data("manager@north.example", query))["case"]
    assert case["installedProduct"]["assetId"] == "10000001"
    assert [node["installedProduct"]["assetId"] for node in case["installedProduct"]["cases"]["nodes"]] == [
        "10000001"
    ] * 3
    assert case["visits"] == [{"serviceOrder": {"number": "80000101"}}]
