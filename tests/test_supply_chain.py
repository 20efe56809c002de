"""What is shipped is pinned, is what is tested, comes from whichever registry the machine has, and may be shipped."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+) \\$", re.IGNORECASE)
LICENCES = ("Apache", "MIT", "BSD", "PSF", "ISC", "MPL", "Mozilla Public License", "Python Software Foundation", "0BSD")


def pins(lock: str) -> dict[str, str]:
    lines = (ROOT / lock).read_text().splitlines()
    return {match[1]: match[2] for match in map(_PIN.match, lines) if match is not None}


def canonical(name: str) -> str:
    return re.sub(r"[._-]+", "-", name).lower()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_each_package_is_pinned_with_hashes_and_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert len(pins(lock)) > 50
    assert "://" not in text
    entries = re.split(r"\n(?=[a-zA-Z0-9])", text.strip())
    assert all("--hash=sha256:" in entry for entry in entries if "==" in entry)


def test_what_is_shipped_is_what_is_tested() -> None:
    tested = pins("requirements-dev.lock")
    assert {name: tested.get(name) for name in pins("requirements.lock")} == pins("requirements.lock")


def test_locks_of_npm_name_no_registry() -> None:
    command = ["git", "ls-files", "*package-lock.json"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    locks = told.stdout.split()
    assert len(locks) >= 4
    for lock in locks:
        packages = json.loads((ROOT / lock).read_text())["packages"]
        assert [name for name, told in packages.items() if "resolved" in told] == [], lock


def test_every_package_that_is_shipped_has_a_licence_that_lets_us() -> None:
    rows = (ROOT / "docs" / "licences.md").read_text().splitlines()[2:]
    told = {cells[0]: (cells[1], cells[2]) for cells in ([c.strip() for c in row.split("|")[1:-1]] for row in rows)}
    shipped = {canonical(name): version for name, version in pins("requirements.lock").items()}
    listed = {canonical(name): version for name, (version, _) in told.items()}
    assert listed == shipped, "docs/licences.md is not of today: `make licences` writes it"
    assert [name for name, (_, licence) in told.items() if not any(each in licence for each in LICENCES)] == []


def test_a_bill_of_materials_can_be_written(tmp_path: Path) -> None:
    place = tmp_path / "sbom.json"
    program = Path(sys.executable).with_name("cyclonedx-py")
    command = [str(program), "requirements", "requirements.lock", "--of", "JSON", "-o", str(place)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)  # noqa: S603
    components = json.loads(place.read_text())["components"]
    assert {each["name"] for each in components} == set(pins("requirements.lock"))
