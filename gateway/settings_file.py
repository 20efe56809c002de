"""portal.toml and the environment, read into Settings. Everything that is wrong is told at once, each with its place.

`PORTAL__SECTION__KEY` in the environment takes the place of `key` in `[section]`; a list or a table is written as JSON.
"""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from connectors.registry import Manifest, connector_modules, manifest
from gateway.settings import Sections, Settings, System
from gateway.settings_complaints import Complaint, Place, complaints_of, meant

PREFIX = "PORTAL__"


class SettingsError(Exception):
    """The settings can't be used. `complaints` are sentences, each with its place."""

    def __init__(self, complaints: list[str]) -> None:
        super().__init__("\n".join(complaints))
        self.complaints = complaints


def load_settings(path: Path) -> Settings:
    """The settings of a file, as the environment changes them. Raises SettingsError."""
    document = _merged(_parsed(path), str(path))
    return settings_of(document, name=str(path), environment=True)


def settings_of(document: Mapping[str, Any], *, name: str = "settings", environment: bool = False) -> Settings:
    """The settings that a document holds, whose form is portal.toml's. Raises SettingsError, which calls it `name`."""
    place = Place(name, _variables() if environment else {})
    unknown = [place.sentence(complaint) for complaint in _unknown_variables(place)]
    try:
        sections = Sections.model_validate(document)
    except ValidationError as error:
        told = [place.sentence(complaint) for complaint in complaints_of(error, Sections)]
        tables = document.get("systems")
        raise SettingsError(unknown + told + _systems(tables if isinstance(tables, dict) else {}, place)[1]) from error
    systems, told = _systems(sections.systems, place)
    if unknown or told:
        raise SettingsError(unknown + told)
    return Settings(
        sections.server,
        sections.identity,
        sections.scope,
        sections.cache,
        sections.mail,
        sections.helpdesk,
        sections.deliveries,
        sections.live,
        sections.attachments,
        sections.exports,
        sections.search,
        sections.limits,
        sections.load,
        sections.telemetry,
        sections.trusted_documents,
        systems,
    )


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        hint = f"cp portal.example.toml {path}"
        raise SettingsError([f"There is no file {path}. Make one from the example, and edit it: {hint}"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path}: can't be read: {error}"]) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([f"{path}: is no TOML: {error}"]) from None


def _systems(tables: Mapping[str, Any], place: Place) -> tuple[dict[str, System], list[str]]:
    systems: dict[str, System] = {}
    told: list[str] = []
    for name, table in tables.items():
        if not isinstance(table, dict):
            continue  # told by the sections
        where = ("systems", name)
        found = _connector(table.get("connector"))
        if isinstance(found, str):
            told.append(place.sentence(Complaint((*where, "connector"), found)))
            continue
        try:
            content = {key: value for key, value in table.items() if key != "connector"}
            systems[name] = System(found, found.settings.model_validate(content))
        except ValidationError as error:
            complaints = complaints_of(error, found.settings, also=("connector",))
            told += [place.sentence(complaint.under(where)) for complaint in complaints]
    return systems, told


def _connector(name: object) -> Manifest | str:
    """The connector, or what is wrong with its name."""
    names = sorted(connector_modules())
    if name is None:
        return f"is missing: which connector speaks with the system ({', '.join(names)})"
    if not isinstance(name, str) or name not in names:
        return f"there is no connector {name!r}{meant(str(name), names)}; there are {', '.join(names)}"
    return manifest(name)


def _merged(document: dict[str, Any], name: str) -> dict[str, Any]:
    try:
        merged = _Raw(**document).model_dump(exclude_unset=True)
    except ValidationError as error:
        place = Place(name, _variables())
        raise SettingsError([place.sentence(complaint) for complaint in complaints_of(error, Sections)]) from error
    except ValueError as error:  # pydantic_settings.SettingsError is one
        raise SettingsError([f"environment: {error}"]) from error
    return merged


class _Environment(EnvSettingsSource):
    """Text stays text, so that a key of digits stays a key; only what looks like a list or a table is JSON."""

    def explode_env_vars(self, field_name: str, field: FieldInfo, env_vars: Mapping[str, str | None]) -> dict[str, Any]:
        return {name: _decoded(value) for name, value in super().explode_env_vars(field_name, field, env_vars).items()}

    def decode_complex_value(self, field_name: str, field: FieldInfo | None, value: Any) -> Any:
        return _decoded(value)


def _decoded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _decoded(each) for name, each in value.items()}
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value  # the section says what it must be instead


class _Raw(BaseSettings):
    """The file's content with the environment's laid over it, not yet checked."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="allow")

    server: dict[str, Any] = {}
    identity: dict[str, Any] = {}
    scope: dict[str, Any] = {}
    cache: dict[str, Any] = {}
    mail: dict[str, Any] = {}
    helpdesk: dict[str, Any] = {}
    deliveries: dict[str, Any] = {}
    live: dict[str, Any] = {}
    attachments: dict[str, Any] = {}
    exports: dict[str, Any] = {}
    search: dict[str, Any] = {}
    limits: dict[str, Any] = {}
    load: dict[str, Any] = {}
    telemetry: dict[str, Any] = {}
    trusted_documents: dict[str, Any] = {}
    systems: dict[str, dict[str, Any]] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return _Environment(settings_cls), init_settings


def _variables() -> dict[tuple[str, ...], str]:
    """The names of our environment variables, by the key they stand for."""
    ours = (name for name in os.environ if name.upper().startswith(PREFIX))
    return {tuple(name[len(PREFIX) :].lower().split("__")): name for name in ours}


def _unknown_variables(place: Place) -> list[Complaint]:
    sections = list(Sections.model_fields)
    return [
        Complaint(path, f"there is no section '{path[0]}'{meant(path[0], sections)}; there are {', '.join(sections)}")
        for path in place.variables
        if path[0] not in sections
    ]
