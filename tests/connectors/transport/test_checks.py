"""A check tells a person what to do, and nothing that should not be shown."""

import pytest

from connectors.errors import (
    ConnectorError,
    SourceFailed,
    SourceMisanswered,
    SourceMisconfigured,
    SourceTimeout,
    SourceUnreachable,
)
from connectors.transport.checks import tried


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        (SourceUnreachable, "network"),
        (SourceTimeout, "timeout"),
        (SourceMisconfigured, "password"),
        (SourceMisanswered, "path"),
        (SourceFailed, "administrator"),
    ],
)
async def test_a_failure_comes_with_a_hint_and_without_its_detail(kind: type[ConnectorError], hint: str) -> None:
    async def work() -> None:
        raise kind("contracts", "went wrong", detail="at 10.0.0.7")

    result = await tried("list", work)
    assert (result.what, result.ok) == ("list", False)
    assert hint in result.hint
    assert "10.0.0.7" not in result.hint


async def test_a_fault_of_ours_does_not_end_the_check() -> None:
    async def work() -> None:
        raise KeyError("secret")

    result = await tried("list", work)
    assert not result.ok
    assert result.hint == "a fault of the gateway: KeyError"


async def test_what_works_needs_no_hint() -> None:
    async def work() -> str:
        return "rows"

    assert (await tried("list", work)).hint == ""
