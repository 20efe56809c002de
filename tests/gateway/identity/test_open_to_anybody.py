"""What may be asked without signing in (F15), over HTTP: two mutations, and nothing that hides beside them."""

import pytest

from tests.gateway.identity.peopled import Peopled

pytestmark = pytest.mark.rule("F15")

SITES = '[{ references: [{ kind: ASSET_ID, value: "1" }] }]'
INPUT = f'{{ email: "ewa@clinic.example", name: "Ewa", organisation: "K", sites: {SITES} }}'
SUBMIT = f"submitAccessRequest(input: {INPUT}) {{ reference errors {{ code }} }}"


async def test_a_request_for_access_needs_no_credentials(peopled: Peopled) -> None:
    answer = await peopled.browser().post("/graphql", json={"query": f"mutation {{ {SUBMIT} }}"})
    assert answer.status_code == 200
    assert answer.json()["data"]["submitAccessRequest"]["errors"] == []
    assert len(await peopled.mails("ewa@clinic.example")) == 1


@pytest.mark.parametrize(
    "query",
    [
        "{ viewer { subject } }",
        "{ __typename }",
        "{ __schema { types { name } } }",
        f"mutation {{ {SUBMIT} confirmProfessionalUse {{ errors {{ code }} }} }}",
        f"mutation {{ ...F }} fragment F on Mutation {{ {SUBMIT} }}",
        f"mutation {{ ... on Mutation {{ {SUBMIT} }} }}",
        "mutation { submitAccessReqest { reference } }",
        "mutation { submitAccessRequest { reference } }",
        "subscription { anything }",
        "not a document {",
        f"mutation A {{ {SUBMIT} }} mutation B {{ {SUBMIT} }}",
    ],
    ids=lambda query: query[:40],
)
async def test_everything_else_does_and_tells_nothing_of_the_schema(peopled: Peopled, query: str) -> None:
    answer = await peopled.browser().post("/graphql", json={"query": query})
    assert answer.status_code == 401
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    assert "Did you mean" not in answer.text
    assert await peopled.identity.people.requests.access_requests() == []


async def test_not_over_get(peopled: Peopled) -> None:
    answer = await peopled.browser().get("/graphql", params={"query": f"mutation {{ {SUBMIT} }}"})
    assert answer.status_code == 401


async def test_bad_credentials_are_not_as_good_as_none(peopled: Peopled) -> None:
    headers = {"authorization": "Bearer nonsense"}
    answer = await peopled.browser().post("/graphql", json={"query": f"mutation {{ {SUBMIT} }}"}, headers=headers)
    assert answer.status_code == 401


async def test_too_many_are_told_to_wait_and_nothing_is_kept(peopled: Peopled) -> None:
    browser = peopled.browser()
    codes = []
    for place in range(12):
        query = f"mutation {{ {SUBMIT.replace('ewa@', f'ewa{place}@')} }}"
        answer = (await browser.post("/graphql", json={"query": query})).json()["data"]["submitAccessRequest"]
        codes += [error["code"] for error in answer["errors"]]
    assert codes == ["TOO_SOON"] * 2
    assert len(await peopled.identity.people.requests.access_requests()) == 10
