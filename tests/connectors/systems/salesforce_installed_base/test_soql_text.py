"""No value leaves its place in a query, whatever it holds."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.systems.salesforce_installed_base import soql
from fixtures.simulators.salesforce_installed_base import salesforce_id
from fixtures.simulators.salesforce_installed_base.soql_parser import parse
from fixtures.simulators.salesforce_installed_base.soql_syntax import AllOf, AnyOf, Comparison, Membership
from fixtures.simulators.salesforce_installed_base.soql_tokens import like_pattern, string_value

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60)
NASTY = st.text(st.sampled_from("\\'%_\"()aZ0ą \n"), max_size=12)


@given(st.lists(TEXTS | NASTY, min_size=1, max_size=4))
def test_a_parser_reads_back_what_was_quoted(values: list[str]) -> None:
    where = parse(soql.select(["Id"], "Account", [soql.is_in("Name", values)])).where
    assert isinstance(where, Membership)
    assert [string_value(value.text) for value in where.values] == values


@given(before=NASTY, searched=TEXTS | NASTY.filter(bool), after=NASTY)
def test_a_searched_text_is_found_wherever_it_stands(before: str, searched: str, after: str) -> None:
    where = parse(soql.select(["Id"], "Account", [soql.holds("Name", searched)])).where
    assert isinstance(where, Comparison)
    assert like_pattern(where.value.text).fullmatch(before + searched + after)


@given(searched=NASTY.filter(bool), other=NASTY)
def test_signs_of_like_stand_for_themselves(searched: str, other: str) -> None:
    where = parse(soql.select(["Id"], "Account", [soql.holds("Name", searched)])).where
    assert isinstance(where, Comparison)
    if soql.is_searched_exactly(searched):
        found = like_pattern(where.value.text).fullmatch(other) is not None
        assert found == (searched.casefold() in other.casefold())


def test_a_letter_beyond_ascii_matches_in_any_case_even_where_like_knows_none() -> None:
    assert soql.holds("Name", "Łódź 1") == "Name LIKE '%__d_ 1%'"
    assert not soql.is_searched_exactly("Łódź 1")


def test_a_long_search_is_cut_and_told_inexact() -> None:
    assert soql.holds("Name", "x" * 200) == f"Name LIKE '%{'x' * soql.LONGEST_SEARCH}%'"
    assert not soql.is_searched_exactly("x" * 200)


def test_dates_and_instants_have_no_quotes() -> None:
    assert soql.literal(date(2026, 2, 1)) == "2026-02-01"
    assert soql.literal(datetime(2026, 2, 1, 10, tzinfo=UTC)) == "2026-02-01T10:00:00Z"
    east = timezone(timedelta(hours=2))
    assert soql.literal(datetime(2026, 2, 1, 1, 0, 0, 250_000, tzinfo=east)) == "2026-01-31T23:00:00.250Z"
    assert soql.literal(None) == "null"


def test_and_and_or_are_never_mixed_without_parentheses() -> None:
    one, two = soql.compare("A", "=", "1"), soql.compare("B", "=", None)
    where = parse(soql.select(["Id"], "X", [soql.any_of([one, soql.all_of([one, two])]), two])).where
    assert isinstance(where, AllOf)
    assert isinstance(where.conditions[0], AnyOf)


@pytest.mark.parametrize("name", ["", "Id; DROP", "Name,Id", "a b", "1a", "a..b", "Naïve", "(SELECT Id FROM X)", "a'"])
def test_only_names_are_names(name: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        soql.name(name)


@given(st.text(max_size=20))
def test_an_id_is_15_or_18_letters_and_digits(text: str) -> None:
    assert soql.is_id(text) == (len(text) in (15, 18) and text.isascii() and text.isalnum())


@given(st.text(min_size=1, max_size=10))
def test_the_last_characters_of_an_id_fit_the_others(key: str) -> None:
    known = salesforce_id("001", key)
    assert soql.is_sound_id(known)
    assert soql.is_sound_id(known[:15])
    assert not soql.is_sound_id(known[:14] + ("a" if known[14].isupper() else "A") + known[15:])


@pytest.mark.parametrize("text", ["", "a\0b", "a\nb", "\ud800", "x" * 256])
def test_what_no_field_can_hold_is_told(text: str) -> None:
    assert not soql.is_storable(text)
