"""What the README shows is what a newcomer gets."""

import json
import re
from pathlib import Path

from tests.portal import Portal

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found[1]


async def test_the_first_query_has_the_answer_that_stands_below_it(portal: Portal) -> None:
    assert {"data": await portal.data("manager@south.example", _block("graphql"))} == json.loads(_block("json"))


def test_every_file_that_the_readme_points_to_is_there() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_target_that_the_readme_names_is_a_target_of_make() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = re.findall(r"(?:`|^    )make ([a-z]+)", README, re.MULTILINE)
    assert {"run", "test"} <= set(named)
    assert [name for name in named if f"\n{name}:" not in makefile] == []
