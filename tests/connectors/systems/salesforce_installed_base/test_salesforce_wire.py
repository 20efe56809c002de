"""What an org may answer besides rows: odd pages, refusals, failures, and nothing at all."""

import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.errors import (
    ConnectorError,
    SourceBusy,
    SourceFailed,
    SourceMisanswered,
    SourceMisconfigured,
    SourceTimeout,
    SourceUnreachable,
)
from connectors.queries import AccountQuery, AccountScope, InstalledProductQuery
from connectors.systems.salesforce_installed_base.connector import SalesforceInstalledBase
from connectors.transport.deadline import deadline
from fixtures.simulators.conduct import Conduct
from fixtures.simulators.salesforce_installed_base import create_app
from fixtures.simulators.server import running

EVERYONE = AccountScope(unrestricted=True)
ACCOUNTS = AccountQuery(scope=EVERYONE)
MANY = InstalledProductQuery(scope=EVERYONE, ids=tuple(f"a0P{number:012d}" for number in range(1200)))
NEXT = "/services/data/v62.0/query/01gX"
Org = Any  # conftest's: a conftest is no module to import from
Connect = Callable[..., Awaitable[SalesforceInstalledBase]]
Answers = Callable[[int], tuple[int, Any]]  # the number of the call → status and body


class Script:
    """An org that answers its calls by a script."""

    def __init__(self) -> None:
        self.answers: Answers = lambda call: (200, {})
        self.paths: list[str] = []

    async def token(self, request: Request) -> Response:
        return JSONResponse({"access_token": "t"})

    async def call(self, request: Request) -> Response:
        self.paths.append(request.url.path)
        status, body = self.answers(len(self.paths) - 1)
        return Response(body, status) if isinstance(body, str) else JSONResponse(body, status)


@pytest.fixture(scope="module")
def script_served() -> Iterator[tuple[Script, str]]:
    script = Script()
    routes = [
        Route("/services/oauth2/token", script.token, methods=["POST"]),
        Route("/{path:path}", script.call, methods=["GET", "POST"]),
    ]
    with running(Starlette(routes=routes)) as url:
        yield script, url


@pytest.fixture
def script(script_served: tuple[Script, str]) -> Script:
    script_served[0].paths.clear()
    return script_served[0]


@pytest.fixture
async def scripted(script: Script, script_served: tuple[Script, str], connect: Connect) -> SalesforceInstalledBase:
    return await connect(url=script_served[1], signed_in=False)


def page(*ids: str, following: str | None = None, **more: object) -> tuple[int, dict[str, object]]:
    records = [{"Id": record_id} for record_id in ids]
    body: dict[str, object] = {"records": records, "done": following is None, **more}
    return 200, body | ({"nextRecordsUrl": following} if following else {})


async def test_short_and_empty_pages_are_followed_to_the_end(scripted: SalesforceInstalledBase, script: Script) -> None:
    pages = [page("1", following=f"{NEXT}-1"), page(following=f"{NEXT}-2"), page("2", "3", totalSize="3")]
    script.answers = lambda call: pages[call]
    assert [row.id for row in (await scripted.accounts(ACCOUNTS)).rows] == ["1", "2", "3"]


async def test_a_next_page_on_another_host_is_asked_of_ours(scripted: SalesforceInstalledBase, script: Script) -> None:
    pages = [page("1", following=f"https://internal.example.com:8443/proxy{NEXT}-2000?x=1"), page("2")]
    script.answers = lambda call: pages[call]
    assert len((await scripted.accounts(ACCOUNTS)).rows) == 2
    assert script.paths[1] == f"{NEXT}-2000"


@pytest.mark.parametrize("url", ["/elsewhere", "/services/data/v62.0/../../admin", "https://example.com", "?q=1"])
async def test_a_next_page_outside_the_api_is_refused(
    scripted: SalesforceInstalledBase, script: Script, url: str
) -> None:
    script.answers = lambda call: page("1", following=url)
    with pytest.raises(SourceMisanswered):
        await scripted.accounts(ACCOUNTS)
    assert len(script.paths) == 1


async def test_pages_that_lead_in_a_circle_end(scripted: SalesforceInstalledBase, script: Script) -> None:
    script.answers = lambda call: page(str(call), following=f"{NEXT}-{call % 3}")
    with pytest.raises(SourceMisanswered, match="without an end"):
        await scripted.accounts(ACCOUNTS)


async def test_empty_pages_without_an_end_end(scripted: SalesforceInstalledBase, script: Script) -> None:
    script.answers = lambda call: page(following=f"{NEXT}-{call}")
    with pytest.raises(SourceMisanswered, match="without an end"):
        await scripted.accounts(ACCOUNTS)
    assert len(script.paths) < 30


@pytest.mark.parametrize(
    "body", ["<html>", '{"records": 5}', '{"records": [5]}', "[]", '{"records": [], "done": false}']
)
async def test_what_is_no_page_is_no_empty_list(scripted: SalesforceInstalledBase, script: Script, body: str) -> None:
    script.answers = lambda call: (200, body)
    with pytest.raises(SourceMisanswered):
        await scripted.accounts(ACCOUNTS)


def refused(code: str, message: str = "internal words of crm.example.com") -> list[dict[str, str]]:
    return [{"errorCode": code, "message": message}]


REFUSALS: list[tuple[int, object, type[ConnectorError], int]] = [
    (403, refused("REQUEST_LIMIT_EXCEEDED"), SourceBusy, 1),
    (429, "slow down", SourceBusy, 1),
    (400, refused("MALFORMED_QUERY"), SourceMisconfigured, 1),
    (400, refused("INVALID_TYPE"), SourceMisconfigured, 1),
    (400, refused("QUERY_TIMEOUT"), SourceTimeout, 1),
    (400, {"errorCode": "API_DISABLED_FOR_ORG", "message": "no"}, SourceMisconfigured, 1),
    (403, "<html>forbidden</html>", SourceMisconfigured, 1),
    (404, refused("NOT_FOUND"), SourceMisconfigured, 1),
    (414, "<h1>Bad Message 414</h1>", SourceMisconfigured, 1),
    (302, "", SourceMisconfigured, 1),
    (500, refused("UNKNOWN_EXCEPTION"), SourceFailed, 2),
    (503, "<html>maintenance</html>", SourceFailed, 2),
]


@pytest.mark.parametrize(("status", "body", "error", "calls"), REFUSALS)
async def test_a_refusal_is_told_by_what_can_be_done_about_it(
    scripted: SalesforceInstalledBase,
    script: Script,
    status: int,
    body: object,
    error: type[ConnectorError],
    calls: int,
) -> None:
    script.answers = lambda call: (status, body)
    with pytest.raises(error) as found:
        await scripted.accounts(ACCOUNTS)
    assert "example.com" not in found.value.message
    assert len(script.paths) == calls


@pytest.mark.parametrize(("status", "body", "error", "calls"), REFUSALS)
async def test_a_part_of_a_composite_answer_is_refused_alike(
    scripted: SalesforceInstalledBase,
    script: Script,
    status: int,
    body: object,
    error: type[ConnectorError],
    calls: int,
) -> None:
    fine = {"body": page("1")[1], "httpStatusCode": 200}
    bad = {"body": body, "httpStatusCode": status}
    script.answers = lambda call: (
        200,
        {"compositeResponse": [{**part, "referenceId": f"q{n}"} for n, part in enumerate((fine, bad, fine))]},
    )
    if status < 400:
        error = SourceMisanswered
    with pytest.raises(error):
        await scripted.installed_products(MANY)


async def test_the_answers_of_a_composite_call_are_told_apart_by_reference(
    scripted: SalesforceInstalledBase, script: Script
) -> None:
    parts = [{"body": page(str(n))[1], "httpStatusCode": 200, "referenceId": f"q{n}"} for n in (2, 0, 1)]
    script.answers = lambda call: (200, {"compositeResponse": parts})
    assert [row.id for row in (await scripted.installed_products(MANY)).rows] == ["0", "1", "2"]


async def test_a_part_that_was_left_out_is_no_empty_list(scripted: SalesforceInstalledBase, script: Script) -> None:
    script.answers = lambda call: (200, {"compositeResponse": []})
    with pytest.raises(SourceMisanswered, match="left out"):
        await scripted.installed_products(MANY)


async def test_a_failure_is_tried_again(crm: SalesforceInstalledBase, org: Org) -> None:
    org.conduct.misbehave(fail=503, times=1)
    assert (await crm.accounts(ACCOUNTS)).rows
    assert len(org.conduct.calls) == 2


async def test_a_used_up_limit_is_not_tried_again(connect: Connect, org: Org) -> None:
    conduct = Conduct()
    with running(create_app(org.world, conduct, request_limit=1)) as url:
        crm = await connect(url=url)
        conduct.behave()
        with pytest.raises(SourceBusy):
            await crm.accounts(ACCOUNTS)
    assert len(conduct.calls) == 1


async def test_a_field_that_the_org_does_not_have_is_named(connect: Connect) -> None:
    crm = await connect(accounts={"number": "Customer_No__c"})
    with pytest.raises(SourceMisconfigured, match="has no Customer_No__c"):
        await crm.accounts(ACCOUNTS)


async def test_an_object_that_the_org_does_not_have_is_named(connect: Connect) -> None:
    crm = await connect(installed_products={"object": "Asset__c"})
    with pytest.raises(SourceMisconfigured, match="has no Asset__c"):
        await crm.installed_products(InstalledProductQuery(scope=EVERYONE))


async def test_an_org_that_hangs_is_left_at_the_deadline(crm: SalesforceInstalledBase, org: Org) -> None:
    org.conduct.misbehave(hang=True)
    with deadline(0.2), pytest.raises(SourceTimeout):
        await crm.accounts(ACCOUNTS)
    assert len(org.conduct.calls) == 1


async def test_an_org_that_is_away_is_unreachable(connect: Connect) -> None:
    with socket.socket() as held:  # bound, so that no other server gets the port, and listening to nobody
        held.bind(("127.0.0.1", 0))
        crm = await connect(url=f"http://127.0.0.1:{held.getsockname()[1]}", signed_in=False)
        with pytest.raises(SourceUnreachable):
            await crm.ping()


async def test_a_check_of_a_sound_org_finds_all_well(crm: SalesforceInstalledBase) -> None:
    results = await crm.check()
    assert all(result.ok for result in results)
    assert [result.what for result in results] == [
        "sign-in",
        "read Account",
        "read SVMXC__Site__c",
        "read SVMXC__Installed_Product__c",
        "composite call",
    ]


async def test_a_check_says_what_to_do(connect: Connect) -> None:
    crm = await connect(locations={"functional_location": "Missing__c"})
    failed = [result for result in await crm.check() if not result.ok]
    assert [result.what for result in failed] == ["read SVMXC__Site__c"]
    assert "Missing__c" in failed[0].hint


async def test_a_check_without_a_sign_in_ends_there(connect: Connect) -> None:
    crm = await connect(signed_in=False, client_id="stranger")
    (result,) = await crm.check()
    assert not result.ok
    assert "client_id" in result.hint
