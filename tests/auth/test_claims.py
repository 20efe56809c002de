"""Claims become a viewer; what is wrong with them never grants anything, and never crashes."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.claims import viewer_of
from auth.issuer import ClaimNames
from auth.tokens import InvalidToken
from auth.viewer import Role, Viewer

NAMES = ClaimNames()
SPOKEN = frozenset({"en", "pl"})

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def viewer(**claims: object) -> Viewer:
    return viewer_of({"sub": "s-1", "roles": ["user"], **claims}, NAMES, locales=SPOKEN)


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        (["reader"], Role.READER),
        ("Manager", Role.MANAGER),
        (["READER", "manager", "user"], Role.MANAGER),
        (["user", "Analyst", "helpdesk"], Role.ANALYST),
        (["wizard", "reader"], Role.READER),
        ([1, None, "user"], Role.USER),
    ],
)
@pytest.mark.rule("R1")
def test_the_strongest_role_counts_in_any_case(roles: object, role: Role) -> None:
    assert viewer(roles=roles).role is role


@pytest.mark.parametrize("roles", [None, [], "", ["wizard"], {"manager": True}, 5, [["manager"]], "manager user"])
def test_a_token_without_a_role_of_the_portal_is_refused(roles: object) -> None:
    with pytest.raises(InvalidToken):
        viewer(roles=roles)


def test_accounts_are_bare_numbers() -> None:
    assert viewer(accounts=["0007100012", 7100020, "7100030"]).accounts == {"7100012", "7100020", "7100030"}


def test_malformed_accounts_are_dropped_and_the_others_kept() -> None:
    malformed: list[object] = [
        "7100012",
        "x",
        "",
        None,
        True,
        -5,
        1.5,
        {},
        "71 00",
        "12345678901",
        "0",
        "\u0967",
        10**30,
    ]
    assert viewer(accounts=malformed).accounts == {"7100012"}


@pytest.mark.parametrize("accounts", [None, [], {}, True, 1.5, {"7100012": 1}])
def test_accounts_of_a_wrong_type_are_none(accounts: object) -> None:
    assert viewer(accounts=accounts).accounts == frozenset()


@pytest.mark.parametrize("parent", [["7100000", "7200000"], {}, "north", True, 1.5, "0"])
def test_a_parent_account_that_bounds_nothing_is_refused(parent: object) -> None:
    with pytest.raises(InvalidToken):
        viewer(parent_account=parent, roles=["partner"], accounts=["7200010"])


def test_a_parent_account_may_be_a_number_with_leading_zeros_or_an_integer() -> None:
    assert viewer(parent_account="0007100000").parent_account == "7100000"
    assert viewer(parent_account=7100000).parent_account == "7100000"
    assert viewer().parent_account is None


@pytest.mark.parametrize(
    ("said", "locale"), [("pl", "pl"), ("pl-PL", "pl"), ("PL_pl", "pl"), ("en-GB", "en"), ("de", "en"), (None, "en")]
)
@pytest.mark.rule("F17")
def test_the_language_is_one_the_portal_speaks(said: object, locale: str) -> None:
    assert viewer(locale=said).locale == locale
    assert viewer(locale=said).locale_told is (said not in ("de", None))


@pytest.mark.rule("F17")
def test_a_language_that_has_a_catalogue_added_is_spoken() -> None:
    claims = {"sub": "s-1", "roles": ["user"], "locale": "de-AT"}
    assert viewer_of(claims, NAMES, locales={*SPOKEN, "de"}).locale == "de"


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("Europe/Warsaw", "Europe/Warsaw"),
        ("Mars/Base", "UTC"),
        ("../../etc/passwd", "UTC"),
        ("Europe", "UTC"),
        ("", "UTC"),
        (None, "UTC"),
        (3, "UTC"),
    ],
)
def test_an_unknown_time_zone_is_utc(said: object, zone: str) -> None:
    assert viewer(zoneinfo=said).time_zone == zone


@pytest.mark.rule("R9")
def test_a_user_of_the_older_portal_is_known_as_one() -> None:
    older = viewer(portal="older", frozen_since="2026-03-01")
    assert (older.older_portal, older.frozen_since) == (True, date(2026, 3, 1))
    assert viewer(portal="older", frozen_since="soon").frozen_since is None
    assert not viewer().older_portal


def test_a_machine_client_is_its_own_subject() -> None:
    partner = viewer_of({"sub": "partner-north", "roles": ["partner"], "accounts": ["7100010"]}, NAMES, locales=SPOKEN)
    assert (partner.subject, partner.role, partner.email) == ("partner-north", Role.PARTNER, None)
    assert partner.accounts == {"7100010"}


def test_claims_are_found_by_the_names_a_deployment_gives() -> None:
    names = ClaimNames(roles="realm_access.roles", accounts="https://portal.example/accounts")
    claims = {"sub": "s", "realm_access": {"roles": ["user"]}, "https://portal.example/accounts": ["7100012"]}
    found = viewer_of(claims, names, locales=SPOKEN)
    assert found.role is Role.USER
    assert found.accounts == {"7100012"}


@given(st.dictionaries(st.sampled_from([*NAMES.model_dump().values(), "other"]), json_values))
def test_no_claims_crash_the_reader(claims: dict[str, object]) -> None:
    try:
        found = viewer_of({**claims, "sub": "s"}, NAMES, locales=SPOKEN)
    except InvalidToken:
        return
    assert isinstance(found.role, Role)
    assert all(number.isascii() and number.isdecimal() and number[0] != "0" for number in found.accounts)
