"""A filter narrows what the viewer sees and reaches nothing else: of the rest nothing is found and nothing counted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.portal import Portal
from tests.seen import every_object, everything, ids_of_the_world, nodes, rows
from tests.watchers import CUSTOMERS, sight_of, viewer


@dataclass
class Foreign:
    """What the viewer may not see, as a client would name it in a filter: numbers, texts and global ids."""

    numbers: Mapping[str, list[str]]
    texts: Mapping[str, list[str]]
    ids: Mapping[str, list[str]] = field(default_factory=dict)


@pytest.mark.parametrize("who", CUSTOMERS)
@pytest.mark.rule("R10")
async def test_filters_by_foreign_ids_and_numbers_find_nothing_and_count_nothing(portal: Portal, who: str) -> None:
    foreign = await _foreign(portal, who)
    ids, numbers = foreign.ids, foreign.numbers
    asked: list[tuple[str, str, Sequence[str]]] = [
        ("accounts", "ids", ids["Account"]),
        ("accounts", "numbers", numbers["account"]),
        ("locations", "ids", ids["Location"]),
        ("locations", "accountIds", ids["Unassigned"]),
        ("installedProducts", "ids", ids["InstalledProduct"]),
        ("installedProducts", "assetIds", numbers["equipment"]),
        ("installedProducts", "serialNumbers", numbers["serial"]),
        ("installedProducts", "technicalIds", numbers["technical"]),
        ("installedProducts", "installedProductNumbers", numbers["asset"]),
        ("installedProducts", "accountIds", ids["Unassigned"]),
        ("installedProducts", "locationIds", ids["Location"]),
        ("cases", "ids", ids["Case"]),
        ("cases", "numbers", numbers["case"]),
        ("cases", "installedProductIds", ids["InstalledProduct"]),
        ("cases", "locationIds", ids["Location"]),
        ("cases", "accountIds", ids["Unassigned"]),
        ("serviceContracts", "numbers", numbers["contract"]),
        ("serviceContracts", "assetIds", numbers["equipment"]),
        ("serviceContracts", "accountNumbers", numbers["account"]),
        ("warranties", "assetIds", numbers["equipment"]),
        ("warranties", "accountNumbers", numbers["account"]),
    ]
    assert await _found(portal, who, [(name, {key: keys}) for name, key, keys in asked if keys]) == {}


@pytest.mark.parametrize("who", CUSTOMERS)
@pytest.mark.rule("R10")
async def test_a_text_that_only_foreign_rows_hold_finds_nothing_and_counts_nothing(portal: Portal, who: str) -> None:
    foreign = await _foreign(portal, who)
    asked = [(name, {"text": text}) for name, texts in foreign.texts.items() for text in texts]
    assert await _found(portal, who, asked) == {}


async def test_the_same_texts_find_rows_for_one_who_may_see_them(portal: Portal) -> None:
    """Otherwise the promise above would say nothing."""
    foreign = await _foreign(portal, "legacy@south.example")
    asked = [(name, {"text": text}) for name, texts in foreign.texts.items() for text in texts]
    assert len(await _found(portal, "analyst@maker.example", asked)) == len(asked) > 40


@pytest.mark.parametrize("who", CUSTOMERS)
@pytest.mark.rule("R10")
async def test_foreign_ids_beside_own_ones_add_nothing(portal: Portal, who: str) -> None:
    answer, foreign = await everything(portal, who), await _foreign(portal, who)
    for name, type_ in (("locations", "Location"), ("installedProducts", "InstalledProduct"), ("cases", "Case")):
        own = [row["id"] for row in rows(answer, name)]
        given = {"ids": foreign.ids[type_] + own}
        assert await _found(portal, who, [(name, given)]) == ({f"{name} {given}": len(own)} if own else {})


@pytest.mark.parametrize("who", CUSTOMERS)
@pytest.mark.rule("R4")
@pytest.mark.rule("R10")
async def test_filters_on_what_hangs_on_an_object_reach_nothing_else_either(portal: Portal, who: str) -> None:
    foreign = await _foreign(portal, who)
    variables = {
        "accounts": foreign.ids["Unassigned"],
        "locations": foreign.ids["Location"],
        "assets": foreign.ids["InstalledProduct"],
        "cases": foreign.ids["Case"],
        "numbers": foreign.numbers["account"],
    }
    answer = await portal.data(viewer(who), _NESTED, **variables)
    lists = {
        f"{name}/{row['id']}/{key}": value
        for name in answer
        for row in answer[name]["nodes"]
        for key, value in row.items()
        if key != "id"
    }
    assert {path: value for path, value in lists.items() if value["totalCount"] or nodes(value)} == {}


_NESTED = """query($accounts: [ID!], $locations: [ID!], $assets: [ID!], $cases: [ID!], $numbers: [String!]) {
    accounts(first: 1000) { nodes { id
        l: locations(filter: {ids: $locations}) { totalCount nodes { id } }
        p: installedProducts(filter: {ids: $assets}) { totalCount nodes { id } }
        o: installedProducts(filter: {accountIds: $accounts}) { totalCount nodes { id } }
        s: installedProducts(filter: {locationIds: $locations}) { totalCount nodes { id } }
        c: cases(filter: {ids: $cases}) { totalCount nodes { id } }
        a: cases(filter: {installedProductIds: $assets}) { totalCount nodes { id } }
        b: cases(filter: {accountIds: $accounts}) { totalCount nodes { id } }
        k: serviceContracts(filter: {accountNumbers: $numbers}) { totalCount nodes { id } }
    } }
    locations(first: 1000) { nodes { id
        p: installedProducts(filter: {ids: $assets}) { totalCount nodes { id } }
        c: cases(filter: {accountIds: $accounts}) { totalCount nodes { id } }
    } }
    installedProducts(first: 1000) { nodes { id
        c: cases(filter: {ids: $cases}) { totalCount nodes { id } }
        a: cases(filter: {installedProductIds: $assets}) { totalCount nodes { id } }
    } }
}"""


async def _found(portal: Portal, who: str, asked: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, int]:
    """The lists, asked with their filters, that hold or count anything: how much."""
    kinds = {name: f"{name[0].upper()}{name[1:-1]}Filter" for name, _ in asked}
    kinds["warranties"] = "WarrantyFilter"
    arguments = ", ".join(f"$f{place}: {kinds[name]}" for place, (name, _) in enumerate(asked))
    lists = " ".join(
        f"l{place}: {name}(first: 1000, filter: $f{place}) {{ totalCount nodes {{ id }} }}"
        for place, (name, _) in enumerate(asked)
    )
    if not asked:
        return {}
    variables = {f"f{place}": given for place, (_, given) in enumerate(asked)}
    answer = await portal.data(viewer(who), f"query({arguments}) {{ {lists} }}", **variables)
    counted = {f"{name} {given}": answer[f"l{place}"] for place, (name, given) in enumerate(asked)}
    return {what: len(nodes(each)) for what, each in counted.items() if each["totalCount"] or each["nodes"]}


async def _foreign(portal: Portal, who: str) -> Foreign:
    sight, world = sight_of(portal, who), portal.world
    assets = [asset for asset in world.assets if asset not in sight.assets]
    cases = [case for case in world.cases if case not in sight.cases]
    contracts = [contract for contract in world.contracts if contract not in sight.contracts]
    accounts = [account for account in world.accounts if account not in sight.accounts]
    related = [account for account in world.accounts if account not in sight.assigned]
    numbers = {
        "account": _distinct(account.number for account in accounts),
        "equipment": _distinct(asset.equipment for asset in assets),
        "serial": _distinct(asset.serial for asset in assets),
        "technical": _distinct(asset.technical_id for asset in assets),
        "asset": _distinct(asset.name for asset in assets),
        "case": _distinct(number for case in cases for number in (case.number, case.external_reference)),
        "contract": _distinct(contract.number for contract in contracts),
    }
    searched = [account.name for account in sight.accounts] + [account.city for account in sight.assigned]
    texts = {
        "accounts": numbers["account"]
        + _distinct(account.name for account in accounts)
        + _unlike((account.city for account in related), searched),
        "locations": _distinct(each.name for each in world.locations if each not in sight.locations),
        "installedProducts": numbers["serial"][:8] + numbers["equipment"][:3] + numbers["asset"][:3],
        "cases": numbers["case"][:3] + _unlike((case.text for case in cases), [case.text for case in sight.cases])[:6],
        "serviceContracts": numbers["contract"][:3]
        + _unlike((each.text for each in contracts), [each.text for each in sight.contracts]),
    }
    ids = dict(await _foreign_ids(portal, who))
    named = await ids_of_the_world(portal)
    ids["Unassigned"] = [named["Account", account.name] for account in related]
    return Foreign(numbers, texts, ids)


async def _foreign_ids(portal: Portal, who: str) -> Mapping[str, list[str]]:
    found = await every_object(portal, who)
    ids: dict[str, list[str]] = {}
    for (type_, _), id_ in (await ids_of_the_world(portal)).items():
        ids.setdefault(type_, []).extend([id_] if found[id_] is None else [])
    return ids


def _unlike(texts: Iterable[str], own: Sequence[str]) -> list[str]:
    """Those that are part of none of the viewer's own."""
    return [text for text in _distinct(texts) if not any(text.casefold() in mine.casefold() for mine in own)]


def _distinct(values: Iterable[str | None]) -> list[str]:
    return sorted({value for value in values if value})
