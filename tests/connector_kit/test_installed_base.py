"""Every connector of the port `InstalledBase`: accounts, locations, installed products."""

from datetime import date
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.ports import InstalledBase
from connectors.queries import AccountQuery, AccountScope, InstalledProductQuery, LocationQuery, Rows
from connectors.vocabulary import AssetStatus, Modality
from tests.connector_kit.expectations import EVERYONE, NOBODY, key_of, keys_of
from tests.connector_kit.harness import harnesses_of
from tests.connector_kit.lab import SMALL, Lab, System
from tests.connector_kit.reads import ACCOUNTS, INSTALLED_PRODUCTS, LOCATIONS, Read

Base = System[InstalledBase]

READS = (ACCOUNTS, LOCATIONS, INSTALLED_PRODUCTS)
KEYED = [(read, criterion) for read in READS for criterion in read.keys]

every_read = pytest.mark.parametrize("read", READS, ids=lambda read: read.name)
every_key = pytest.mark.parametrize(("read", "criterion"), KEYED, ids=[f"{read.name}-{key}" for read, key in KEYED])
every_connector = pytest.mark.parametrize("harness", harnesses_of(InstalledBase), ids=lambda harness: harness.name)


@pytest.fixture(params=harnesses_of(InstalledBase), ids=lambda harness: harness.name)
async def base(request: pytest.FixtureRequest, lab: Lab) -> Base:
    return cast(Base, await lab.system(request.param))


@every_read
async def test_everything_is_read_as_the_system_has_it(base: Base, read: Read) -> None:
    await read.assert_answered(base, read.query(EVERYONE))
    assert len(base.calls()) == 1


@every_read
@pytest.mark.rule("R2")
async def test_who_may_see_nothing_is_answered_without_a_call(base: Base, read: Read) -> None:
    assert await read.asked_of(base)(read.query(NOBODY)) == Rows()
    assert base.conduct.calls == []


@every_read
@pytest.mark.rule("R2")
async def test_the_scope_goes_down_to_the_system(base: Base, read: Read) -> None:
    """One account's rows, several accounts' rows; rows without an account are nobody's."""
    ids = keys_of(base.facts.accounts, "id")
    for chosen in (ids[:1], ids[2:5], ids[:12]):
        await read.assert_answered(base, read.query(AccountScope(account_ids=frozenset(chosen))))
    assert len(base.calls()) == 3


@every_key
@pytest.mark.rule("R2")
async def test_a_scope_narrows_every_key(base: Base, read: Read, criterion: str) -> None:
    scope = AccountScope(account_ids=frozenset(keys_of(base.facts.accounts, "id")[:6]))
    await read.assert_answered(base, read.query(scope, {criterion: read.known_keys(base.facts, criterion)}))


async def test_a_scope_and_keys_that_are_both_long_are_applied_both(base: Base) -> None:
    """Half of the accounts, with as many again that are not there, and every number of equipment."""
    accounts = keys_of(base.facts.accounts, "id")
    others = keys_of(base.facts.locations, "id") + keys_of(base.facts.installed_products, "id")
    scope = AccountScope(account_ids=frozenset((*accounts[: len(accounts) // 2], *others)))
    unknown = tuple(str(number) for number in range(55_000_000, 55_001_500))
    keys = keys_of(base.facts.installed_products, "asset_id") + unknown
    await INSTALLED_PRODUCTS.assert_answered(base, InstalledProductQuery(scope=scope, asset_ids=keys))


DAY = date(2022, 11, 22)
TEXTS = ("meridian", "MR3", " tid-mr30 ", "00000001", "%", "_A\\B", "'b-", "<b>&amp;", "ŁÓDŹ", "", "  ", "10000001")
FILTERS: tuple[dict[str, Any], ...] = (
    *({"statuses": (status,)} for status in AssetStatus),
    *({"modalities": (modality,)} for modality in Modality),
    {"statuses": tuple(AssetStatus)},
    {"modalities": tuple(Modality)},
    {"installed_from": DAY},
    {"installed_to": DAY},
    {"installed_from": DAY, "installed_to": DAY},
    {"installed_from": date(2023, 1, 1), "installed_to": date(2022, 1, 1)},
    {"installed_from": date.min, "installed_to": date.max},
    *({"text": text} for text in (*TEXTS, "0", "🩻", "IP-000000", "x" * 300)),
    {"statuses": (AssetStatus.ACTIVE,), "modalities": (Modality.CT, Modality.OTHER), "text": "tag"},
    {"statuses": (AssetStatus.INACTIVE,), "installed_to": date(2020, 1, 1)},
)


async def test_assets_are_filtered_by_each_criterion(base: Base) -> None:
    for criteria in FILTERS:
        await INSTALLED_PRODUCTS.assert_answered(base, InstalledProductQuery(scope=EVERYONE, **criteria))


async def test_accounts_and_locations_are_found_by_a_text(base: Base) -> None:
    for text in ("szpital", "GDAŃSK", "7100", "100%_Zdrowia \\ Ł", "o'brien", "l'hôp", "&", "0", "zz'", *TEXTS):
        await ACCOUNTS.assert_answered(base, AccountQuery(scope=EVERYONE, text=text))
        await LOCATIONS.assert_answered(base, LocationQuery(scope=EVERYONE, text=text))


@pytest.mark.parametrize("criterion", ["statuses", "modalities"])
async def test_no_values_are_answered_without_a_call(base: Base, criterion: str) -> None:
    assert await base.connector.installed_products(INSTALLED_PRODUCTS.query(EVERYONE, {criterion: ()})) == Rows()
    assert base.conduct.calls == []


@st.composite
def drawn_criteria(draw: st.DrawFn) -> dict[str, Any]:
    """Some criteria; for keys, numbers that choose among those that there are."""
    keys = st.lists(st.integers(0, 400), max_size=8)
    rarely = st.none() | st.none()
    texts = st.sampled_from(["MR", "us0", "tid", "1000000", "meridian", "_", "%", "'", "tag-00", "nothing"])
    days = st.dates(date(2010, 1, 1), date(2027, 1, 1))
    drawn: dict[str, Any] = {
        **{criterion: draw(rarely | keys) for criterion in INSTALLED_PRODUCTS.keys},
        "statuses": draw(rarely | st.lists(st.sampled_from(AssetStatus), max_size=3).map(tuple)),
        "modalities": draw(rarely | st.lists(st.sampled_from(Modality), max_size=3).map(tuple)),
        "installed_from": draw(rarely | days),
        "installed_to": draw(rarely | days),
        "text": draw(rarely | texts),
        "scope": draw(st.none() | keys),
    }
    return {name: value for name, value in drawn.items() if value is not None}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(drawn_criteria())
async def test_criteria_of_every_kind_are_applied_together(base: Base, drawn: dict[str, Any]) -> None:
    criteria = dict(drawn)
    for criterion in INSTALLED_PRODUCTS.keys.keys() & criteria.keys():
        known = INSTALLED_PRODUCTS.known_keys(base.facts, criterion)
        criteria[criterion] = tuple(known[place % len(known)] for place in criteria[criterion])
    scope = EVERYONE
    if (chosen := criteria.pop("scope", None)) is not None:
        accounts = keys_of(base.facts.accounts, "id")
        scope = AccountScope(account_ids=frozenset(accounts[place % len(accounts)] for place in chosen))
    await INSTALLED_PRODUCTS.assert_answered(base, InstalledProductQuery(scope=scope, **criteria))


@every_connector
@every_read
async def test_short_pages_are_followed_to_the_end(lab: Lab, harness: Any, read: Read) -> None:
    small = await lab.system(harness, page_size=SMALL)
    await read.assert_answered(small, read.query(EVERYONE))
    assert len(small.calls()) == -(-len(read.facts(small.facts)) // SMALL)


@every_read
async def test_a_projected_read_has_what_was_wanted_and_what_the_scope_is_checked_by(base: Base, read: Read) -> None:
    wanted = {"accounts": "name", "locations": "name", "installed_products": "modality"}[read.name]
    owner = read.owner or "id"
    answer = await read.asked_of(base)(read.query(EVERYONE, fields=frozenset({wanted})))
    assert {(row.id, getattr(row, wanted), getattr(row, owner)) for row in answer.rows} == {
        (key_of(row), getattr(row, wanted), getattr(row, owner)) for row in read.facts(base.facts)
    }
