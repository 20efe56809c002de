"""Pictures and PDF files of cases: taken with the case, delivered once, seen by whoever sees the case (F2)."""

import asyncio
from typing import Any

import pytest
from starlette.applications import Starlette

from connectors.deliveries import DeliveryKind
from tests.connectors.attachments.makers import MARK, active_pdfs, heic, jpeg, pdf, png
from tests.gateway.files.conftest import ATTACHMENTS, CREATE, Behind, PersonOf
from tests.portal import Systems

pytestmark = pytest.mark.rule("F2")

PHOTO, REPORT = ("../Röhre.JPG", jpeg()), ("Bericht.pdf", pdf())
SVG = ("x.png", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')


async def delivered(behind: Behind) -> None:
    async with asyncio.timeout(30):
        while await behind.waiting():
            await behind.courier.deliver_due()
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("who", ["user@north.example", "manager@north.example"])
async def test_a_case_with_a_photo_and_a_report_has_both_here_and_in_the_service_system(
    person: PersonOf, behind: Behind, who: str
) -> None:
    anna = person(who)
    case = await anna.created(PHOTO, REPORT)
    shown = {each["name"]: each for each in case["attachments"]}
    assert {name: each["mediaType"] for name, each in shown.items()} == {
        "Röhre.jpg": "image/jpeg",
        "Bericht.pdf": "application/pdf",
    }
    await delivered(behind)
    in_sap = await behind.in_sap(case["sapNotificationNumber"])
    assert [each.media_type for each in in_sap] == ["image/jpeg", "application/pdf"]
    assert in_sap[0].name.startswith("Röhre ")
    after = await anna.attachments(case["id"])
    assert [each["status"] for each in after] == ["DELIVERED", "DELIVERED"]
    assert {each["id"] for each in after} == {each["id"] for each in case["attachments"]}
    for each, there in zip(after, in_sap, strict=True):
        content = (await anna.get(each["url"])).content
        assert content == await behind.content_in_sap(there)
        assert (len(content), MARK in content) == (each["size"], False)


@pytest.mark.parametrize(
    "who", ["manager@north.example", "reader@north.example", "analyst@maker.example", "partner-north"]
)
async def test_whoever_sees_the_case_sees_its_files(person: PersonOf, behind: Behind, who: str) -> None:
    manager = person("manager@north.example")
    query = "{ installedProducts(first: 100) { nodes { id assetId } } }"
    theirs, both = [
        {each["id"] for each in (await each_of.data(query))["installedProducts"]["nodes"] if each["assetId"]}
        for each_of in (manager, person(who))
    ]
    case = await manager.created(PHOTO, installedProductId=min(theirs & both))
    await delivered(behind)
    (attachment,) = await person(who).attachments(case["id"])
    assert (await person(who).get(attachment["url"])).status_code == 200
    small = await person(who).get(attachment["thumbnailUrl"])
    assert (small.status_code, small.headers["content-type"]) == (200, "image/jpeg")


async def test_files_alone_are_a_change_of_a_case(person: PersonOf, behind: Behind) -> None:
    anna = person()
    case = await anna.created()
    payload = await anna.update(case["id"], ("a.png", png()), ("b.heic", heic()))
    assert payload["errors"] == []
    await delivered(behind)
    found = await anna.attachments(case["id"])
    assert [each["name"] for each in found] == ["a.png", "b.jpg"]
    assert len(await behind.in_sap(case["sapNotificationNumber"])) == 2
    assert await behind.sent() == [DeliveryKind.REGISTER_CASE, DeliveryKind.ATTACH_FILE, DeliveryKind.ATTACH_FILE]
    noted = await anna.update(case["id"], ("a.png", png()), note="See the picture.")
    assert [each["kind"] for each in noted["case"]["deliveries"]][-2:] == ["CHANGE_CASE", "ATTACH_FILE"]


async def test_what_the_service_systems_people_add_is_there_too(
    person: PersonOf, behind: Behind, gateways: list[Starlette]
) -> None:
    from connectors.case_writing import CaseFile

    anna = person()
    case = await anna.created()
    writer: Any = gateways[0].state.gateway.sources.case_writer
    for name, content in (("Protokoll.pdf", REPORT[1]), ("macro.docm", b"PK\x03\x04macro")):
        file = CaseFile(name=name, media_type="text/html", content=content)
        await writer.attach_to_case(case["sapNotificationNumber"], file)
    report, odd = await anna.attachments(case["id"])
    opened = await anna.get(report["url"])
    assert (opened.content, opened.headers["content-type"]) == (REPORT[1], "application/pdf")
    assert opened.headers["content-disposition"].startswith("inline")
    downloaded = await anna.get(odd["url"])
    assert downloaded.headers["content-type"] == "application/octet-stream"
    assert downloaded.headers["content-disposition"].startswith("attachment")
    assert (report["thumbnailUrl"], odd["thumbnailUrl"]) == (None, None)


@pytest.mark.parametrize("key", ["k-1", None])
async def test_a_repeat_keeps_no_second_file(person: PersonOf, behind: Behind, key: str | None) -> None:
    anna = person()
    given = {"idempotencyKey": key} if key else {}
    first = await anna.created(PHOTO, REPORT, **given)
    kept = await behind.kept()
    for gateway in (0, 1):
        again = await person(gateway=gateway).created(PHOTO, REPORT, **given)
        assert again["number"] == first["number"]
    assert await behind.kept() == kept
    assert len(kept) == 3
    other = await anna.create(PHOTO, ("Bericht.pdf", pdf() + b"\n"), **given)
    assert [error["code"] for error in other["errors"]] == (["KEY_USED"] if key else [])
    await delivered(behind)
    assert len(await behind.in_sap(first["sapNotificationNumber"])) == 2


@pytest.mark.rule("R1")
@pytest.mark.rule("R9")
@pytest.mark.parametrize(
    "who",
    ["reader@north.example", "idle@north.example", "legacy@south.example", "analyst@maker.example", "partner-north"],
)
async def test_who_may_not_leaves_no_file_behind(person: PersonOf, behind: Behind, who: str) -> None:
    asset = await person().asset()
    told = {"installedProductId": asset, "description": "x", "priority": "SCHEDULED", "attachments": [{"file": None}]}
    answer = await person(who).post(CREATE, {"input": told}, [PHOTO])
    refused = "BAD_INPUT" if who.startswith("partner") else "FORBIDDEN"  # it is not in a partner's schema
    assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {refused}
    query = 'mutation { requestUpload(input: { name: "x" }) { upload { url } } }'
    answer = await person(who).post(query, {})
    assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {refused}
    assert (await behind.kept(), await behind.sent()) == ([], [])


@pytest.mark.rule("R2")
async def test_nothing_is_added_to_the_case_of_another_customer(person: PersonOf, behind: Behind) -> None:
    query = "{ cases(first: 1) { nodes { id } } }"
    theirs = (await person("user@south.example").data(query))["cases"]["nodes"][0]["id"]
    payload = await person().update(theirs, PHOTO)
    assert payload["errors"] == [{"code": "NOT_FOUND", "field": "caseId"}]
    assert (await behind.kept(), await behind.sent()) == ([], [])


async def test_files_at_fault_are_told_by_their_place_and_none_is_kept(person: PersonOf, behind: Behind) -> None:
    script = active_pdfs()["a script when it opens"]
    files = [PHOTO, SVG, ("x.pdf", script), ("empty.jpg", b""), ("cut.jpg", jpeg()[:500])]
    payload = await person().create(*files)
    assert payload["case"] is None
    assert [(error["field"], error["code"]) for error in payload["errors"]] == [
        ("attachments.1", "FILE_KIND"),
        ("attachments.2", "FILE_ACTIVE"),
        ("attachments.3", "REQUIRED"),
        ("attachments.4", "FILE_UNREADABLE"),
    ]
    assert all(error["message"] for error in payload["errors"])
    assert (await behind.kept(), await behind.sent()) == ([], [])


async def test_a_case_has_so_many_files_and_no_more(person: PersonOf, behind: Behind) -> None:
    anna = person()
    tiny = jpeg(quality=5)
    case = await anna.created(*[(f"{place}.jpg", tiny) for place in range(18)])
    kept = await behind.kept()
    payload = await anna.update(case["id"], *[(f"x{place}.jpg", tiny) for place in range(3)])
    assert payload["errors"] == [{"code": "TOO_MANY", "field": "attachments"}]
    assert await behind.kept() == kept
    assert (await anna.update(case["id"], ("x.jpg", tiny), ("y.jpg", tiny)))["errors"] == []


@pytest.mark.rule("F1")
@pytest.mark.parametrize("misconduct", [{"fail": 503}, {"fail": 503, "done": True}])
async def test_files_wait_with_their_case_and_arrive_once(
    person: PersonOf, behind: Behind, own_systems: Systems, misconduct: dict[str, Any]
) -> None:
    anna = person()
    own_systems.conducts["sap"].misbehave(method="POST", **misconduct)
    case = await anna.created(PHOTO, REPORT)
    assert case["status"] == "SUBMITTED"
    assert [each["status"] for each in case["attachments"]] == ["WAITING", "WAITING"]
    assert (await anna.get(case["attachments"][0]["url"])).status_code == 200
    own_systems.behave()
    await delivered(behind)
    query = "query ($number: String!) { case(number: $number) { id sapNotificationNumber } }"
    found = (await anna.data(query, {"number": case["number"]}))["case"]
    assert len(await behind.in_sap(found["sapNotificationNumber"])) == 2
    # The link from before leads to the same file.
    assert (await anna.get(case["attachments"][0]["url"])).status_code == 200
    own_systems.conducts["sap"].misbehave(path="AttachmentContentSet", **misconduct)
    assert (await anna.update(found["id"], ("z.png", png())))["errors"] == []
    await behind.courier.deliver_due()
    own_systems.behave()
    await delivered(behind)
    assert len(await behind.in_sap(found["sapNotificationNumber"])) == 3


async def test_while_the_service_system_is_silent_its_own_files_are_missing_and_that_is_told(
    person: PersonOf, own_systems: Systems
) -> None:
    anna = person()
    case = await anna.created(PHOTO)
    own_systems.conducts["sap"].misbehave(path="GetAllOriginals", fail=503)
    answer = (await anna.post(ATTACHMENTS, {"id": case["id"]})).json()
    assert [each["name"] for each in answer["data"]["node"]["attachments"]] == ["Röhre.jpg"]
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["SOURCE_UNAVAILABLE"]


async def test_the_files_of_many_cases_are_one_call(person: PersonOf, own_systems: Systems) -> None:
    own_systems.behave()
    await person().data("{ cases(first: 15) { nodes { attachments { name } } } }")
    asked = [call for call in own_systems.conducts["sap"].calls if "ATTACHMENT" in call.path]
    assert [call.path.rpartition("/")[2] for call in asked if call.method == "POST"] == ["$batch"]


async def test_a_store_that_is_away_takes_no_case_that_has_files(
    person: PersonOf, behind: Behind, gateways: list[Starlette], tmp_path: Any
) -> None:
    import shutil

    folder = tmp_path / "portal.files"
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("in the way")
    anna = person()
    told = {"installedProductId": await anna.asset(), "description": "x", "priority": "SCHEDULED"}
    answer = await anna.post(CREATE, {"input": {**told, "attachments": [{"file": None}]}}, [PHOTO])
    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["SOURCE_UNAVAILABLE"]
    assert str(tmp_path) not in answer.text
    assert await behind.sent() == []
    assert (await anna.create())["errors"] == []
