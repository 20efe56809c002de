"""Settings that can't be right are named before anything is called."""

import pytest
from pydantic import SecretStr, ValidationError

from connectors.registry import manifest
from connectors.systems.sap_service_orders.connector import MANIFEST
from connectors.systems.sap_service_orders.settings import SapServiceOrdersSettings

PASSWORD, TOKEN = SecretStr("p"), SecretStr("t")


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ({}, "user and password, or a token"),
        ({"user": "A"}, "belong together"),
        ({"user": "A", "password": PASSWORD, "token": TOKEN}, "either"),
        ({"user": "A", "password": "plain"}, "secret stands in no settings"),
        ({"token": TOKEN, "time_zones": {"CET": "Europe/Atlantis"}}, "Europe/Atlantis"),
        ({"token": TOKEN, "custom_fields": {"origin": "A eq 'B'"}}, "OData property"),
        ({"token": TOKEN, "custom_fields": {"colour": "ZZ1_C"}}, "colour"),
        ({"token": TOKEN, "root": "/sap/?x"}, "root"),
        ({"token": TOKEN, "sap_client": "1&x=y"}, "sap_client"),
        ({"token": TOKEN, "event_types": {"S1": "REPAIR"}}, "event_types"),
    ],
)
def test_a_wrong_setting_is_named(told: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        SapServiceOrdersSettings.model_validate({"url": "https://sap.example", **told})


def test_the_connector_is_found_by_its_folder() -> None:
    assert manifest("sap_service_orders") is MANIFEST
