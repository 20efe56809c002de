"""Whether a record answers a query."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.criteria import (
    account_matches,
    case_matches,
    checked_attributes,
    installed_product_matches,
    location_matches,
)
from connectors.queries import AccountQuery, AccountScope, CaseQuery, InstalledProductQuery, LocationQuery
from connectors.records import Account, Case, InstalledProduct, Location, Provenance
from connectors.vocabulary import AssetStatus, CaseOrigin, CasePriority, CaseStatus, EventType, Modality

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FROM = Provenance("any", NOW)
EVERYONE = AccountScope(unrestricted=True)

ACCOUNT = Account(provenance=FROM, id="A", number="7100012", name="Szpital św. Łukasza", city="Gliwice", parent_id="P")
LOCATION = Location(
    provenance=FROM, id="L", name="MR hall", account_id="A", parent_id="P", city="Gliwice", functional_location="PL-01"
)
ASSET = InstalledProduct(
    provenance=FROM,
    id="I",
    installed_product_number="IP-1",
    asset_id="10000001",
    technical_id="TID-1",
    serial_number="S1",
    description="Magnet 3T",
    asset_tag="TAG-1",
    status=AssetStatus.ACTIVE,
    modality=Modality.MR,
    installation_date=date(2020, 2, 29),
    account_id="A",
    location_id="L",
)
CASE = Case(
    provenance=FROM,
    id="300000123",
    number="PRT-1",
    event_type=EventType.CORRECTIVE_MAINTENANCE,
    description="No image",
    priority=CasePriority.SYSTEM_DOWN,
    status=CaseStatus.NEW,
    origin=CaseOrigin.WEB,
    asset_id="10000001",
    created_at=NOW,
    updated_at=NOW,
    sold_to="7100012",
)

HITS: dict[str, tuple[object, ...]] = {
    "ids": ("I",),
    "asset_ids": ("10000001",),
    "serial_numbers": ("S1",),
    "technical_ids": ("TID-1",),
    "installed_product_numbers": ("IP-1",),
    "account_ids": ("A",),
    "location_ids": ("L",),
    "statuses": (AssetStatus.ACTIVE,),
    "modalities": (Modality.MR,),
}
CASE_HITS: dict[str, tuple[object, ...]] = {
    "ids": ("300000123",),
    "asset_ids": ("10000001",),
    "sold_to": ("7100012",),
    "event_types": (EventType.CORRECTIVE_MAINTENANCE,),
    "priorities": (CasePriority.SYSTEM_DOWN,),
    "statuses": (CaseStatus.NEW,),
    "origins": (CaseOrigin.WEB,),
}


def asset_answers(**criteria: object) -> bool:
    query = msgspec.structs.replace(InstalledProductQuery(scope=EVERYONE), **criteria)
    return installed_product_matches(query)(ASSET)


def case_answers(**criteria: object) -> bool:
    return case_matches(msgspec.structs.replace(CaseQuery(scope=EVERYONE), **criteria))(CASE)


def test_a_query_without_criteria_is_answered_by_every_row() -> None:
    assert account_matches(AccountQuery(scope=EVERYONE))(ACCOUNT)
    assert location_matches(LocationQuery(scope=EVERYONE))(LOCATION)
    assert asset_answers()
    assert case_answers()


@pytest.mark.parametrize("criterion", HITS)
def test_a_criterion_of_assets_is_met_by_any_of_its_values_and_by_no_other(criterion: str) -> None:
    assert asset_answers(**{criterion: ("other", *HITS[criterion])})
    assert not asset_answers(**{criterion: ("other",)})
    assert not asset_answers(**{criterion: ()})


@pytest.mark.parametrize("criterion", CASE_HITS)
def test_a_criterion_of_cases_is_met_by_any_of_its_values_and_by_no_other(criterion: str) -> None:
    assert case_answers(**{criterion: ("other", *CASE_HITS[criterion])})
    assert not case_answers(**{criterion: ("other",)})
    assert not case_answers(**{criterion: ()})


@given(st.sets(st.sampled_from(sorted(HITS))), st.sampled_from(sorted(HITS)))
def test_criteria_are_all_to_be_met(met: set[str], missed: str) -> None:
    criteria = {criterion: HITS[criterion] for criterion in met}
    assert asset_answers(**criteria)
    assert not asset_answers(**(criteria | {missed: ("other",)}))


@pytest.mark.parametrize("number", ["PRT-1", "300000123"])
def test_a_case_is_found_by_the_portals_number_and_by_the_notifications(number: str) -> None:
    assert case_answers(numbers=(number,))
    assert not case_answers(numbers=("300000124",))


def test_accounts_and_locations_are_found_by_their_keys() -> None:
    assert account_matches(AccountQuery(scope=EVERYONE, ids=("A",), numbers=("7100012",), parent_ids=("P",)))(ACCOUNT)
    assert not account_matches(AccountQuery(scope=EVERYONE, numbers=("0007100012",)))(ACCOUNT)
    assert location_matches(LocationQuery(scope=EVERYONE, ids=("L",), account_ids=("A",), parent_ids=("P",)))(LOCATION)
    assert not location_matches(LocationQuery(scope=EVERYONE, account_ids=("B",)))(LOCATION)


@pytest.mark.parametrize("text", ["ŁUKASZA", " łukasza ", "7100", "gliw", "", "  "])
def test_a_text_is_found_anywhere_in_any_case_and_an_empty_one_asks_nothing(text: str) -> None:
    assert account_matches(AccountQuery(scope=EVERYONE, text=text))(ACCOUNT)


@pytest.mark.parametrize("text", ["magnet", "0001", "s1", "tid", "ip-1", "tag-1"])
def test_assets_are_searched_by_description_numbers_serial_and_tag(text: str) -> None:
    assert asset_answers(text=text)


@pytest.mark.parametrize("text", ["no im", "prt", "3000"])
def test_cases_are_searched_by_description_and_numbers(text: str) -> None:
    assert case_answers(text=text)


@pytest.mark.parametrize("text", ["%", "_", "mag%", "IP_1", "Gliwice", "ACTIVE"])
def test_a_text_is_no_pattern_and_not_looked_for_elsewhere(text: str) -> None:
    assert not asset_answers(text=text)


def test_locations_are_searched_by_name_code_and_city() -> None:
    for text in ("mr h", "pl-01", "GLIWICE"):
        assert location_matches(LocationQuery(scope=EVERYONE, text=text))(LOCATION)


DAY = timedelta(days=1)


def test_both_installation_days_are_included() -> None:
    day = ASSET.installation_date
    assert day is not None
    assert asset_answers(installed_from=day, installed_to=day)
    assert not asset_answers(installed_from=day + DAY)
    assert not asset_answers(installed_to=day - DAY)


@pytest.mark.parametrize("instant", ["created", "updated"])
def test_a_period_of_cases_includes_its_start_and_not_its_end(instant: str) -> None:
    assert case_answers(**{f"{instant}_from": NOW, f"{instant}_to": NOW + DAY})
    assert not case_answers(**{f"{instant}_from": NOW - DAY, f"{instant}_to": NOW})


def test_a_row_without_a_date_is_within_no_period() -> None:
    undated = msgspec.structs.replace(ASSET, installation_date=None)
    assert installed_product_matches(InstalledProductQuery(scope=EVERYONE))(undated)
    assert not installed_product_matches(InstalledProductQuery(scope=EVERYONE, installed_to=date.max))(undated)
    assert not case_matches(CaseQuery(scope=EVERYONE, created_from=NOW - DAY))(
        msgspec.structs.replace(CASE, created_at=None)
    )


PLACES: Mapping[str, tuple[object, ...]] = {
    "ids": ("I", "A", "L", "300000123", "x"),
    "numbers": ("7100012", "PRT-1", "300000123", "x"),
    "parent_ids": ("P", "x"),
    "asset_ids": HITS["asset_ids"] + ("x",),
    "serial_numbers": ("S1", "x"),
    "technical_ids": ("TID-1", "x"),
    "installed_product_numbers": ("IP-1", "x"),
    "account_ids": ("A", "x"),
    "location_ids": ("L", "x"),
    "statuses": (AssetStatus.ACTIVE, AssetStatus.OTHER, CaseStatus.NEW, CaseStatus.CLOSED),
    "modalities": (Modality.MR, Modality.CT),
    "sold_to": ("7100012", "x"),
    "event_types": tuple(EventType),
    "priorities": tuple(CasePriority),
    "origins": tuple(CaseOrigin),
}
DAYS = st.sampled_from([date(2020, 2, 28), date(2020, 2, 29), date(2020, 3, 1)])
INSTANTS = st.sampled_from([NOW - DAY, NOW, NOW + DAY])
TEXTS = st.sampled_from(["", " ", "gliw", "magnet", "1000", "prt", "mr", "tag", "image", "x"])


def criteria_of(kind: type) -> st.SearchStrategy[dict[str, object]]:
    """Criteria of that query, of values that a record may have and others."""
    wanted: dict[str, st.SearchStrategy[object]] = {}
    for name in set(kind.__struct_fields__) - {"scope", "order", "after", "limit", "count", "fields"}:  # type: ignore[attr-defined]  # a struct
        if name in PLACES:
            wanted[name] = st.lists(st.sampled_from(PLACES[name]), max_size=3).map(tuple)
        else:
            wanted[name] = TEXTS if name == "text" else DAYS if name.startswith("installed") else INSTANTS
    return st.fixed_dictionaries({}, optional=wanted)


@pytest.mark.parametrize(
    ("kind", "matcher", "row"),
    [
        (AccountQuery, account_matches, ACCOUNT),
        (LocationQuery, location_matches, LOCATION),
        (InstalledProductQuery, installed_product_matches, ASSET),
        (CaseQuery, case_matches, CASE),
    ],
    ids=["accounts", "locations", "assets", "cases"],
)
@given(data=st.data())
def test_a_record_of_the_attributes_checked_matches_as_the_whole_one_does(
    kind: Callable[..., Any], matcher: Callable[[Any], Callable[[Any], bool]], row: Any, data: st.DataObject
) -> None:
    assert isinstance(kind, type)
    query = kind(scope=EVERYONE, **data.draw(criteria_of(kind)))
    kept = checked_attributes(query)
    outline = msgspec.structs.replace(
        row, **{name: None for name in row.__struct_fields__ if name not in kept and name != "provenance"}
    )
    assert matcher(query)(outline) == matcher(query)(row)


def test_nothing_is_checked_where_nothing_is_asked() -> None:
    assert checked_attributes(CaseQuery(scope=EVERYONE, text=" ")) == frozenset()
    assert checked_attributes(CaseQuery(scope=EVERYONE, numbers=("1",))) == {"number", "id"}
