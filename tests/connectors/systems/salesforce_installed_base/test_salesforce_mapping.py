"""Wire → records, tolerant of what an org may answer."""

from datetime import UTC, date, datetime
from typing import TypeVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from connectors.records import Account, InstalledProduct, Provenance, Record
from connectors.systems.salesforce_installed_base.columns import Columns
from connectors.systems.salesforce_installed_base.mapping import (
    RecordReader,
    Words,
    bare_number,
    installed_product_reader,
    padded_number,
)
from connectors.systems.salesforce_installed_base.settings import AccountFields, InstalledProductFields
from connectors.vocabulary import AssetStatus, Modality

R = TypeVar("R", bound=Record)
PROVENANCE = Provenance("crm", datetime(2026, 11, 22, tzinfo=UTC))
WORDS = Words({"Installed": AssetStatus.ACTIVE, "Retired": AssetStatus.INACTIVE}, {"MR": Modality.MR})


def records_of(reader: RecordReader[R], *rows: dict[str, object], attributes: frozenset[str] | None = None) -> list[R]:
    """What an org's answer with these rows becomes."""
    read = reader.of(attributes)
    page = read.decoder.decode(msgspec.json.encode({"records": rows}))
    return list(reader.records(read, page.records or (), PROVENANCE).values())


def product(attributes: frozenset[str] | None = None, **fields: object) -> InstalledProduct:
    reader = installed_product_reader("crm", Columns(InstalledProductFields(), 18), WORDS)
    row = {"attributes": {"type": "X"}, "Id": "a0P000000000001AAA", **fields}
    return records_of(reader, row, attributes=attributes)[0]


def test_every_field_comes_from_its_own_place() -> None:
    found = product(
        Name="IP-1",
        SAP_Equipment_Number__c="000000000010000001",
        Technical_ID__c="T-1",
        SVMXC__Serial_Lot_Number__c="S1",
        UDI__c="(01)1",
        SVMXC__Product__r={"attributes": {}, "Name": "Magnet", "ProductCode": "MR-1", "Family": "MR"},
        SVMXC__Asset_Tag__c="TAG",
        SVMXC__Status__c="Installed",
        SVMXC__Date_Installed__c="2020-02-29",
        SVMXC__Company__c="001000000000001AAA",
        SVMXC__Site__c="a0S000000000001AAA",
        End_Of_Life_Date__c="2030-01-01",
        End_Of_Service_Date__c="2035-01-01",
        LastModifiedDate="2026-11-22T10:00:00.000+0000",
    )
    assert found == InstalledProduct(
        provenance=PROVENANCE,
        id="a0P000000000001AAA",
        installed_product_number="IP-1",
        asset_id="10000001",
        technical_id="T-1",
        serial_number="S1",
        udi="(01)1",
        description="Magnet",
        product_code="MR-1",
        product_family="MR",
        modality=Modality.MR,
        asset_tag="TAG",
        status=AssetStatus.ACTIVE,
        status_text="Installed",
        installation_date=date(2020, 2, 29),
        account_id="001000000000001AAA",
        location_id="a0S000000000001AAA",
        end_of_life=date(2030, 1, 1),
        end_of_service=date(2035, 1, 1),
        updated_at=datetime(2026, 11, 22, 10, tzinfo=UTC),
    )


def test_missing_null_and_empty_are_none() -> None:
    assert product() == InstalledProduct(provenance=PROVENANCE, id="a0P000000000001AAA")
    assert product(Name=None, UDI__c="", Technical_ID__c="  ", SVMXC__Product__r=None) == product()


def test_a_number_that_comes_as_a_json_number_is_a_text() -> None:
    found = product(SAP_Equipment_Number__c=10000001, SVMXC__Serial_Lot_Number__c=17, UDI__c=["odd"])
    assert (found.asset_id, found.serial_number, found.udi) == ("10000001", "17", None)


@pytest.mark.parametrize("odd", ["0000-00-00", "2026-13-01", "20261122", "soon", 20261122, "2026-W01-1"])
def test_an_odd_date_is_none_and_told_without_the_value(odd: object) -> None:
    with capture_logs() as logs:
        assert product(SVMXC__Date_Installed__c=odd).installation_date is None
    assert [(log["event"], log["attributes"]) for log in logs] == [("source.unreadable_values", ["installation_date"])]


@pytest.mark.parametrize(
    "text", ["2026-11-22T10:00:00.000+0000", "2026-11-22T10:00:00Z", "2026-11-22T12:00:00+02:00", "2026-11-22T10:00:00"]
)
def test_instants_are_in_utc(text: str) -> None:
    assert product(LastModifiedDate=text).updated_at == datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_a_date_field_may_hold_a_time_too() -> None:
    assert product(SVMXC__Date_Installed__c="2026-11-22T10:00:00Z").installation_date == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("word", "status"),
    [("Installed", "ACTIVE"), ("INSTALLED", "ACTIVE"), ("Retired", "INACTIVE"), ("On loan", "OTHER"), (None, "OTHER")],
)
def test_a_status_is_what_the_settings_say_and_its_word_stays(word: str | None, status: str) -> None:
    found = product(SVMXC__Status__c=word)
    assert (found.status.value, found.status_text) == (status, word)


@pytest.mark.parametrize(
    ("family", "modality"), [("mr", Modality.MR), ("NM", Modality.OTHER), (None, None), ("", None)]
)
def test_an_asset_without_product_has_no_modality(family: str | None, modality: Modality | None) -> None:
    assert product(SVMXC__Product__r={"Family": family}).modality is modality


def test_a_projected_record_holds_what_was_asked() -> None:
    found = product(frozenset({"status"}), SVMXC__Status__c="Retired", Name="IP-1")
    assert (found.status, found.installed_product_number) == (AssetStatus.INACTIVE, None)


def test_a_row_without_an_id_is_left_out_and_one_that_comes_twice_stands_once() -> None:
    reader = RecordReader("crm", Account, Columns(AccountFields(), 10))
    rows: list[dict[str, object]] = [{"Id": "1"}, {"Name": "nobody"}, {"Id": "1"}, {"Id": "2", "Name": "two"}]
    with capture_logs() as logs:
        assert [account.id for account in records_of(reader, *rows)] == ["1", "2"]
    assert logs[0]["attributes"] == ["id"]


def test_a_field_that_the_org_does_not_have_is_not_selected() -> None:
    columns = Columns(InstalledProductFields(udi="", technical_id=""), 18)
    assert "UDI__c" not in columns.fields(None)
    assert columns.fields(frozenset({"udi", "modality"})) == ["Id", "SVMXC__Product__r.Family"]


@given(st.from_regex(r"[1-9][0-9]{0,17}", fullmatch=True), st.integers(0, 18))
def test_a_bare_number_survives_padding(number: str, digits: int) -> None:
    padded = padded_number(number, digits)
    assert len(padded) >= digits
    assert bare_number(padded) == number


def test_numbers_with_letters_and_zeros_alone() -> None:
    assert padded_number("K-17", 10) == "K-17"
    assert bare_number("00K17") == "00K17"
    assert bare_number("0000000000") is None


EVERY = frozenset(InstalledProduct.__struct_fields__) - {"provenance"}
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.sampled_from(
        ["Installed", "retired", "MR", "2020-02-29", "2026-11-22T10:00:00.000+0000", "000012", "0000-00-00"]
    ),
    st.just(["odd"]),
    st.fixed_dictionaries({"Name": st.just("Magnet")}),
)
FIELDS = {name.partition(".")[0] for name in Columns(InstalledProductFields()).fields(None)} - {"Id"}


@given(
    st.sets(st.sampled_from(sorted(EVERY))), st.fixed_dictionaries({}, optional=dict.fromkeys(sorted(FIELDS), VALUES))
)
def test_a_projected_record_is_the_whole_one_without_what_was_not_wanted(
    fields: set[str], row: dict[str, object]
) -> None:
    whole, projected = product(None, **row), product(frozenset(fields), **row)
    bare = InstalledProduct(provenance=PROVENANCE, id=whole.id)
    assert projected == msgspec.structs.replace(bare, **{name: getattr(whole, name) for name in fields})
