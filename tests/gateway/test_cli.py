"""The `portal` command, without a demo: settings are checked, the SDL is printed, connectors are listed and tried."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app as portal
from tests.portal import Systems

run = CliRunner().invoke

pytestmark = pytest.mark.usefixtures("logging_kept")


@pytest.fixture
def config(tmp_path: Path, systems: Systems, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings of a gateway over the contract system and the CRM alone."""
    monkeypatch.setenv("CRM_SECRET", "portal-demo-secret")
    monkeypatch.setenv("SOAP_PASSWORD", "portal-demo")
    path = tmp_path / "portal.toml"
    path.write_text(
        f"""
        [[identity.issuers]]
        issuer = "https://login.example.com"
        [systems.crm]
        connector = "salesforce_installed_base"
        url = "{systems.urls["crm"]}"
        client_id = "portal-demo"
        client_secret = {{ env = "CRM_SECRET" }}
        [systems.contracts]
        connector = "soap_contracts"
        url = "{systems.urls["contracts"]}"
        user = "PORTAL"
        password = {{ env = "SOAP_PASSWORD" }}
        """,
        encoding="utf-8",
    )
    return path


def test_settings_in_order_are_said_to_be(config: Path) -> None:
    result = run(portal, ["serve", "--config", str(config), "--check"])
    assert (result.exit_code, result.stdout) == (0, f"{config} is in order: crm, contracts\n")


def test_wrong_settings_end_it_with_code_2_and_no_stack_trace(config: Path) -> None:
    config.write_text(config.read_text("utf-8").replace("client_id", "clientid"), encoding="utf-8")
    result = run(portal, ["serve", "--config", str(config)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "systems.crm.clientid: there is no such setting (did you mean 'client_id'?)" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_missing_file_ends_it_with_code_2(tmp_path: Path) -> None:
    result = run(portal, ["serve", "--config", str(tmp_path / "none.toml")])
    assert result.exit_code == 2
    assert "cp portal.example.toml" in result.stderr


def test_two_systems_for_one_part_of_the_graph_are_refused(config: Path) -> None:
    text = config.read_text("utf-8")
    config.write_text(text + text[text.index("[systems.contracts]") :].replace("s.contracts]", "s.more]"), "utf-8")
    result = run(portal, ["serve", "--config", str(config), "--check"])
    assert result.exit_code == 2
    assert "contracts and more both serve Contracts" in result.stderr


def test_a_gateway_without_an_installed_base_is_refused(config: Path) -> None:
    text = config.read_text("utf-8")
    start, end = text.index("[systems.crm]"), text.index("[systems.contracts]")
    config.write_text(text[:start] + text[end:], "utf-8")
    result = run(portal, ["serve", "--config", str(config), "--check"])
    assert result.exit_code == 2
    assert "no system serves the installed base" in result.stderr


def test_the_sdl_is_printed_written_and_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    committed = tmp_path / "schema.graphql"
    monkeypatch.setattr("schema.graph.SDL", committed)
    assert run(portal, ["schema", "--check"]).exit_code == 1
    assert run(portal, ["schema", "--write"]).exit_code == 0
    sdl = committed.read_text("utf-8")
    assert sdl == run(portal, ["schema"]).stdout
    assert run(portal, ["schema", "--check"]).exit_code == 0
    committed.write_text(sdl.replace("type Query", "type Kwery"), "utf-8")
    result = run(portal, ["schema", "--check"])
    assert result.exit_code == 1
    assert "-type Kwery" in result.stderr


def test_the_connectors_and_the_systems_are_listed(config: Path) -> None:
    assert "soap_contracts  Contract system (SOAP)" in run(portal, ["connectors", "list"]).stdout
    systems = run(portal, ["connectors", "list", "--config", str(config)]).stdout
    assert [line.split()[:2] for line in systems.splitlines()] == [
        ["crm", "salesforce_installed_base"],
        ["contracts", "soap_contracts"],
    ]


def test_connectors_that_reach_their_systems_are_ok(config: Path) -> None:
    result = run(portal, ["connectors", "check", "--config", str(config)])
    assert result.exit_code == 0
    assert all(line.startswith("ok ") for line in result.stdout.splitlines())


def test_connectors_that_do_not_are_named_with_a_hint(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_SECRET", "wrong")
    result = run(portal, ["connectors", "check", "--config", str(config)])
    assert result.exit_code == 1
    assert "FAILED  crm: " in result.stdout
    assert "out of order: crm" in result.stderr
    assert "portal-demo-secret" not in result.output


def test_the_version_is_told() -> None:
    assert run(portal, ["--version"]).stdout.startswith("portal 0.")


def test_a_deployments_gateway_meets_no_simulator_and_no_persona() -> None:
    """What `portal serve` reads, and what it reads lazily, holds nothing of the demo."""
    script = """
import sys
import gateway.app, gateway.cli, gateway.cli.serve, gateway.logging, gateway.server, gateway.settings_file
from connectors.registry import connector_modules, manifest
from gateway.settings_file import settings_of
for name in connector_modules(): manifest(name)
print([name for name in sys.modules if name.startswith(("fixtures", "gateway.demo"))])
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    assert result.stdout == "[]\n"
