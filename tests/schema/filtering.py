"""Asking a list with a filter, and naming its rows as the story's tables do."""

from collections.abc import Callable
from typing import Any

import pytest

from fixtures.world.model import Account, Asset, Case, Contract, Location, Warranty
from tests.portal import Portal

MANAGER, ANALYST = "manager@north.example", "analyst@maker.example"
BOTH = pytest.mark.parametrize("who", [MANAGER, ANALYST])
Matches = Callable[[Any], bool]

# list: (input type, the fields that name a row)
NOUNS = {
    "accounts": ("AccountFilter", ("name",)),
    "locations": ("LocationFilter", ("description",)),
    "installedProducts": ("InstalledProductFilter", ("installedProductNumber",)),
    "cases": ("CaseFilter", ("sapNotificationNumber",)),
    "serviceContracts": ("ServiceContractFilter", ("number",)),
    "warranties": ("WarrantyFilter", ("assetId", "type")),
}


def name_of(row: object) -> tuple[str, ...]:
    """A story row by the fields of NOUNS."""
    match row:
        case Account() | Location() | Asset():
            return (row.name,)
        case Case() | Contract():
            return (row.number,)
        case Warranty():
            return (row.equipment, row.kind)
        case _:
            raise TypeError(row)


async def found(portal: Portal, who: str, noun: str, given: dict[str, Any] | None) -> set[tuple[str, ...]]:
    """The names of the rows that the list answers; counted and told once each."""
    type_, names = NOUNS[noun]
    query = f"query($f: {type_}) {{ {noun}(filter: $f, first: 1000) {{ totalCount nodes {{ {' '.join(names)} }} }} }}"
    page = (await portal.data(who, query, f=given))[noun]
    rows = [tuple(node[name] for name in names) for node in page["nodes"]]
    assert len(set(rows)) == len(rows) == page["totalCount"]
    return set(rows)


async def check(
    portal: Portal,
    who: str,
    noun: str,
    rows: tuple[Any, ...],
    given: dict[str, Any],
    matches: Matches,
    *,
    among: dict[str, Any] | None = None,
) -> None:
    """Of what the viewer sees (`among`: with that filter) the list answers the rows that match, and no others."""
    among = among or {}
    seen = await found(portal, who, noun, among)
    expected = {name_of(row) for row in rows if matches(row)} & seen
    assert await found(portal, who, noun, {**among, **given}) == expected
    if who == ANALYST:
        assert expected, "no row of the story matches: the filter proves nothing"


def holds(text: str, *values: str | None) -> bool:
    return any(text.strip().casefold() in (value or "").casefold() for value in values)
