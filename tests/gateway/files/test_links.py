"""A link to a file is for one person, for a short while, and for as long as that person may see the case (R10)."""

import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from auth.attachments import FileReference
from auth.viewer import Role, Viewer
from connectors.people import AuditAction, AuditEvent
from connectors.registry import utc_now
from connectors.vocabulary import UserStatus
from gateway.files.links import Lifetimes, SealedLinks
from gateway.files.ranges import Unsatisfiable, Wanted, placed, wanted_range
from gateway.sealing import NotOurs
from tests.connectors.attachments.makers import jpeg, pdf
from tests.gateway.conftest import client_of
from tests.gateway.files.conftest import PersonOf

pytestmark = [pytest.mark.rule("F2"), pytest.mark.rule("R10")]

EVENT = AuditEvent(action=AuditAction.USER_DISABLED, actor="a", subject="b")


@pytest_asyncio.fixture
async def photo(person: PersonOf) -> dict[str, str]:
    (attachment,) = (await person().created(("Röhre „1”.jpg", jpeg())))["attachments"]
    return {name: str(value) for name, value in attachment.items()}


async def test_it_opens_in_the_browser_and_nothing_in_it_can_do_anything(
    person: PersonOf, photo: dict[str, str]
) -> None:
    answer = await person().get(photo["url"])
    assert answer.status_code == 200
    headers = answer.headers
    assert headers["content-type"] == "image/jpeg"
    assert headers["content-disposition"] == f"inline; filename*=UTF-8''{quote(photo['name'])}"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "private, no-store")
    assert (headers["x-frame-options"], headers["referrer-policy"]) == ("SAMEORIGIN", "no-referrer")
    assert headers["content-length"] == photo["size"] == str(len(answer.content))
    saved = await person().get(photo["url"] + "?download")
    assert saved.headers["content-disposition"].startswith("attachment; ")


async def test_it_is_for_nobody_else(person: PersonOf, photo: dict[str, str]) -> None:
    anna = person()
    assert (await anna.get(photo["url"], authorization=anna.headers["authorization"])).status_code == 200
    for other in ("manager@north.example", "user@south.example", "analyst@maker.example"):
        answer = await anna.get(photo["url"], authorization=person(other).headers["authorization"])
        assert answer.status_code == 404
        assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert (await anna.get(photo["url"], authorization="Bearer nonsense")).status_code == 401


async def test_it_ends_with_its_time(person: PersonOf, photo: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr("cryptography.fernet.time.time", lambda: now + 299)
    assert (await person().get(photo["url"])).status_code == 200
    monkeypatch.setattr("cryptography.fernet.time.time", lambda: now + 302)
    late = await person().get(photo["url"])
    assert late.status_code == 404
    assert late.text == (await person().get("https://portal.test/files/nothing/x.jpg")).text


@pytest.mark.parametrize(
    "change", [lambda token: token[:-5], lambda token: "A" + token[1:], str.lower, lambda _: "é%00"]
)
async def test_one_that_was_changed_leads_nowhere(
    person: PersonOf, photo: dict[str, str], change: Callable[[str], str]
) -> None:
    _, _, rest = photo["url"].partition("/files/")
    token, _, name = rest.partition("/")
    assert (await person().get(f"https://portal.test/files/{quote(change(token))}/{name}")).status_code == 404


async def test_it_ends_with_the_right_to_see_the_case(
    person: PersonOf, photo: dict[str, str], gateways: list[Starlette]
) -> None:
    anna = person()
    people = gateways[0].state.gateway.sources.people
    user = await people.users.by_email("user@north.example")
    other = (await people.users.by_email("user@south.example")).accounts
    moved = await people.users.change(user, EVENT, accounts=other)
    assert (await anna.get(photo["url"])).status_code == 404
    assert (await anna.get(photo["thumbnailUrl"])).status_code == 404
    back = await people.users.change(moved, EVENT, accounts=user.accounts)
    assert (await anna.get(photo["url"])).status_code == 200
    await people.users.change(back, EVENT, status=UserStatus.DISABLED)
    assert (await anna.get(photo["url"])).status_code == 404


async def test_a_part_of_it_can_be_had(person: PersonOf) -> None:
    anna = person()
    (attachment,) = (await anna.created(("x.pdf", pdf())))["attachments"]
    url = attachment["url"]
    whole = (await anna.get(url)).content
    size = len(whole)
    for header, expected, told in (
        ("bytes=0-4", whole[:5], f"bytes 0-4/{size}"),
        ("bytes=10-", whole[10:], f"bytes 10-{size - 1}/{size}"),
        ("bytes=-7", whole[-7:], f"bytes {size - 7}-{size - 1}/{size}"),
        (f"bytes=5-{size * 9}", whole[5:], f"bytes 5-{size - 1}/{size}"),
        (f"bytes=-{size * 9}", whole, f"bytes 0-{size - 1}/{size}"),
    ):
        answer = await anna.get(url, range=header)
        assert (answer.status_code, answer.content, answer.headers["content-range"]) == (206, expected, told)
        assert answer.headers["content-length"] == str(len(expected))
    for header in ("bytes=0-1,4-5", "bytes=7-2", "lines=1-2", "bytes=-", "bytes=x-y"):
        answer = await anna.get(url, range=header)
        assert (answer.status_code, answer.content) == (200, whole)
    beyond = await anna.get(url, range=f"bytes={size}-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    head = await anna.get(url, "HEAD")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(size))


@given(st.text(max_size=40) | st.from_regex(r"bytes=\d{0,20}-\d{0,20}", fullmatch=True), st.integers(0, 1000))
def test_any_range_is_understood_or_left_alone(header: str, size: int) -> None:
    wanted = wanted_range(header)
    if wanted is None:
        return
    try:
        start, end = placed(wanted, size)
    except Unsatisfiable:
        assert size == 0 or wanted.start >= size or wanted == Wanted(0, None)
        return
    assert 0 <= start < end <= size


async def test_no_link_is_in_the_log(
    person: PersonOf, photo: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    await person().get(photo["url"])
    logged = capsys.readouterr().out
    token = photo["url"].partition("/files/")[2].partition("/")[0]
    assert "/files/…" in logged
    assert token not in logged


def test_links_of_one_secret_are_good_at_every_gateway_and_of_another_at_none() -> None:
    viewer, reference = Viewer(subject="a", role=Role.USER), FileReference(case_id="1", name="x.jpg", delivery_id="d")
    ours, same, others, no_secret = (
        SealedLinks("https://portal.test", secret, Lifetimes(300, 3600), utc_now)
        for secret in ("s" * 32, "s" * 32, "t" * 32, None)
    )
    token = ours.link(viewer, reference).split("/")[-2]
    assert same.opened(token) == (viewer, reference)
    for each in (others, no_secret):
        with pytest.raises(NotOurs):
            each.opened(token)
    upload = ours.upload(viewer, "x.jpg")
    with pytest.raises(NotOurs):
        ours.opened(upload.id)
    assert same.uploaded(viewer, upload.id) is not None
    assert same.uploaded(Viewer(subject="b", role=Role.USER), upload.id) is None
    assert others.uploaded(viewer, upload.id) is None


async def test_a_cookie_alone_opens_no_upload_and_no_other_way_leads_in(gateways: list[Starlette]) -> None:
    async with client_of(gateways[0]) as client:
        for method, path in (
            ("PUT", "/files/x/y"),
            ("POST", "/files/x/y"),
            ("GET", "/uploads/x"),
            ("POST", "/uploads/x"),
        ):
            assert (await client.request(method, path)).status_code == 405
        assert (await client.get("/files/x")).status_code == 404
        assert (await client.get("/files/../portal.db")).status_code == 404
