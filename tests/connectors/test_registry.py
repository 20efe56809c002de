"""Connectors are found by their folder, or by an entry point of another package."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.errors import SourceMisconfigured
from connectors.ports import CheckResult, CustomerAssetData
from connectors.queries import AccountQuery, AccountScope, Keys
from connectors.records import CustomAssetData
from connectors.registry import PortConflict, UnknownConnector, connector_modules, manifest, ports_of
from connectors.sources import sources_of

OURS = {
    "file_documents",
    "portal_store",
    "salesforce_installed_base",
    "sap_service_orders",
    "soap_case_archive",
    "soap_contracts",
}

THIRD_PARTY = """
from pydantic import BaseModel
from connectors.registry import Manifest

class Settings(BaseModel):
    url: str

class Notes:
    def __init__(self, system):
        self.system = system

    async def check(self):
        return []

    async def ping(self):
        pass

    async def close(self):
        pass

    async def custom_asset_data(self, installed_product_ids):
        return {}

MANIFEST = Manifest(
    name="hospital_notes", title="A hospital's own notes", settings=Settings,
    connect=lambda system, settings, clock: Notes(system),
)
"""


class Notes:
    """The customer's data of nothing."""

    def __init__(self, system: str) -> None:
        self.system = system

    async def check(self) -> list[CheckResult]:
        return []

    async def ping(self) -> None: ...

    async def close(self) -> None: ...

    async def custom_asset_data(self, installed_product_ids: Keys) -> dict[str, CustomAssetData]:
        return {}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package of somebody else that registers two connectors, one under a name of ours."""
    (tmp_path / "hospital_notes.py").write_text(THIRD_PARTY, encoding="utf-8")
    facts = tmp_path / "hospital_notes-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: hospital-notes\nVersion: 1.0\n", encoding="utf-8")
    (facts / "entry_points.txt").write_text(
        "[portal.connectors]\nhospital_notes = hospital_notes:MANIFEST\nportal_store = hospital_notes:MANIFEST\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    connector_modules.cache_clear()
    yield
    connector_modules.cache_clear()
    sys.modules.pop("hospital_notes", None)


def test_every_folder_of_systems_is_a_connector_of_that_name() -> None:
    assert set(connector_modules()) == OURS
    assert {manifest(name).name for name in OURS} == OURS


@pytest.mark.usefixtures("installed")
def test_another_package_adds_a_connector_by_an_entry_point() -> None:
    found = manifest("hospital_notes")
    assert found.title == "A hospital's own notes"
    assert "hospital_notes" in connector_modules()


@pytest.mark.usefixtures("installed")
def test_another_package_takes_no_connector_of_ours_away() -> None:
    assert manifest("portal_store").title != "A hospital's own notes"


def test_an_unknown_connector_is_told_with_those_there_are() -> None:
    with pytest.raises(UnknownConnector, match=r"no connector 'salesfroce'.*salesforce_installed_base"):
        manifest("salesfroce")


def test_a_connector_serves_the_ports_whose_methods_it_has() -> None:
    assert ports_of(Notes("notes")) == [CustomerAssetData]


def test_two_systems_for_one_port_are_refused_by_name() -> None:
    with pytest.raises(PortConflict, match="ours and theirs both serve CustomerAssetData"):
        sources_of([Notes("ours"), Notes("theirs")])


async def test_a_port_that_no_system_serves_refuses_whatever_it_is_asked() -> None:
    sources = sources_of([Notes("notes")])
    with pytest.raises(SourceMisconfigured, match="installed base"):
        await sources.installed_base.accounts(AccountQuery(scope=AccountScope(unrestricted=True)))
    assert await sources.customer_asset_data.custom_asset_data(("a",)) == {}


@pytest.mark.rule("R5")
async def test_without_a_store_there_is_no_data_of_the_customers_own_and_no_error() -> None:
    assert await sources_of([]).customer_asset_data.custom_asset_data(("a",)) == {}
