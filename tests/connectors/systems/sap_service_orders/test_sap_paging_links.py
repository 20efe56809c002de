"""`__next` is followed below our own service, to no other host, and not for ever."""

import pytest

from connectors.errors import SourceMisanswered, TooManyRows
from connectors.systems.sap_service_orders.paging import Following, resource_behind
from connectors.systems.sap_service_orders.wire import Page

ROOT = "/sap/opu/odata/sap/API_MAINTNOTIFICATION"
NEXT = "MaintenanceNotification?$filter=A%20eq%20'1'&$skiptoken=20"


@pytest.mark.parametrize(
    "link",
    [
        f"https://sap-internal:44300{ROOT}/{NEXT}",
        f"{ROOT}/{NEXT}",
        f"https://gateway.example/gw{ROOT}/{NEXT}",
        NEXT,
        f"http://internal{ROOT}/MaintenanceNotification?$filter=A eq '1'&$skiptoken=20",
    ],
)
def test_only_path_and_query_of_a_link_count(link: str) -> None:
    assert resource_behind(link, [ROOT, f"/gw{ROOT}"]) == NEXT


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/elsewhere?$skiptoken=1",
        f"{ROOT}X/MaintenanceNotification",
        f"{ROOT}/../OTHER/Set",
        f"{ROOT}/%2e%2e/OTHER/Set",
        f"{ROOT}/..\\OTHER",
        f"{ROOT}/",
        f"{ROOT}//host/Set",
        "../OTHER/Set",
        "?$skiptoken=1",
        "//host/Set",
    ],
)
def test_a_link_out_of_the_service_is_refused(link: str) -> None:
    with pytest.raises(ValueError, match="out of the service"):
        resource_behind(link, [ROOT])


def following(max_rows: int = 100) -> Following[int]:
    return Following("sap", max_rows, lambda link: link)


def test_a_link_that_was_followed_already_is_not_followed_again() -> None:
    pages = following()
    assert pages.take([Page([1], None, "a")]) == ["a"]
    with pytest.raises(SourceMisanswered, match="without end"):
        pages.take([Page([2], None, "a")])


def test_empty_pages_without_end_are_given_up() -> None:
    pages = following()
    for page in range(20):
        pages.take([Page([], None, f"page-{page}")])
    with pytest.raises(SourceMisanswered, match="without end"):
        pages.take([Page([], None, "page-20")])


def test_more_rows_than_the_settings_allow_are_refused() -> None:
    pages = following(max_rows=3)
    pages.take([Page([1, 2, 3], None, "a")])
    with pytest.raises(TooManyRows):
        pages.take([Page([4], None, None)])
