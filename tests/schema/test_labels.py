"""Every value has a name in every language there is a catalogue for (F17)."""

from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import msgspec
import pytest
import strawberry
from graphql import GraphQLEnumType, GraphQLObjectType, get_named_type, is_enum_type

from connectors.vocabulary import CasePriority, ExportList
from schema import labels as catalogues
from schema.exports.columns import CaseColumn, InstalledProductColumn
from schema.labels import catalogue, label, locales
from tests.portal import Portal

pytestmark = pytest.mark.rule("F17")

# Enumerations without a label: names of organisations, and what a program reads.
UNLABELLED = {"Udi.agency", "Viewer.access", "Viewer.permissions"}

# Its label is the sentence that people are told.
TOLD = {"UserError.code": "message"}

# What tables and their columns are called, in the tables themselves.
TABLES: tuple[type[Enum], ...] = (ExportList, CaseColumn, InstalledProductColumn)


def enum_fields(graph: strawberry.Schema) -> dict[str, GraphQLEnumType]:
    """The fields of objects that answer a value, by type and name."""
    return {
        f"{type_.name}.{name}": value
        for type_ in graph._schema.type_map.values()
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("_")
        for name, field in type_.fields.items()
        if is_enum_type(value := get_named_type(field.type)) and isinstance(value, GraphQLEnumType)
    }


def test_polish_and_english_are_there_from_the_start() -> None:
    assert locales() >= {"pl", "en"}


def test_every_value_has_a_label_beside_it(graph: strawberry.Schema) -> None:
    bare = set()
    for place in enum_fields(graph):
        type_, name = place.split(".")
        object_ = graph._schema.type_map[type_]
        assert isinstance(object_, GraphQLObjectType)
        if TOLD.get(place, f"{name}Label") not in object_.fields:
            bare.add(place)
    assert {place for place in bare if not place.startswith("__")} == UNLABELLED


@pytest.mark.parametrize("locale", sorted(locales()))
def test_every_catalogue_names_every_value_and_nothing_else(graph: strawberry.Schema, locale: str) -> None:
    shown = {
        value.name: set(value.values)
        for place, value in enum_fields(graph).items()
        if place not in UNLABELLED and not place.startswith("__")
    }
    shown |= {list_.__name__: set(list_.__members__) for list_ in TABLES}
    words = catalogue(locale)
    assert {name: set(labels) for name, labels in words.items()} == shown
    assert all(text.strip() == text != "" for labels in words.values() for text in labels.values())


@pytest.mark.parametrize("locale", sorted(locales()))
def test_no_two_values_of_a_list_have_the_same_label(locale: str) -> None:
    for labels in catalogue(locale).values():
        assert len(set(labels.values())) == len(labels)


def test_a_language_without_a_catalogue_is_answered_in_english() -> None:
    assert label(CasePriority.SYSTEM_DOWN, "de") == label(CasePriority.SYSTEM_DOWN, "en") == "System down"
    assert label(CasePriority.SYSTEM_DOWN, "../pl") == "System down"


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A third language: a catalogue beside the others, and nothing else."""
    for known in Path(str(catalogues.FOLDER)).glob("*.po"):
        (tmp_path / known.name).write_bytes(known.read_bytes())
    english = (tmp_path / "en.po").read_text(encoding="utf-8")
    (tmp_path / "de.po").write_text(
        english.replace('"Language: en', '"Language: de').replace("System down", "Anlage außer Betrieb"), "utf-8"
    )
    kept = (catalogues.catalogue, catalogues.locales, catalogues.labels)
    for function in kept:
        function.cache_clear()
    monkeypatch.setattr(catalogues, "FOLDER", tmp_path)
    yield
    for function in kept:
        function.cache_clear()


@pytest.mark.usefixtures("german")
def test_a_third_language_is_one_catalogue_file() -> None:
    assert locales() == {"de", "en", "pl"}
    assert label(CasePriority.SYSTEM_DOWN, "de") == "Anlage außer Betrieb"
    assert label(CasePriority.SCHEDULED, "de") == label(CasePriority.SCHEDULED, "en")


QUERY = """{
  viewer { roleLabel }
  installedProduct(assetId: "10000001") { modalityLabel statusLabel operationalStateLabel }
  case(number: "300000101") { priorityLabel statusLabel originLabel eventTypeLabel activities { typeLabel } }
  serviceContract(number: "40000029") { statusLabel expiryStatusLabel }
  account(number: "7100012") { accessLabel }
}"""
POLISH = {
    "viewer": {"roleLabel": "Menedżer"},
    "installedProduct": {
        "modalityLabel": "Rezonans magnetyczny",
        "statusLabel": "Aktywny",
        "operationalStateLabel": "Nie działa",
    },
    "case": {
        "priorityLabel": "System nie działa",
        "statusLabel": "W toku",
        "originLabel": "Telefon",
        "eventTypeLabel": "Konserwacja naprawcza",
        "activities": [
            {"typeLabel": "Problem zgłoszony przez klienta"},
            {"typeLabel": "Działanie drugiej linii wsparcia"},
            {"typeLabel": "Notatka zewnętrzna"},
            {"typeLabel": "Kwestia bezpieczeństwa"},
        ],
    },
    "serviceContract": {"statusLabel": "Aktywna", "expiryStatusLabel": "Mniej niż 30 dni lub po terminie"},
    "account": {"accessLabel": "Przypisane"},
}


async def test_labels_follow_the_viewers_language(portal: Portal) -> None:
    viewer = portal.viewers["manager@north.example"]
    assert await portal.data(viewer, QUERY) == POLISH
    english = await portal.data(msgspec.structs.replace(viewer, locale="en"), QUERY)
    assert english["case"]["priorityLabel"] == "System down"
    assert english["installedProduct"]["modalityLabel"] == "Magnetic resonance"
    assert await portal.data(msgspec.structs.replace(viewer, locale="de"), QUERY) == english


async def test_for_a_value_that_only_the_system_knows_the_systems_own_word_stands(portal: Portal) -> None:
    query = '{ installedProduct(assetId: "10000010") { status statusLabel modality modalityLabel } }'
    assert (await portal.data("manager@north.example", query))["installedProduct"] == {
        "status": "OTHER",
        "statusLabel": "On Loan",
        "modality": "OTHER",
        "modalityLabel": "NM",
    }


async def test_where_there_is_no_value_there_is_no_label(portal: Portal) -> None:
    query = """{
      installedProduct(assetId: "10000021") { modality modalityLabel }
      case(number: "300000108") { priority priorityLabel }
      serviceContract(number: "40000111") { expiryStatus expiryStatusLabel }
    }"""
    assert await portal.data("manager@north.example", query) == {
        "installedProduct": {"modality": None, "modalityLabel": None},
        "case": {"priority": None, "priorityLabel": None},
        "serviceContract": {"expiryStatus": None, "expiryStatusLabel": None},
    }
