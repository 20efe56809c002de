"""The documents of a manifest: found by product and serial; what is wrong with one hides no other (F6)."""

from datetime import date, timedelta
from pathlib import Path
from typing import cast

import pytest

from connectors.errors import SourceMisconfigured
from connectors.ports import AssetDocuments, Connector
from connectors.queries import AccountScope, DocumentQuery
from connectors.records import Document
from connectors.registry import manifest, utc_now
from connectors.systems.file_documents.library import Library
from connectors.vocabulary import DocumentKind
from fixtures.document_library import library, write_library
from fixtures.world.model import World

pytestmark = pytest.mark.rule("F6")

MANIFEST = manifest("file_documents")
EVERYTHING = AccountScope(unrestricted=True)
GOOD = """
[[documents]]
id = "good"
file = "a.pdf"
title = "Zażółć"
kind = "OTHER"
products = ["MR-300"]
"""


def store(folder: Path, **settings: object) -> Connector:
    return MANIFEST.connect("files", MANIFEST.settings(url=f"file:{folder}", **settings), utc_now)


async def about(store: Connector, *products: str, serials: tuple[str, ...] = ()) -> dict[str, Document]:
    query = DocumentQuery(scope=EVERYTHING, product_codes=products, serial_numbers=serials)
    return {row.id: row for row in (await cast(AssetDocuments, store).documents(query)).rows}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "a.pdf").write_bytes(b"%PDF-1.7")
    return tmp_path


def write(folder: Path, text: str) -> None:
    (folder / "documents" / "manifest.toml").write_text(text, encoding="utf-8")


async def test_a_whole_library_is_found_by_product_and_serial(tmp_path: Path, story: World) -> None:
    write_library(tmp_path / "documents", story)
    made = store(tmp_path)
    told = library(story)
    products = {code for entry in told for code in entry.products}
    found = await about(made, *products)
    assert set(found) == {entry.id for entry in told}
    report = found[f"a01-uptime-{next(e.period[0] for e in told if e.period).isoformat()}"]
    assert report.kind is DocumentKind.UPTIME_REPORT
    assert report.serial_numbers == ("MR30001",)
    assert report.period_end is not None
    assert report.period_end + timedelta(days=1) == date(
        report.period_end.year + report.period_end.month // 12, report.period_end.month % 12 + 1, 1
    )
    assert report.size == (tmp_path / report.file).stat().st_size
    assert set(await about(made, serials=("MR30001",))) < set(found)
    assert await about(made, "unknown") == {}
    assert all(result.ok for result in await made.check())


async def test_without_a_manifest_there_are_no_documents(tmp_path: Path) -> None:
    made = store(tmp_path)
    assert await about(made, "MR-300") == {}
    assert all(result.ok for result in await made.check())


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ('file = "a.pdf"\ntitle = "x"\nkind = "OTHER"\nproducts = ["p"]', "id"),
        ('id = "x"\nfile = "b.pdf"\ntitle = "x"\nkind = "OTHER"\nproducts = ["p"]', "no file b.pdf"),
        ('id = "x"\nfile = "../a.pdf"\ntitle = "x"\nkind = "OTHER"\nproducts = ["p"]', "folder"),
        ('id = "x"\nfile = "/etc/passwd"\ntitle = "x"\nkind = "OTHER"\nproducts = ["p"]', "folder"),
        ('id = "x"\nfile = "a.pdf"\ntitle = "x"\nkind = "POEM"\nproducts = ["p"]', "POEM"),
        ('id = "x"\nfile = "a.pdf"\ntitle = "x"\nkind = "OTHER"', "about nothing"),
        ('id = "x"\nfile = "a.pdf"\ntitle = "x"\nkind = "OTHER"\nproducts = ["p"]\npages = 3', "pages"),
        ('id = "good"\nfile = "a.pdf"\ntitle = "x"\nkind = "OTHER"\nproducts = ["p"]', "another document"),
        (
            'id = "x"\nfile = "a.pdf"\ntitle = "x"\nkind = "OTHER"\nproducts = ["p"]\n'
            "period = [2026-02-01, 2026-01-01]",
            "ends before",
        ),
    ],
)
async def test_what_is_wrong_with_one_document_is_told_and_hides_no_other(folder: Path, entry: str, told: str) -> None:
    write(folder, f"{GOOD}\n[[documents]]\n{entry}\n")
    made = store(folder)
    assert set(await about(made, "MR-300", "p")) == {"good"}
    (_, read) = await made.check()
    assert not read.ok
    assert told in read.hint
    assert "document 2" in read.hint


@pytest.mark.parametrize("broken", ["[[documents]", "documents = 3", "\udcff"])
async def test_a_manifest_that_breaks_keeps_what_was_known(folder: Path, broken: str) -> None:
    write(folder, GOOD)
    made = store(folder, manifest_seconds=0)
    assert set(await about(made, "MR-300")) == {"good"}
    (folder / "documents" / "manifest.toml").write_bytes(broken.encode("utf-8", "surrogateescape"))
    assert set(await about(made, "MR-300")) == {"good"}
    (_, read) = await made.check()
    assert "manifest.toml can't be read" in read.hint


async def test_a_changed_manifest_is_seen_once_its_time_is_over(folder: Path) -> None:
    write(folder, GOOD)
    lazy, eager = store(folder), store(folder, manifest_seconds=0)
    assert set(await about(lazy, "MR-300")) == set(await about(eager, "MR-300")) == {"good"}
    write(folder, GOOD.replace('"good"', '"better"'))
    assert set(await about(lazy, "MR-300")) == {"good"}
    assert set(await about(eager, "MR-300")) == {"better"}


async def test_a_check_names_the_first_of_many_complaints(folder: Path) -> None:
    write(folder, "\n[[documents]]\nid = 1\n" * 3)
    made = store(folder)
    library_ = made._library  # type: ignore[attr-defined]  # the connector's own
    assert isinstance(library_, Library)
    with pytest.raises(SourceMisconfigured, match="and 2 more"):
        await library_.check()
