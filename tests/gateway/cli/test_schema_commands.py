"""`portal schema diff` and `portal documents check`: what a change of the graph means to those who build on it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from schema.graph import SDL

run = CliRunner().invoke

GOOD = "query Mine { viewer { email } }"
BROKEN = "query Theirs { viewer { shoeSize } }"


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """As it was: with a field and a value that are gone by now, and without another."""
    text = SDL.read_text(encoding="utf-8")
    text = text.replace("  roleLabel: String!", "  roleLabel: String!\n  shoeSize: Int")
    text = text.replace("  CLOSED\n", "  CLOSED\n  ARCHIVED\n", 1)
    kept = tmp_path / "before.graphql"
    kept.write_text(text, encoding="utf-8")
    return kept


def test_a_change_that_breaks_clients_is_told_and_fails(before: Path) -> None:
    result = run(app, ["schema", "diff", str(before)])
    assert result.exit_code == 1
    assert "breaking: Field User.shoeSize was removed." in result.stdout
    assert "breaking: Enum value CaseStatus.ARCHIVED was removed." in result.stdout


def test_what_only_adds_breaks_nobody(before: Path) -> None:
    result = run(app, ["schema", "diff", str(SDL), str(before)])
    assert result.exit_code == 0
    assert "dangerous: Enum value CaseStatus.ARCHIVED was added." in result.stdout
    assert "safe: Field User.shoeSize was added." in result.stdout
    assert "breaking" not in result.stdout


def test_where_nothing_has_changed_it_says_so() -> None:
    result = run(app, ["schema", "diff", str(SDL)])
    assert (result.exit_code, result.stdout) == (0, "nothing has changed\n")


@pytest.mark.parametrize("content", [None, "Hospitals run", b"\xff\xfe"])
def test_what_is_no_sdl_is_told(tmp_path: Path, content: str | bytes | None) -> None:
    place = tmp_path / "odd.graphql"
    if content is not None:
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
    result = run(app, ["schema", "diff", str(place)])
    assert result.exit_code == 2
    assert str(place) in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "manifest",
    [
        {"a": GOOD, "b": BROKEN},
        {
            "format": "apollo-persisted-query-manifest",
            "version": 1,
            "operations": [{"id": "a", "name": "Mine", "type": "query", "body": GOOD}, {"id": "b", "body": BROKEN}],
        },
    ],
    ids=["graphql-codegen and Relay", "Apollo"],
)
def test_documents_that_the_graph_would_not_answer_are_named(tmp_path: Path, manifest: object, before: Path) -> None:
    place = tmp_path / "manifest.json"
    place.write_text(json.dumps(manifest))
    result = run(app, ["documents", "check", str(place)])
    assert result.exit_code == 1
    assert f"{place}: b: Cannot query field 'shoeSize' on type 'Viewer'." in result.stdout
    assert ": a:" not in result.stdout
    assert "2 documents, 1 of them broken" in result.stdout
    again = run(app, ["documents", "check", str(place), "--schema", str(before)])
    assert (again.exit_code, again.stdout) == (0, "2 documents, all of them good\n")


@pytest.mark.parametrize("content", [None, b"[]", b"{", b'{"a": 1}'])
def test_what_is_no_manifest_is_told(tmp_path: Path, content: bytes | None) -> None:
    place = tmp_path / "odd.json"
    if content is not None:
        place.write_bytes(content)
    result = run(app, ["documents", "check", str(place)])
    assert result.exit_code == 2
    assert str(place) in result.stderr


def test_a_document_that_is_none_is_broken(tmp_path: Path) -> None:
    place = tmp_path / "manifest.json"
    place.write_text(json.dumps({"a": "{ viewer {"}))
    result = run(app, ["documents", "check", str(place)])
    assert (result.exit_code, "Syntax Error" in result.stdout) == (1, True)
