"""How a query becomes statements that fit into a URL."""

from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.queries import AccountScope, InstalledProductQuery, LocationQuery
from connectors.systems.salesforce_installed_base.columns import Columns
from connectors.systems.salesforce_installed_base.filters import Filter, installed_product_filter, location_filter
from connectors.systems.salesforce_installed_base.mapping import Words
from connectors.systems.salesforce_installed_base.settings import InstalledProductFields, LocationFields
from connectors.systems.salesforce_installed_base.statements import statements
from connectors.vocabulary import AssetStatus, Modality
from fixtures.simulators.salesforce_installed_base import salesforce_id
from fixtures.simulators.salesforce_installed_base.soql_parser import parse

WORDS = Words({"Installed": AssetStatus.ACTIVE, "Retired": AssetStatus.INACTIVE}, {"MR": Modality.MR})
EVERYONE = AccountScope(unrestricted=True)
BUDGET = 11_000


def ids(prefix: str, count: int) -> tuple[str, ...]:
    return tuple(salesforce_id(prefix, str(number)) for number in range(count))


def asked(query: InstalledProductQuery, **fields: str) -> Filter | None:
    columns = Columns(InstalledProductFields.model_validate(fields), 18)
    return installed_product_filter(WORDS, columns, query)


def conditions(query: InstalledProductQuery, **fields: str) -> list[str]:
    found = asked(query, **fields)
    assert found is not None
    return [*found.fixed, *(f"{keys.field} IN {keys.values}" for keys in found.lists)]


def sent(query: InstalledProductQuery, budget: int = BUDGET) -> tuple[tuple[str, ...], bool]:
    found = asked(query)
    assert found is not None
    soqls, complete = statements(["Id", "Name"], "SVMXC__Installed_Product__c", found, budget)
    return soqls, complete


@settings(max_examples=25, deadline=None)
@given(accounts=st.integers(1, 900), keys=st.integers(0, 2000), serials=st.integers(0, 900))
def test_every_statement_fits_and_every_key_of_the_list_in_portions_is_sent(
    accounts: int, keys: int, serials: int
) -> None:
    query = InstalledProductQuery(
        scope=AccountScope(account_ids=frozenset(ids("001", accounts))),
        ids=ids("a0P", keys) or None,
        serial_numbers=tuple(f"S'{number}" for number in range(serials)) or None,
    )
    soqls, complete = sent(query)
    assert all(len(quote(soql, safe="")) <= BUDGET for soql in soqls)
    text = " ".join(soqls)
    if complete:
        assert all(key in text for key in (*query.scope.account_ids, *(query.ids or ())))
    for soql in soqls[:2]:
        parse(soql)


def test_a_short_scope_goes_with_each_portion_of_long_keys() -> None:
    scope = AccountScope(account_ids=frozenset(ids("001", 3)))
    soqls, complete = sent(InstalledProductQuery(scope=scope, ids=ids("a0P", 1000)))
    assert complete
    assert 1 < len(soqls) <= 5
    assert all("SVMXC__Company__c IN" in soql for soql in soqls)


def test_a_long_scope_is_left_for_the_check_where_keys_are_long_too() -> None:
    scope = AccountScope(account_ids=frozenset(ids("001", 400)))
    soqls, complete = sent(InstalledProductQuery(scope=scope, ids=ids("a0P", 1000)))
    assert not complete
    assert not any("SVMXC__Company__c IN" in soql for soql in soqls)


def test_keys_that_are_accounts_are_cut_down_to_the_scope() -> None:
    one, two, three = ids("001", 3)
    scope = AccountScope(account_ids=frozenset({one, two}))
    assert conditions(InstalledProductQuery(scope=scope, account_ids=(two, three))) == [
        f"SVMXC__Company__c IN {(two,)}"
    ]
    assert asked(InstalledProductQuery(scope=scope, account_ids=(three,))) is None


def test_equipment_numbers_are_padded() -> None:
    query = InstalledProductQuery(scope=EVERYONE, asset_ids=("10000001",))
    assert conditions(query) == ["SAP_Equipment_Number__c IN ('000000000010000001',)"]


def test_a_number_that_is_not_bare_is_no_number() -> None:
    assert asked(InstalledProductQuery(scope=EVERYONE, asset_ids=("0010000001",))) is None


def test_keys_that_no_row_can_have_are_not_asked_for() -> None:
    assert asked(InstalledProductQuery(scope=EVERYONE, ids=("not an id", "' OR Id != '"))) is None
    assert asked(InstalledProductQuery(scope=EVERYONE, serial_numbers=("", "a\0", "x" * 256, " padded "))) is None
    assert asked(InstalledProductQuery(scope=EVERYONE, statuses=())) is None


def test_a_criterion_on_a_field_that_the_org_does_not_have_is_met_by_no_row() -> None:
    assert asked(InstalledProductQuery(scope=EVERYONE, technical_ids=("T",)), technical_id="") is None
    assert asked(InstalledProductQuery(scope=EVERYONE, modalities=(Modality.MR,)), product_family="") is None
    columns = Columns(LocationFields(name="", functional_location="", city=""))
    assert location_filter(columns, LocationQuery(scope=EVERYONE, text="hall")) is None


def test_an_org_without_a_status_has_assets_of_another_status() -> None:
    assert conditions(InstalledProductQuery(scope=EVERYONE, statuses=(AssetStatus.OTHER,)), status_text="") == []
    assert asked(InstalledProductQuery(scope=EVERYONE, statuses=(AssetStatus.ACTIVE,)), status_text="") is None


def test_an_unknown_word_and_none_are_another_status_but_no_product_is_no_modality() -> None:
    assert conditions(
        InstalledProductQuery(scope=EVERYONE, statuses=(AssetStatus.OTHER,), modalities=(Modality.OTHER,))
    ) == [
        "((SVMXC__Status__c NOT IN ('Installed','Retired') AND SVMXC__Status__c != null) OR SVMXC__Status__c = null)",
        "(SVMXC__Product__r.Family NOT IN ('MR') AND SVMXC__Product__r.Family != null)",
    ]
