"""portal.toml and the environment: what is wrong is told at once, with its place, what is allowed, and a hint."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from auth.issuer import ClaimNames, Issuer
from connectors.registry import connector_modules, manifest
from connectors.transport.cache import CacheSettings, Freshness
from gateway.mail.settings import MailSettings
from gateway.settings import Helpdesk, Identity, Provider, Scope, Sections, Server, Sessions, Settings
from gateway.settings_file import SettingsError, load_settings

EXAMPLE = Path(__file__).parents[2] / "portal.example.toml"
SECRETS = ("PORTAL_SECRET", "CRM_CLIENT_SECRET", "SAP_PASSWORD", "CONTRACTS_PASSWORD", "ARCHIVE_PASSWORD")

MINIMAL = """
[[identity.issuers]]
issuer = "https://login.example.com"

[systems.crm]
connector = "salesforce_installed_base"
url = "https://crm.example.com"
client_id = "portal"
client_secret = { env = "CRM_CLIENT_SECRET" }
"""


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, "hunter2" * 5)


def load(folder: Path, text: str) -> Settings:
    path = folder / "portal.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path)


def complaints(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(folder, text)
    return caught.value.complaints


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    settings = load(tmp_path, MINIMAL)
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8000)
    assert settings.identity.issuers[0].audience == "urn:gateway"
    assert settings.systems["crm"].connector.name == "salesforce_installed_base"


def test_settings_do_not_change_once_read(tmp_path: Path) -> None:
    settings = load(tmp_path, MINIMAL)
    with pytest.raises((AttributeError, TypeError, ValueError)):
        settings.server.port = 1


def test_a_misspelled_key_is_named_with_what_was_meant(tmp_path: Path) -> None:
    (told,) = complaints(tmp_path, MINIMAL + "\n[server]\nprot = 80\n")
    assert told.startswith(f"{tmp_path / 'portal.toml'}: server.prot: there is no such setting (did you mean 'port'?)")
    assert "request_timeout" in told


def test_a_connectors_misspelled_key_is_named_too(tmp_path: Path) -> None:
    (told,) = complaints(tmp_path, MINIMAL + "time_out = 5\n")
    assert "systems.crm.time_out: there is no such setting (did you mean 'timeout'?)" in told


def test_a_misspelled_key_within_a_table_of_a_connector_is_named_with_that_tables_keys(tmp_path: Path) -> None:
    (told,) = complaints(tmp_path, MINIMAL + "[systems.crm.accounts]\nnumbr = 'X'\n")
    assert "systems.crm.accounts.numbr: there is no such setting (did you mean 'number'?); there are city" in told


def test_an_unknown_connector_is_named_with_those_there_are(tmp_path: Path) -> None:
    (told,) = complaints(tmp_path, MINIMAL.replace("salesforce_installed_base", "salesforce_instaled_base"))
    assert "systems.crm.connector: there is no connector 'salesforce_instaled_base'" in told
    assert "did you mean 'salesforce_installed_base'?" in told
    assert "soap_contracts" in told


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = """
    colour = "red"
    [server]
    port = 99999
    log_level = "verbose"
    [[identity.issuers]]
    issuer = "http://login.example.com"
    algorithms = ["HS256"]
    [systems.crm]
    connector = "salesforce_installed_base"
    [systems.Contracts]
    url = 5
    """
    told = complaints(tmp_path, text)
    for path in (
        "colour",
        "server.port",
        "server.log_level",
        "identity.issuers[0].issuer",
        "identity.issuers[0].algorithms[0]",
        "systems.crm.url",
        "systems.crm.client_id",
        "systems.Contracts",
        "systems.Contracts.connector",
    ):
        assert any(f": {path}: " in each for each in told), path
    assert any("is missing: The system's address" in each for each in told)
    assert any("'debug', 'info', 'warning' or 'error', and is 'verbose'" in each for each in told)


@pytest.mark.parametrize("section", ["identity", "systems"])
def test_a_missing_section_is_named(tmp_path: Path, section: str) -> None:
    text = {"identity": MINIMAL[MINIMAL.index("[systems") :], "systems": MINIMAL[: MINIMAL.index("[systems")]}[section]
    assert any(f": {section}: is missing" in told for told in complaints(tmp_path, text))


def test_at_least_one_provider_is_needed_and_each_once(tmp_path: Path) -> None:
    rest = MINIMAL[MINIMAL.index("[systems") :]
    assert "at least one" in complaints(tmp_path, "[identity]\nissuers = []\n" + rest)[0]
    issuer = MINIMAL[: MINIMAL.index("[systems")]
    assert "stands here twice" in complaints(tmp_path, issuer + issuer + rest)[0]


def test_a_literal_secret_is_refused_and_not_repeated(tmp_path: Path) -> None:
    (told,) = complaints(tmp_path, MINIMAL.replace('{ env = "CRM_CLIENT_SECRET" }', '"hunter2"'))
    assert "systems.crm.client_secret: a secret stands in no settings" in told
    assert "hunter2" not in told


def test_a_secret_that_is_not_set_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRM_CLIENT_SECRET")
    (told,) = complaints(tmp_path, MINIMAL)
    assert "systems.crm.client_secret: the environment variable CRM_CLIENT_SECRET is not set" in told


def test_secrets_are_not_shown_with_the_settings(tmp_path: Path) -> None:
    assert "hunter2" not in repr(load(tmp_path, MINIMAL))


def test_bad_toml_is_told_with_line_and_column(tmp_path: Path) -> None:
    (told,) = complaints(tmp_path, "[server]\nport = = 5\n")
    assert "portal.toml: is no TOML" in told
    assert re.search(r"line 2, column \d+", told)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cp portal\.example\.toml"):
        load_settings(tmp_path / "portal.toml")


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "portal.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="can't be read"):
        load_settings(tmp_path / "portal.toml")


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL__SERVER__PORT", "9000")
    monkeypatch.setenv("PORTAL__SERVER__ALLOWED_ORIGINS", '["https://portal.example.com"]')
    monkeypatch.setenv("PORTAL__SYSTEMS__CRM__URL", "https://other.example.com")
    monkeypatch.setenv("PORTAL__SYSTEMS__CRM__CLIENT_ID", "123")
    monkeypatch.setenv("PORTAL__SYSTEMS__CRM__ACCOUNTS__NUMBER", "Number__c")
    settings = load(tmp_path, MINIMAL + "[server]\nport = 8001\nhost = '0.0.0.0'\n")
    assert (settings.server.port, settings.server.host) == (9000, "0.0.0.0")  # noqa: S104  # nothing listens here
    assert settings.server.allowed_origins == ("https://portal.example.com",)
    crm = settings.systems["crm"].settings.model_dump()
    assert (crm["url"], crm["client_id"]) == ("https://other.example.com", "123")
    assert crm["accounts"]["number"] == "Number__c"


def test_the_issuers_can_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL__IDENTITY__ISSUERS", '[{"issuer": "https://other.example.com"}]')
    assert load(tmp_path, MINIMAL).identity.issuers[0].issuer == "https://other.example.com"


def test_a_wrong_value_of_the_environment_is_told_by_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL__SERVER__PORT", "eighty")
    monkeypatch.setenv("PORTAL__SERVR__PORT", "80")
    monkeypatch.setenv("PORTAL__SYSTEMS__CRM__TIMEOUT", "-1")
    told = complaints(tmp_path, MINIMAL)
    assert any(each.startswith("environment variable PORTAL__SERVER__PORT: must be a valid integer") for each in told)
    assert any("PORTAL__SERVR__PORT: there is no section 'servr' (did you mean 'server'?)" in each for each in told)
    assert any(each.startswith("environment variable PORTAL__SYSTEMS__CRM__TIMEOUT: must be greater") for each in told)


@pytest.mark.parametrize("value", ['{"issuer"', "[", '{"a":1}'])
def test_unreadable_json_of_the_environment_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("PORTAL__IDENTITY__ISSUERS", value)
    assert complaints(tmp_path, MINIMAL)


def test_the_example_is_in_order() -> None:
    settings = load_settings(EXAMPLE)
    assert sorted(system.connector.name for system in settings.systems.values()) == sorted(connector_modules())


def models_of_the_example() -> Iterator[tuple[str, type[BaseModel]]]:
    """Every model of settings, by the table of the example that it is read from."""
    yield "server", Server
    yield "identity", Identity
    yield "identity.provider", Provider
    yield "identity.sessions", Sessions
    yield "identity.issuers", Issuer
    yield "identity.issuers.claims", ClaimNames
    yield "scope", Scope
    yield "mail", MailSettings
    yield "helpdesk", Helpdesk
    yield "cache", CacheSettings
    yield "cache.freshness", Freshness
    for name, system in tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))["systems"].items():
        model = manifest(system["connector"]).settings
        yield f"systems.{name}", model
        for key, field in model.model_fields.items():
            if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
                yield f"systems.{name}.{key}", field.annotation


def explained(text: str) -> set[str]:
    """The dotted keys that the example shows, commented out or not."""
    keys: set[str] = set()
    table = ""
    for line in text.splitlines():
        if header := re.fullmatch(r"\[\[?([\w.]+)\]\]?", line):
            table = header[1]
            keys.add(table)
        elif key := re.match(r"(?:# )?([\w]+) = ", line):
            keys.add(f"{table}.{key[1]}")
    return keys


def test_the_example_explains_every_setting() -> None:
    shown = explained(EXAMPLE.read_text(encoding="utf-8"))
    wanted = {f"{table}.{name}" for table, model in models_of_the_example() for name in model.model_fields}
    assert wanted | set(Sections.model_fields) - {"systems"} <= shown | {"identity"}


def test_the_example_shows_the_defaults() -> None:
    """What is in force there and left out elsewhere is the same, but for what has no default."""
    settings = load_settings(EXAMPLE)
    assert settings.server == Server()
    assert settings.identity.provider == Provider()
    assert settings.identity.sessions == Sessions()
    assert settings.scope == Scope()
    assert settings.mail == MailSettings()
    assert settings.helpdesk == Helpdesk()
    assert settings.cache == CacheSettings.model_validate({})
    assert settings.identity.issuers[0] == Issuer(issuer="https://login.example.com")
    own = {"url", "client_id", "client_secret", "user", "password"}
    for system in settings.systems.values():
        fields = type(system.settings).model_fields
        for name in fields.keys() - own:
            assert getattr(system.settings, name) == fields[name].get_default(call_default_factory=True), name
