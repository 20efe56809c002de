"""Files are kept whole or not at all, read in part, and gone when they are deleted: in a folder and by S3."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer
from pydantic import SecretStr, ValidationError

from connectors.errors import ConnectorError, SourceMisconfigured, SourceUnreachable
from connectors.files import FileStore, KeptFile, read_file
from connectors.ports import Connector
from connectors.registry import manifest, utc_now

MANIFEST = manifest("file_documents")
BIG = 12 * 1024 * 1024  # more than S3 takes in one part


def connect(**settings: object) -> Connector:
    return MANIFEST.connect("files", MANIFEST.settings(**settings), utc_now)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def in_s3(endpoint: str, **changed: object) -> Connector:
    usual: dict[str, object] = {
        "url": f"s3://portal/{uuid4().hex}",
        "endpoint": endpoint,
        "access_key": "portal",
        "secret_key": SecretStr("portal-secret"),
        "attempts": 1,
        "timeout": 20.0,
    }
    return connect(**usual | changed)


@pytest.fixture(scope="module")
def bucket(s3: str) -> str:
    import boto3  # type: ignore[import-untyped]  # comes with moto

    client = boto3.client(
        "s3", endpoint_url=s3, aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1"
    )
    client.create_bucket(Bucket="portal")
    client.close()
    return s3


@pytest.fixture(params=["folder", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "folder":
        return cast(FileStore, connect(url=f"file:{tmp_path / 'files'}"))
    return cast(FileStore, in_s3(request.getfixturevalue("bucket")))


async def all_of(files: FileStore, prefix: str) -> list[KeptFile]:
    return [found async for found in files.kept_files(prefix)]


async def test_what_was_kept_is_read_whole_and_in_part(files: FileStore) -> None:
    await files.put_file("attachments/1/content", b"0123456789")
    assert await files.file_size("attachments/1/content") == 10
    assert await read_file(files, "attachments/1/content", at_most=10) == b"0123456789"
    assert await read_file(files, "attachments/1/content", at_most=9) is None
    for start, end, expected in (
        (3, 7, b"3456"),
        (0, None, b"0123456789"),
        (8, 99, b"89"),
        (10, None, b""),
        (4, 4, b""),
    ):
        opened = await files.open_file("attachments/1/content", start=start, end=end)
        assert opened is not None
        assert opened.size == 10
        assert b"".join([piece async for piece in opened.content]) == expected


async def test_what_comes_piece_by_piece_is_one_file(files: FileStore) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for place in range(BIG // 65_536):
            yield bytes([place % 251]) * 65_536

    await files.put_file("uploads/1", pieces())
    content = await read_file(files, "uploads/1", at_most=BIG)
    assert content is not None
    assert len(content) == BIG
    assert content[65_536 * 3] == 3


@pytest.mark.parametrize("pieces", [0, 1, 200])
async def test_what_breaks_off_leaves_nothing(files: FileStore, pieces: int) -> None:
    async def broken() -> AsyncIterator[bytes]:
        for _ in range(pieces):
            yield b"x" * 65_536
        raise ConnectionResetError("the client went away")

    with pytest.raises((ConnectionResetError, ConnectorError)):
        await files.put_file("uploads/1", broken())
    assert await files.file_size("uploads/1") is None
    assert await all_of(files, "uploads") == []


async def test_a_file_that_is_not_there_is_none(files: FileStore) -> None:
    assert await files.file_size("attachments/2/content") is None
    assert await files.open_file("attachments/2/content") is None
    await files.delete_files(["attachments/2/content"])


async def test_what_is_deleted_is_gone_and_the_rest_is_listed(files: FileStore) -> None:
    for key in ("attachments/1/content", "attachments/1/thumbnail", "attachments/2/content", "uploads/3"):
        await files.put_file(key, key.encode())
    await files.delete_files(["attachments/1/content", "nowhere"])
    kept = await all_of(files, "attachments")
    assert sorted(found.key for found in kept) == ["attachments/1/thumbnail", "attachments/2/content"]
    assert {found.size for found in kept} == {len("attachments/1/thumbnail"), len("attachments/2/content")}


@pytest.mark.parametrize("key", ["../outside", "a/../../outside", "a//b", "./a"])
async def test_no_key_leads_out_of_the_store(files: FileStore, tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="path"):
        await files.put_file(key, b"x")
    assert not (tmp_path / "outside").exists()


@given(st.text(alphabet="abc/..%\0 é", max_size=12))
async def test_whatever_the_key_nothing_is_written_outside(key: str) -> None:
    with TemporaryDirectory() as folder:
        store = cast(FileStore, connect(url=f"file:{folder}/inside"))
        with suppress(ValueError, ConnectorError):
            await store.put_file(key, b"x")
        assert set(os.listdir(folder)) <= {"inside"}


async def test_a_folder_that_can_not_be_is_told_to_a_person(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    connector = connect(url=f"file:{tmp_path / 'file' / 'files'}")
    with pytest.raises(ConnectorError) as caught:
        await cast(FileStore, connector).file_size("a")
    assert str(tmp_path) not in caught.value.message
    assert [result.ok for result in await connector.check()] == [False, False]


async def test_a_store_that_nobody_listens_for_is_unreachable() -> None:
    connector = in_s3("http://127.0.0.1:9")
    with pytest.raises(SourceUnreachable):
        await connector.ping()
    for result in await connector.check():
        assert not result.ok
        assert "portal-secret" not in result.hint
        assert "127.0.0.1" not in result.hint


async def test_a_bucket_that_is_not_there_is_a_fault_of_the_settings(s3: str) -> None:
    with pytest.raises(SourceMisconfigured):
        await cast(FileStore, in_s3(s3, url="s3://nobodys/x")).put_file("a", b"x")


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://files"},
        {"url": "file:///"},
        {"url": "s3://"},
        {"url": "s3://b", "access_key": "a"},
        {"url": "s3://b", "endpoint": "not an address"},
    ],
)
def test_settings_that_can_not_work_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MANIFEST.settings(**wrong)
