"""The kit's laboratory: one for the session."""

from collections.abc import AsyncIterator
from datetime import date

import pytest

from fixtures.world.generator import generate
from tests.connector_kit.lab import Lab

TODAY = date(2026, 11, 22)
ASSETS = 220  # with some 1,900 cases: more keys than a system takes in one call


@pytest.fixture(scope="session")
async def lab() -> AsyncIterator[Lab]:
    laboratory = Lab(generate(ASSETS, today=TODAY))
    yield laboratory
    await laboratory.close()
