"""Errors as clients see them: one closed list of codes, and nothing of the inside."""

import json
from typing import Any

import pytest
from graphql import GraphQLError, located_error
from structlog.testing import capture_logs

from connectors.errors import (
    ConnectorError,
    SourceBusy,
    SourceConflict,
    SourceFailed,
    SourceMisanswered,
    SourceMisconfigured,
    SourceRejected,
    SourceTimeout,
    SourceUnreachable,
    TooManyRows,
)
from schema.errors import BadInput, ErrorCode, Forbidden, format_error
from tests.portal import Portal

SECRET = "https://crm.internal:8443/services?token=abc"


def told(cause: Exception) -> dict[str, Any]:
    """The error that a client gets where a resolver raised `cause`."""
    return format_error(located_error(cause, None, ["cases", 0]), "request-1")


def test_the_list_of_codes_is_closed() -> None:
    assert {code.value for code in ErrorCode} == {
        "UNAUTHENTICATED",
        "FORBIDDEN",
        "NOT_FOUND",
        "BAD_INPUT",
        "CONFLICT",
        "QUERY_TOO_COSTLY",
        "RATE_LIMITED",
        "SOURCE_UNAVAILABLE",
        "SOURCE_REJECTED",
        "TIMEOUT",
        "PERSISTED_QUERY_NOT_FOUND",
        "PERSISTED_QUERY_NOT_SUPPORTED",
        "INTERNAL",
    }


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (SourceUnreachable("crm", SECRET, detail=SECRET), "SOURCE_UNAVAILABLE"),
        (SourceFailed("crm", SECRET, detail=SECRET), "SOURCE_UNAVAILABLE"),
        (SourceBusy("crm", SECRET, detail=SECRET), "SOURCE_UNAVAILABLE"),
        (SourceMisconfigured("crm", SECRET, detail=SECRET), "SOURCE_UNAVAILABLE"),
        (SourceMisanswered("crm", SECRET, detail=SECRET), "SOURCE_UNAVAILABLE"),
        (SourceTimeout("crm", SECRET, detail=SECRET), "TIMEOUT"),
        (SourceConflict("crm", "It has changed.", detail=SECRET), "CONFLICT"),
        (SourceRejected("crm", "No such priority.", code="X1", detail=SECRET), "SOURCE_REJECTED"),
        (TooManyRows("crm", "More than 100 rows", detail=SECRET), "BAD_INPUT"),
    ],
    ids=lambda part: type(part).__name__ if isinstance(part, Exception) else part,
)
def test_what_goes_wrong_with_a_source_has_a_code_and_the_sources_name(cause: ConnectorError, code: str) -> None:
    error = told(cause)
    assert error["extensions"] == {"code": code, "system": "crm"}
    assert error["path"] == ["cases", 0]
    assert "internal" not in json.dumps(error)


def test_a_source_that_says_when_to_come_back_is_quoted() -> None:
    assert told(SourceBusy("crm", "Busy.", retry_after=30.0))["extensions"]["retryAfter"] == 30.0


def test_a_sources_own_no_is_told_in_its_words() -> None:
    assert told(SourceRejected("sap", "Priority 9 is unknown."))["message"].endswith("Priority 9 is unknown.")


def test_what_nobody_foresaw_is_internal_with_an_id_and_no_detail_and_is_in_the_log() -> None:
    with capture_logs() as logs:
        error = told(KeyError(SECRET))
    assert error["extensions"] == {"code": "INTERNAL", "id": "request-1"}
    assert "crm" not in json.dumps(error)
    assert "request-1" in error["message"]
    (entry,) = logs
    assert entry["event"] == "resolver.failed"
    assert isinstance(entry["exc_info"], KeyError)


def test_what_took_too_long_is_a_timeout() -> None:
    assert told(TimeoutError(SECRET))["extensions"] == {"code": "TIMEOUT"}


@pytest.mark.parametrize(
    ("cause", "extensions"),
    [
        (Forbidden("the role reader may not read users"), {"code": "FORBIDDEN"}),
        (BadInput("No.", field="filter.ids"), {"code": "BAD_INPUT", "field": "filter.ids"}),
    ],
)
def test_an_error_that_is_meant_for_people_passes_as_it_is(cause: GraphQLError, extensions: dict[str, str]) -> None:
    for error in (told(cause), format_error(cause, "request-1")):
        assert (error["message"], error["extensions"]) == (cause.message, extensions)


def test_a_value_of_ours_that_cannot_be_written_is_internal_and_not_shown() -> None:
    error = told(GraphQLError("Int cannot represent non 32-bit signed integer value: 123456789012"))
    assert error["extensions"]["code"] == "INTERNAL"
    assert "123456789012" not in json.dumps(error)


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ cases {", {}),
        ("{ nothing }", {}),
        ("{ cases }", {}),
        ('{ cases(first: "ten") { totalCount } }', {}),
        ("{ cases(filter: {priority: [VERY_URGENT]}) { totalCount } }", {}),
        ('{ cases(filter: {createdFrom: "yesterday"}) { totalCount } }', {}),
        ("{ cases(filter: {nothing: 1}) { totalCount } }", {}),
        ("query($f: CaseFilter) { cases(filter: $f) { totalCount } }", {"f": {"createdFrom": "yesterday"}}),
        ("query($f: CaseFilter) { cases(filter: $f) { totalCount } }", {"f": {"priority": ["VERY_URGENT"]}}),
        ("query($n: Int) { cases(first: $n) { totalCount } }", {"n": 2**40}),
        ("query($id: ID!) { node(id: $id) { id } }", {}),
        ("query($id: ID!) { node(id: $id) { id } }", {"id": None}),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a", None]}),
    ],
)
async def test_what_is_wrong_with_a_document_or_its_variables_is_bad_input(
    portal: Portal, query: str, variables: dict[str, Any]
) -> None:
    answer = await portal.ask("manager@north.example", query, **variables)
    assert answer.data is None
    assert set(answer.codes) == {"BAD_INPUT"}


async def test_every_error_has_a_message_a_place_and_a_code(portal: Portal) -> None:
    answer = await portal.ask("helpdesk@maker.example", "{ viewer { subject } cases { totalCount } }")
    (error,) = answer.errors
    assert set(error) == {"message", "locations", "path", "extensions"}
    assert error["locations"] == [{"line": 1, "column": 22}]
