"""The customer's own data about equipment (R5, V6): read by whoever sees the asset, and by nobody else."""

from typing import Any

import pytest

from fixtures.world.model import World
from tests.portal import Portal

QUERY = """{ installedProducts(first: 1000) { nodes {
  assetId installedProductNumber customName
  customData { name description referenceNumber locationNote updatedAt updatedBy }
} } }"""

EVERYBODY = pytest.mark.parametrize(
    "who",
    [
        "reader@north.example",
        "user@north.example",
        "manager@north.example",
        "user@south.example",
        "manager@south.example",
        "legacy@south.example",
        "idle@north.example",
        "analyst@maker.example",
        "partner-north",
    ],
)


def told(story: World) -> dict[str, dict[str, Any]]:
    """What the story's customers say, by installed-product number."""
    return {
        asset.name: {
            "name": asset.custom_name,
            "description": asset.custom_description,
            "referenceNumber": asset.custom_reference,
            "locationNote": asset.custom_location_note,
        }
        for asset in story.assets
        if any((asset.custom_name, asset.custom_description, asset.custom_reference, asset.custom_location_note))
    }


@pytest.mark.rule("R5")
@pytest.mark.rule("V6")
@EVERYBODY
async def test_who_sees_an_asset_sees_what_its_customer_says_of_it(portal: Portal, story: World, who: str) -> None:
    expected = told(story)
    assert expected
    for asset in (await portal.data(who, QUERY))["installedProducts"]["nodes"]:
        said = expected.get(asset["installedProductNumber"])
        assert asset["customName"] == (said["name"] if said else None)
        shown = asset["customData"]
        assert (shown and {name: shown[name] for name in said or {}}) == said
        assert not shown or (shown["updatedAt"] and "@" in shown["updatedBy"])


@pytest.mark.rule("R5")
@pytest.mark.rule("R10")
async def test_what_another_customer_says_is_told_to_nobody_else(portal: Portal, story: World) -> None:
    said = {text for texts in told(story).values() for text in texts.values() if text}
    seen = {who: str(await portal.data(who, QUERY)) for who in ("manager@north.example", "manager@south.example")}
    by_both = {text for text in said if all(text in answer for answer in seen.values())}
    assert not by_both
    assert all(any(text in answer for text in said) for answer in seen.values())
