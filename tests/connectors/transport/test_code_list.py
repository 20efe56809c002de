"""A system's codes are read as the settings say."""

from structlog.testing import capture_logs

from connectors.transport.code_list import CodeList
from connectors.vocabulary import ContractStatus


def test_a_code_has_the_meaning_that_the_settings_give_it() -> None:
    codes = CodeList("contracts", "STATUS", {"ACTV": ContractStatus.ACTIVE})
    assert codes.meaning(" ACTV ") is ContractStatus.ACTIVE


def test_a_blank_means_nothing_and_is_not_worth_a_word() -> None:
    with capture_logs() as logged:
        assert CodeList("contracts", "STATUS", {"ACTV": 1}).meaning("  ") is None
    assert logged == []


def test_an_unknown_code_is_none_and_told_once() -> None:
    codes = CodeList("contracts", "STATUS", {"ACTV": 1})
    with capture_logs() as logged:
        assert [codes.meaning("WAIT"), codes.meaning("WAIT")] == [None, None]
    assert [(entry["event"], entry["field"], entry["code"]) for entry in logged] == [
        ("source.unknown_code", "STATUS", "WAIT")
    ]
