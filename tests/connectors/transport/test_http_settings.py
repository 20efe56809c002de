"""Settings of a system over HTTP: addresses, and secrets that stand elsewhere."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from connectors.transport.settings import HttpSettings, Secret, StrictSettings


class Settings(StrictSettings):
    password: Secret


def password(value: object) -> str:
    return Settings.model_validate({"password": value}).password.get_secret_value()


def test_a_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_PASSWORD", "s3cret")
    assert password({"env": "CRM_PASSWORD"}) == "s3cret"


def test_a_secret_comes_from_a_file_without_its_last_line_break(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n")
    assert password({"file": str(tmp_path / "secret")}) == "s3cret"


def test_a_secret_that_is_one_already_stays() -> None:
    assert password(SecretStr("s3cret")) == "s3cret"


@pytest.mark.parametrize("value", ["s3cret", {"env": "A", "file": "b"}, {"value": "s3cret"}, 5, {}, {"env": 5}])
def test_a_secret_stands_in_no_settings(value: object) -> None:
    with pytest.raises(ValidationError, match="a secret stands in no settings"):
        password(value)


@pytest.mark.parametrize("content", [None, ""])
def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch, content: str | None) -> None:
    monkeypatch.delenv("CRM_PASSWORD", raising=False)
    if content is not None:
        monkeypatch.setenv("CRM_PASSWORD", content)
    with pytest.raises(ValidationError, match="CRM_PASSWORD is not set"):
        password({"env": "CRM_PASSWORD"})


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="nowhere"):
        password({"file": str(tmp_path / "nowhere")})


def test_a_secret_is_not_shown() -> None:
    assert "s3cret" not in repr(Settings.model_validate({"password": SecretStr("s3cret")}))


def test_an_address_ends_without_a_slash() -> None:
    assert HttpSettings.model_validate({"url": "https://crm.example.com/base/"}).url == "https://crm.example.com/base"


@pytest.mark.parametrize(
    "url",
    [
        "crm.example.com",
        "ftp://x",
        "https://",
        "https://a:b@x.com",
        "https://a@x.com",
        "https://x.com?a",
        "https://x.com#a",
    ],
)
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        HttpSettings.model_validate({"url": url})


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="time_out"):
        HttpSettings.model_validate({"url": "https://crm.example.com", "time_out": 5})


def test_a_file_of_authorities_that_is_missing_or_holds_none_is_a_wrong_setting(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.touch()
    for path in (tmp_path / "nowhere", empty):
        with pytest.raises(ValidationError, match="holds no certificate authorities"):
            HttpSettings.model_validate({"url": "https://crm.example.com", "ca_file": str(path)})
