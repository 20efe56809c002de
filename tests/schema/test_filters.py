"""What holds for every filter of every list (F3)."""

import pytest

from tests.portal import Portal
from tests.schema.filtering import BOTH, MANAGER, NOUNS, found

LIST_CRITERIA = {
    "accounts": ["ids", "numbers"],
    "locations": ["ids", "accountIds"],
    "installedProducts": [
        "ids",
        "assetIds",
        "serialNumbers",
        "technicalIds",
        "installedProductNumbers",
        "accountIds",
        "locationIds",
        "status",
        "modality",
        "operationalState",
    ],
    "cases": [
        "ids",
        "numbers",
        "status",
        "priority",
        "eventType",
        "origin",
        "installedProductIds",
        "locationIds",
        "accountIds",
        "modality",
    ],
    "serviceContracts": ["numbers", "status", "expiryStatus", "accountNumbers", "assetIds"],
    "warranties": ["expiryStatus", "accountNumbers", "assetIds"],
}


@BOTH
@pytest.mark.parametrize("noun", LIST_CRITERIA)
async def test_none_of_anything_matches_nothing(portal: Portal, who: str, noun: str) -> None:
    for criterion in LIST_CRITERIA[noun]:
        assert await found(portal, who, noun, {criterion: []}) == set(), criterion


@BOTH
@pytest.mark.parametrize("noun", LIST_CRITERIA)
async def test_a_criterion_of_null_and_a_text_of_blanks_ask_nothing(portal: Portal, who: str, noun: str) -> None:
    whole = await found(portal, who, noun, None)
    assert await found(portal, who, noun, dict.fromkeys(LIST_CRITERIA[noun])) == whole
    if noun != "warranties":
        assert await found(portal, who, noun, {"text": "  "}) == whole


@BOTH
@pytest.mark.parametrize("noun", [noun for noun, criteria in LIST_CRITERIA.items() if "ids" in criteria])
async def test_rows_by_their_ids(portal: Portal, who: str, noun: str) -> None:
    names = NOUNS[noun][1]
    nodes = (await portal.data(who, f"{{ {noun}(first: 3) {{ nodes {{ id {' '.join(names)} }} }} }}"))[noun]["nodes"]
    ids = [node["id"] for node in nodes]
    assert await found(portal, who, noun, {"ids": [*ids, ids[0]]}) == {
        tuple(node[name] for name in names) for node in nodes
    }


GLOBAL_IDS = ("ids", "accountIds", "locationIds", "installedProductIds")


@pytest.mark.parametrize(
    ("noun", "criterion"),
    [(noun, name) for noun, criteria in LIST_CRITERIA.items() for name in criteria if name in GLOBAL_IDS],
)
async def test_ids_of_another_type_and_no_ids_are_refused_by_name(portal: Portal, noun: str, criterion: str) -> None:
    type_ = NOUNS[noun][0]
    for wrong in ("V2FycmFudHk6MQ", "no id", "", "ł"):  # the first is Warranty:1
        query = f"query($f: {type_}) {{ {noun}(filter: $f) {{ totalCount }} }}"
        (error,) = (await portal.ask(MANAGER, query, f={criterion: [wrong]})).errors
        assert (error["extensions"]["code"], error["extensions"]["field"]) == ("BAD_INPUT", f"filter.{criterion}")
