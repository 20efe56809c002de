"""The GraphiQL page comes whole from our own origin, installs from any registry, and asks what the graph answers."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "gateway" / "graphiql"
SDL = ROOT / "schema" / "schema.graphql"
DIST = PAGE / "dist"
DOCUMENTS = sorted(PAGE.glob("src/**/*.graphql"))

ADDRESS = re.compile(r"(?:https?|wss?):?//[^\s\"'`)]+")
NAMESPACE = "http://www.w3.org/"  # XML namespaces of SVG and MathML: names that nobody fetches
LOADS = re.compile(
    r"""(?:\bfrom|\bimport\(?|\bfetch\(|\bimportScripts\(|\bsendBeacon\(|\bnew\s+(?:Shared)?(?:Worker|WebSocket|EventSource)\(|\bsrc\s*=)"""
    r"""\s*["'`](?:(?:https?|wss?):)?//"""
)


def own_files() -> Iterator[Path]:
    """What is written by hand: everything but the lock file, the installed packages and the bundle."""
    for path in sorted(PAGE.rglob("*")):
        outer = path.relative_to(PAGE).parts[0]
        if path.is_file() and outer not in {"node_modules", "dist", "package-lock.json"}:
            yield path


def foreign_addresses(text: str) -> list[str]:
    return [address for address in ADDRESS.findall(text) if not address.startswith(NAMESPACE)]


def test_the_lock_file_names_no_registry() -> None:
    packages = json.loads((PAGE / "package-lock.json").read_text("utf-8"))["packages"]
    assert packages
    assert [name for name, package in packages.items() if "resolved" in package] == []


def test_every_locked_package_carries_its_hash() -> None:
    packages = json.loads((PAGE / "package-lock.json").read_text("utf-8"))["packages"]
    bundled = {name for name, package in packages.items() if name == "" or package.get("inBundle")}
    assert [name for name, package in packages.items() if name not in bundled and "integrity" not in package] == []


def test_the_lock_file_has_the_packages_of_every_platform() -> None:
    packages = json.loads((PAGE / "package-lock.json").read_text("utf-8"))["packages"]
    wanted = {name for package in packages.values() for name in package.get("optionalDependencies", {})}
    assert wanted
    assert sorted(name for name in wanted if f"node_modules/{name}" not in packages) == []


def test_every_dependency_is_pinned_to_one_version_and_locked_to_it() -> None:
    wanted = json.loads((PAGE / "package.json").read_text("utf-8"))["dependencies"]
    locked = json.loads((PAGE / "package-lock.json").read_text("utf-8"))["packages"]
    assert wanted == {name: locked[f"node_modules/{name}"]["version"] for name in wanted}


def test_the_source_names_no_other_origin() -> None:
    assert {str(path): found for path in own_files() if (found := foreign_addresses(path.read_text("utf-8")))} == {}


def test_a_token_is_never_written_to_a_place_that_outlives_the_tab() -> None:
    sources = [path for path in own_files() if path.suffix in {".ts", ".tsx", ".html"}]
    assert sources
    assert [
        path.name for path in sources if re.search(r"localStorage\s*[.\[]|document\.cookie", path.read_text("utf-8"))
    ] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_the_page_asks_what_the_graph_answers(path: Path) -> None:
    document = parse(path.read_text("utf-8"))
    assert validate(build_schema(SDL.read_text("utf-8")), document) == []


def test_each_example_has_a_title_of_its_own_in_its_first_line() -> None:
    titles = [path.read_text("utf-8").partition("\n")[0] for path in DOCUMENTS if path.parent.name == "examples"]
    assert titles
    assert all(title.startswith("# ") for title in titles)
    assert len(set(titles)) == len(titles)


@pytest.mark.skipif(
    not DIST.is_dir(), reason="the GraphiQL page is not built here (it needs npm; `make run` builds it)"
)
class TestTheBuiltPage:
    def test_has_all_it_names_and_names_no_other_origin(self) -> None:
        html = (DIST / "index.html").read_text("utf-8")
        addresses = re.findall(r"""\b(?:src|href)="([^"]+)\"""", html)
        assert addresses
        assert [address for address in addresses if not address.startswith("/graphiql/assets/")] == []
        assert [address for address in addresses if not (DIST / address.removeprefix("/graphiql/")).is_file()] == []
        assert foreign_addresses(html) == []

    def test_has_no_inline_script(self) -> None:
        html = (DIST / "index.html").read_text("utf-8")
        assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>|\son\w+=|javascript:", html) == []

    def test_has_style_sheets_that_load_from_its_own_origin_alone(self) -> None:
        sheets = sorted(DIST.glob("assets/*.css"))
        assert sheets
        loaded = r"""(?:url\(\s*|@import\s+)["']?((?:https?:)?//[^"')]+|data:font[^"')]{0,20})"""
        assert {sheet.name: found for sheet in sheets if (found := re.findall(loaded, sheet.read_text("utf-8")))} == {}

    def test_has_scripts_that_load_from_its_own_origin_alone(self) -> None:
        scripts = sorted(DIST.glob("assets/*.js"))
        assert scripts
        assert {script.name: found for script in scripts if (found := LOADS.findall(script.read_text("utf-8")))} == {}

    def test_has_scripts_that_need_no_eval(self) -> None:
        scripts = sorted(DIST.glob("assets/*.js"))
        made_from_text = re.compile(r"\bnew Function\(|(?<![\w.$])eval\(")
        assert {s.name: found for s in scripts if (found := made_from_text.findall(s.read_text("utf-8")))} == {}
