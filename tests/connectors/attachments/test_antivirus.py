"""A virus scanner's word counts, and without a clear word no file is taken (F2)."""

import asyncio
import socket

import pytest
from pydantic import ValidationError

from connectors.attachments.antivirus import antivirus_at
from connectors.attachments.inspection import Inspection
from connectors.attachments.outcome import Unfit, UnfitReason
from connectors.attachments.settings import AttachmentSettings
from connectors.errors import ConnectorError, SourceTimeout, SourceUnreachable
from fixtures.simulators.antivirus import EICAR, Handler, clamd, icap, scanning
from tests.connectors.attachments.makers import jpeg

SCANNERS = {"clamd": (clamd, "clamd://127.0.0.1:{}"), "icap": (icap, "icap://127.0.0.1:{}/avscan")}

every_scanner = pytest.mark.parametrize("scanner", SCANNERS)


def settings(scanner: str, port: int, seconds: float = 5.0) -> AttachmentSettings:
    address = SCANNERS[scanner][1].format(port)
    return AttachmentSettings.model_validate({"antivirus": address, "antivirus_timeout": seconds})


@pytest.mark.rule("F2")
@every_scanner
async def test_what_a_scanner_finds_is_refused_and_the_rest_passes(scanner: str) -> None:
    async with scanning(SCANNERS[scanner][0]) as port:
        inspection = Inspection(settings(scanner, port))
        assert (await inspection.inspect("x.jpg", jpeg())).name == "x.jpg"
        with pytest.raises(Unfit) as caught:
            await inspection.inspect("x.jpg", jpeg(comment=EICAR))
        assert caught.value.reason is UnfitReason.INFECTED


@every_scanner
async def test_a_large_file_is_scanned_to_its_end(scanner: str) -> None:
    async with scanning(SCANNERS[scanner][0]) as port:
        antivirus = antivirus_at(SCANNERS[scanner][1].format(port), 20)
        filler = bytes(5_000_000)
        assert await antivirus.is_clean(filler)
        assert not await antivirus.is_clean(filler + EICAR)


async def _says(writer: asyncio.StreamWriter, reader: asyncio.StreamReader, answer: bytes) -> None:
    await reader.read(1000)
    writer.write(answer)


@every_scanner
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"stream: OK",
        b"stream: lstat() failed ERROR\0",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"\0\0\0",
        b"x" * 200_000,
        b"ICAP/1.0 500 Server error\r\n\r\n",
        b"ICAP/1.0 404 No such service\r\n\r\n",
    ],
    ids=lambda answer: answer[:24].decode(),
)
async def test_a_scanner_that_says_anything_else_lets_nothing_pass(scanner: str, answer: bytes) -> None:
    async def odd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _says(writer, reader, answer)

    async with scanning(odd) as port:
        with pytest.raises(ConnectorError) as caught:
            await Inspection(settings(scanner, port)).inspect("x.jpg", jpeg())
    assert "127.0.0.1" not in caught.value.message


async def test_an_icap_service_that_would_change_a_file_lets_it_not_pass() -> None:
    async def changes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _says(writer, reader, b"ICAP/1.0 200 OK\r\nEncapsulated: req-hdr=0, req-body=20\r\n\r\n")

    async with scanning(changes) as port:
        assert not await antivirus_at(f"icap://127.0.0.1:{port}/x", 5).is_clean(b"x")


@every_scanner
async def test_a_scanner_that_is_away_or_hangs_lets_nothing_pass(scanner: str) -> None:
    async def hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    handler: Handler = hangs
    async with scanning(handler) as port:
        with pytest.raises(SourceTimeout):
            await Inspection(settings(scanner, port, 0.2)).inspect("x.jpg", jpeg())
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(SourceUnreachable):
            await Inspection(settings(scanner, taken.getsockname()[1])).inspect("x.jpg", jpeg())


@pytest.mark.parametrize("address", ["http://x", "clamd://host", "clamd:", "icap://host", "icap://host/", "clamav"])
def test_an_address_that_can_not_be_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="clamd://"):
        AttachmentSettings.model_validate({"antivirus": address})
