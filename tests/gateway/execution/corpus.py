"""The committed corpus: documents by hand, one of each kind, and one for each bug that was found.

In a file's head, `#: variables {…}` (and `operation=…`) is one execution of it, `#: faults …` names faults its rows
are to have, and `#: failing …` batch resolvers that fail. Each execution is run over sound rows and over faulty ones.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.gateway.execution.differential import Case
from tests.gateway.execution.faults import FAULTS

CORPUS = Path(__file__).with_name("corpus")
ENTRIES = sorted(path.stem for path in CORPUS.glob("*.graphql"))

_SOUND = ({"seed": 1},)
_FAULTY = {"seed": 2, "rate": 30}, {"seed": 3, "rate": 200}


def cases_of(entry: str) -> Iterator[Case]:
    query = (CORPUS / f"{entry}.graphql").read_text(encoding="utf-8")
    worlds: list[dict[str, Any]] = [*_SOUND, *({**world, "kinds": tuple(sorted(FAULTS))} for world in _FAULTY)]
    for text in _head(query, "faults"):
        worlds += [{"seed": 1, "rate": rate, "kinds": tuple(text.split(", "))} for rate in (50, 400)]
    worlds += [{"seed": 1, "failing": tuple(text.split())} for text in _head(query, "failing")]
    for variables, operation in executions_of(query):
        for world in worlds:
            yield Case(query, variables, operation, **world)


def executions_of(query: str) -> list[tuple[dict[str, Any], str | None]]:
    """The variables and the operation's name, of each execution."""
    return [_execution(text) for text in _head(query, "variables")] or [({}, None)]


def _head(query: str, name: str) -> list[str]:
    start = f"#: {name} "
    return [line.removeprefix(start) for line in query.splitlines() if line.startswith(start)]


def _execution(text: str) -> tuple[dict[str, Any], str | None]:
    variables, _, operation = text.partition(" operation=")
    return json.loads(variables), operation or None
