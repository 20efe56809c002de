"""What SAP says when it says no, as the errors that the floors above know."""

import json

import pytest

from connectors.errors import (
    ConnectorError,
    SourceBusy,
    SourceConflict,
    SourceFailed,
    SourceMisconfigured,
    SourceRejected,
)
from connectors.systems.sap_service_orders.failures import failure, sap_message

SAID = {
    "error": {"code": "QM/123", "message": {"lang": "en", "value": "Notification\n is locked: https://sap.internal/x"}}
}


def of(status: int, body: bytes = b"", **headers: str) -> ConnectorError:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return failure("sap", "MaintenanceNotification", status, names, body)


def test_a_refusal_speaks_in_the_systems_words_without_addresses() -> None:
    error = of(400, json.dumps(SAID).encode())
    assert isinstance(error, SourceRejected)
    assert (error.code, error.message) == ("QM/123", "Notification is locked: …")


def test_a_plain_message_and_xml_are_understood_too() -> None:
    assert sap_message(b'{"error":{"code":null,"message":"no"}}') == ("", "no")
    xml = b'<?xml version="1.0"?><error xmlns="x"><code>A/1</code><message xml:lang="en">A &amp; B</message></error>'
    assert sap_message(xml) == ("A/1", "A & B")
    assert sap_message(b"<html><body>oops</body></html>") is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, SourceMisconfigured),
        (400, SourceMisconfigured),  # without a word of the system's own
        (401, SourceMisconfigured),
        (403, SourceMisconfigured),
        (404, SourceMisconfigured),
        (412, SourceConflict),
        (429, SourceBusy),
        (500, SourceFailed),
        (503, SourceFailed),
    ],
)
def test_each_status_has_its_error(status: int, kind: type[ConnectorError]) -> None:
    error = of(status, b"<html>http://host.internal/secret</html>")
    assert type(error) is kind
    assert "secret" not in error.message
    assert "secret" in error.detail


def test_a_busy_system_says_when_to_come_back() -> None:
    error = of(429, retry_after="7")
    assert isinstance(error, SourceBusy)
    assert error.retry_after == 7


def test_a_message_without_end_is_cut() -> None:
    said = sap_message(json.dumps({"error": {"message": {"value": "x" * 5_000}}}).encode())
    assert said is not None
    assert len(said.text) == 300
