"""What is kept of a file is what people look at; what could do anything else is refused (F2)."""

import asyncio
import io

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from connectors.attachments.inspection import CleanFile, Inspection
from connectors.attachments.kinds import FileKind, kind_of
from connectors.attachments.outcome import Unfit, UnfitReason
from connectors.attachments.settings import AttachmentSettings
from tests.connectors.attachments.makers import (
    MARK,
    acting,
    active_pdfs,
    annotated,
    heic,
    huge_png,
    jpeg,
    link,
    pdf,
    picture,
    png,
    saved,
)

SETTINGS = AttachmentSettings.model_validate({})
ACTIVE = active_pdfs()
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
BEGINNINGS = (b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7\n", b"\0\0\0\x18ftypheic" + bytes(12))
ZIP = b"PK\x03\x04" + bytes(100)


async def inspect(content: bytes, name: str = "x.jpg", **changed: object) -> CleanFile:
    return await Inspection(SETTINGS.model_copy(update=changed)).inspect(name, content)


async def refused(content: bytes, name: str = "x.jpg", **changed: object) -> UnfitReason:
    with pytest.raises(Unfit) as caught:
        await inspect(content, name, **changed)
    return caught.value.reason


@pytest.mark.rule("F2")
@pytest.mark.parametrize(("make", "kind"), [(jpeg, FileKind.JPEG), (png, FileKind.PNG), (heic, FileKind.JPEG)])
async def test_a_picture_is_written_anew_without_where_it_was_taken(make: object, kind: FileKind) -> None:
    content = make()  # type: ignore[operator]  # one of the three
    clean = await inspect(content, "Röhre.heic")
    assert (clean.kind, kind_of(clean.content)) == (kind, kind)
    assert clean.name == f"Röhre{kind.suffix}"
    assert MARK in content or make is heic
    with Image.open(io.BytesIO(clean.content)) as image:
        image.load()
        assert not image.getexif()
        assert not {"exif", "comment", "Comment", "icc_profile", "xmp"} & set(image.info)
        # It stood upright, as its Exif data said.
        assert image.size == (400, 640)
    assert MARK not in clean.content
    assert clean.thumbnail is not None
    with Image.open(io.BytesIO(clean.thumbnail)) as small:
        assert (small.format, max(small.size)) == ("JPEG", 320)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
async def test_pictures_of_every_mode_look_as_they_did(mode: str) -> None:
    image = picture((60, 40)).convert(mode) if mode != "I;16" else Image.new("I;16", (60, 40), 65_535)
    clean = await inspect(saved(image, "JPEG" if mode == "CMYK" else "PNG"))
    with Image.open(io.BytesIO(clean.content)) as found:
        before = (255,) if mode == "I;16" else image.convert("RGB").getpixel((30, 20))
        after = found.convert("RGB").getpixel((30, 20))
    assert isinstance(before, tuple)
    assert isinstance(after, tuple)
    assert all(abs(one - other) < 12 for one, other in zip(before, after, strict=False))


@pytest.mark.rule("F2")
async def test_a_pdf_is_written_anew_and_shows_its_pages() -> None:
    clean = await inspect(pdf() + b"\n<script>behind its end</script>", "Bericht 2026.PDF.exe")
    assert (clean.kind, clean.name, clean.thumbnail) == (FileKind.PDF, "Bericht 2026.pdf", None)
    assert b"behind its end" not in clean.content
    with pikepdf.open(io.BytesIO(clean.content)) as found:
        assert len(found.pages) == 1
    linked = annotated(link(A=acting("URI", URI=pikepdf.String("https://maker.example/manual"))))
    assert (await inspect(linked)).kind is FileKind.PDF
    assert await inspect(linked) == await inspect(linked)


@pytest.mark.parametrize("what", ACTIVE)
async def test_a_pdf_that_could_do_anything_is_refused(what: str) -> None:
    assert await refused(ACTIVE[what]) is UnfitReason.ACTIVE_CONTENT


@pytest.mark.parametrize("owner_only", [False, True])
async def test_a_pdf_behind_a_password_is_refused(owner_only: bool) -> None:
    encryption = pikepdf.Encryption(owner="secret", user="" if owner_only else "secret")
    assert await refused(pdf(encryption=encryption)) is UnfitReason.ENCRYPTED


@pytest.mark.parametrize(
    "content",
    [SVG, ZIP, b"MZ\x90\x00", b"<html>", b"GIF89a" + bytes(50), b"\x00\x00\x00\x1cftypavif" + bytes(30), b"  %PDF-1.7"],
)
@pytest.mark.parametrize("name", ["x.jpg", "x.pdf"])
async def test_what_it_is_counts_and_not_what_it_is_called(content: bytes, name: str) -> None:
    assert await refused(content, name) is UnfitReason.UNKNOWN_KIND


async def test_a_file_that_is_two_at_once_is_one_afterwards() -> None:
    for content in (jpeg() + ZIP + b"<?php evil() ?>", png() + SVG):
        clean = await inspect(content)
        assert not any(part in clean.content for part in (b"PK\x03\x04", b"<?php", b"<svg"))


@pytest.mark.parametrize(
    "start", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7\n", b"\0\0\0\x18ftypheic" + bytes(12)]
)
@given(st.binary(max_size=300))
@settings(max_examples=4, deadline=None)
async def test_whatever_follows_a_good_beginning_ends_in_a_word_for_people(start: bytes, rest: bytes) -> None:
    assert await refused(start + rest) is UnfitReason.UNREADABLE


@pytest.mark.parametrize("part", [0.1, 0.4, 0.7])
async def test_a_file_that_is_cut_off_is_refused(part: float) -> None:
    for content in (jpeg(), png(), heic()):
        assert await refused(content[: int(len(content) * part)]) is UnfitReason.UNREADABLE


@pytest.mark.parametrize(("width", "height"), [(40_000, 40_000), (200_000, 2_000)])
async def test_a_picture_of_too_many_pixels_is_never_unpacked(width: int, height: int) -> None:
    bomb = huge_png(width, height)
    assert len(bomb) < 200_000
    async with asyncio.timeout(10):
        assert await refused(bomb) is UnfitReason.TOO_MANY_PIXELS


async def test_a_pdf_that_unpacks_without_end_breaks_nothing_but_its_own_reader() -> None:
    bomb = pikepdf.new()
    bomb.add_blank_page()
    bomb.Root["/Bomb"] = bomb.make_indirect(pikepdf.Stream(bomb, bytes(200_000_000)))
    written = io.BytesIO()
    bomb.save(written, compress_streams=True, recompress_flate=True)
    content = written.getvalue()
    assert len(content) < 1_000_000
    async with asyncio.timeout(30):
        assert (await inspect(content)).kind is FileKind.PDF  # nobody unpacks what is only carried on
    depth = b"%PDF-1.7\n1 0 obj\n" + b"[" * 200_000 + b"]" * 200_000 + b"\nendobj\ntrailer<</Root 1 0 R>>"
    async with asyncio.timeout(30):
        assert await refused(depth) is UnfitReason.UNREADABLE


async def test_limits_of_size_hold_before_and_after() -> None:
    assert await refused(b"") is UnfitReason.EMPTY
    content = jpeg()
    assert await refused(content, max_file=len(content) - 1) is UnfitReason.TOO_LARGE
    grows = saved(Image.effect_noise((400, 400), 90).convert("RGB"), "JPEG", quality=20)
    assert await refused(grows, max_file=len(grows)) is UnfitReason.TOO_LARGE


async def test_many_files_at_once_are_looked_at_by_a_few_processes() -> None:
    inspection = Inspection(SETTINGS)
    found = await asyncio.gather(*(inspection.inspect(f"{place}.jpg", jpeg()) for place in range(6)))
    assert {each.name for each in found} == {f"{place}.jpg" for place in range(6)}
