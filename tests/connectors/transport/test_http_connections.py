"""Our own connections: whatever a server does, an answer is read right, or the call fails and the next one works."""

import asyncio
import datetime
import gzip
import ipaddress
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.transport.http_connection import AnswerTooLarge, ExchangeFailed
from connectors.transport.http_headers import Headers
from connectors.transport.http_pool import HttpPool
from connectors.transport.http_requests import header_lines, request_bytes
from connectors.transport.http_transport import PooledTransport

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter
Script = Callable[[Reader, Writer], Awaitable[None]]
GET = request_bytes("GET", "/x", b"host: test\r\n", None, None)
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@asynccontextmanager
async def server(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that does with each connection what the script says. Gives its port."""

    async def serve(reader: Reader, writer: Writer) -> None:
        try:
            await script(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


def pool_to(port: int, *, connections: int = 4, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> HttpPool:
    return HttpPool(f"{'https' if tls else 'http'}://{host}:{port}", connections=connections, tls=tls)


async def head(reader: Reader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


def answering(*answers: bytes, then_close: bool = False) -> Script:
    """Each connection gets those answers, one a request."""

    async def script(reader: Reader, writer: Writer) -> None:
        for answer in answers:
            await head(reader)
            writer.write(answer)
            await writer.drain()
        if not then_close:
            await reader.read()

    return script


async def ask(pool: HttpPool, *, max_bytes: int = 10_000, repeatable: bool = True) -> tuple[int, bytes]:
    async with asyncio.timeout(5):
        received = await pool.exchange(GET, max_bytes=max_bytes, repeatable=repeatable)
    return received.status, received.body


CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\ntrailer: x\r\n\r\n"
PACKED = gzip.compress(b"abcde" * 50)
FORMS = [
    pytest.param(OK, b"ok", id="length"),
    pytest.param(CHUNKED, b"abcde", id="chunks with a trailer"),
    pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", b"", id="no content"),
    pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"ok", id="an interim answer first"),
    pytest.param(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" + OK, b"ok", id="early hints"),
    pytest.param(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: GZIP\r\ncontent-length: %d\r\n\r\n" % len(PACKED) + PACKED,
        b"abcde" * 50,
        id="gzip",
    ),
    pytest.param(
        b"HTTP/1.1 200 OK\r\ncontent-encoding: deflate\r\ncontent-length: %d\r\n\r\n" % len(zlib.compress(b"x" * 99))
        + zlib.compress(b"x" * 99),
        b"x" * 99,
        id="deflate",
    ),
    pytest.param(
        b"HTTP/1.1 200 OK\r\ncontent-encoding: deflate\r\ncontent-length: %d\r\n\r\n"
        % len(zlib.compress(b"x" * 99)[2:-4])
        + zlib.compress(b"x" * 99)[2:-4],
        b"x" * 99,
        id="deflate without its frame",
    ),
]


@pytest.mark.parametrize(("answer", "body"), FORMS)
async def test_every_form_of_answer_is_read_and_the_connection_kept(answer: bytes, body: bytes) -> None:
    async with server(answering(answer, OK)) as port:
        pool = pool_to(port, connections=1)
        assert (await ask(pool))[1] == body
        assert await ask(pool) == (200, b"ok")
        await pool.close()


async def test_an_answer_that_ends_with_its_connection_is_read_whole() -> None:
    async with server(answering(b"HTTP/1.1 200 OK\r\n\r\nuntil the end", then_close=True)) as port:
        pool = pool_to(port)
        assert await ask(pool) == (200, b"until the end")
        assert await ask(pool) == (200, b"until the end")
        await pool.close()


@given(cuts=st.lists(st.integers(1, 400), max_size=12), form=st.sampled_from(FORMS))
@settings(max_examples=60, deadline=None)
async def test_however_an_answer_is_cut_into_pieces_it_is_the_same(cuts: list[int], form: object) -> None:
    answer, body = form.values  # type: ignore[attr-defined]  # what pytest.param gives

    async def script(reader: Reader, writer: Writer) -> None:
        await head(reader)
        places = sorted({min(cut, len(answer)) for cut in cuts} | {len(answer)})
        for start, end in zip([0, *places], places, strict=False):
            writer.write(answer[start:end])
            await writer.drain()
            await asyncio.sleep(0)
        await reader.read()

    async with server(script) as port:
        pool = pool_to(port)
        assert (await ask(pool))[1] == body
        await pool.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 2",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\ncontent-length: nine\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 20\r\n\r\n" + PACKED[:20],
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000,
    ],
    ids=lambda answer: repr(answer[:60]),
)
async def test_what_is_no_whole_answer_fails_the_call_and_spoils_no_other(answer: bytes) -> None:
    async with server(answering(answer, then_close=True)) as port:
        pool = pool_to(port)
        with pytest.raises(ExchangeFailed):
            await ask(pool, repeatable=False)
        await pool.close()
    async with server(answering(OK)) as port:
        pool = pool_to(port)
        assert await ask(pool) == (200, b"ok")
        await pool.close()


async def test_an_answer_is_bounded_after_it_is_unpacked_and_not_held_before() -> None:
    bomb = gzip.compress(b"0" * 20_000_000)
    answer = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb) + bomb
    async with server(answering(answer)) as port:
        pool = pool_to(port)
        with pytest.raises(AnswerTooLarge):
            await ask(pool, max_bytes=100_000)
        await pool.close()


async def test_a_kept_connection_that_the_server_closed_costs_a_read_nothing() -> None:
    asked = 0

    async def script(reader: Reader, writer: Writer) -> None:
        nonlocal asked
        await head(reader)
        asked += 1
        writer.write(OK)
        await writer.drain()
        await head(reader)  # and then it goes, without a word
        asked += 1

    async with server(script) as port:
        pool = pool_to(port, connections=1)
        assert await ask(pool) == (200, b"ok")
        assert await ask(pool) == (200, b"ok")
        assert asked == 3
        with pytest.raises(ExchangeFailed):  # a write is not sent twice
            await ask(pool, repeatable=False)
        await pool.close()


async def test_words_on_an_idle_connection_are_the_answer_to_nothing() -> None:
    async def script(reader: Reader, writer: Writer) -> None:
        await head(reader)
        writer.write(OK)
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged")
        await writer.drain()
        await reader.read()

    async with server(script) as port:
        pool = pool_to(port, connections=1)
        assert await ask(pool) == (200, b"ok")
        await asyncio.sleep(0.1)
        assert await ask(pool) == (200, b"ok")
        await pool.close()


async def test_no_more_connections_than_configured_and_the_first_to_come_is_the_first_served() -> None:
    open_now, most = 0, 0
    go_on = asyncio.Event()

    async def script(reader: Reader, writer: Writer) -> None:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        try:
            while True:
                await head(reader)
                await go_on.wait()
                writer.write(OK)
                await writer.drain()
        finally:
            open_now -= 1

    async with server(script) as port:
        pool = pool_to(port, connections=3)
        asked = [asyncio.ensure_future(ask(pool)) for _ in range(12)]
        await asyncio.sleep(0.05)
        go_on.set()
        assert await asyncio.gather(*asked) == [(200, b"ok")] * 12
        assert most == 3
        await pool.close()


async def test_who_goes_away_leaves_the_pool_as_good_as_it_was() -> None:
    silent = True

    async def script(reader: Reader, writer: Writer) -> None:
        while True:
            await head(reader)
            if silent:
                await reader.read()
                return
            writer.write(OK)
            await writer.drain()

    async with server(script) as port:
        pool = pool_to(port, connections=2)
        gone = [asyncio.ensure_future(ask(pool)) for _ in range(5)]
        await asyncio.sleep(0.05)
        for each in gone:
            each.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
        silent = False
        assert await asyncio.gather(*(ask(pool) for _ in range(5))) == [(200, b"ok")] * 5
        await pool.close()


def certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for that host, and a client's that trusts it alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    names: list[x509.GeneralName] = [x509.DNSName(host)]
    if host == "127.0.0.1":
        names = [x509.IPAddress(ipaddress.ip_address(host))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{host}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(file)
    return serving, ssl.create_default_context(cafile=str(file))


async def test_tls_is_spoken_and_a_server_of_another_name_refused(tmp_path: Path) -> None:
    serving, trusting = certificate(tmp_path, "127.0.0.1")
    async with server(answering(OK, OK), serving) as port:
        pool = pool_to(port, tls=trusting)
        assert await ask(pool) == (200, b"ok")
        assert await ask(pool) == (200, b"ok")
        await pool.close()
    other, trusting_other = certificate(tmp_path, "sap.example.com")
    async with server(answering(OK), other) as port:
        for context in (trusting_other, trusting):
            pool = pool_to(port, tls=context)
            with pytest.raises(ssl.SSLCertVerificationError):
                await ask(pool)
            await pool.close()


async def test_httpx_goes_over_the_same_connections() -> None:
    async with server(answering(OK, b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ntoo short", OK)) as port:
        pool = pool_to(port, connections=1)
        async with httpx.AsyncClient(transport=PooledTransport(pool, 5), base_url=f"http://127.0.0.1:{port}") as client:
            answer = await client.post("/x", data={"a": "b"})
            assert (answer.status_code, answer.text) == (200, "ok")
            with pytest.raises(httpx.DecodingError):
                await client.get("/x")


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\0b"])
def test_nothing_can_begin_another_header_or_request(value: str) -> None:
    with pytest.raises(ValueError, match="line end"):
        header_lines([("x", value)])
    with pytest.raises(ValueError, match="line end"):
        request_bytes("GET", "/x", b"", {value: "x"}, None)
    written = request_bytes("GET", "/x y\r\nfoo: bar", b"host: a\r\n", None, None)
    assert written == b"GET /x%20y%0D%0Afoo:%20bar HTTP/1.1\r\nhost: a\r\n\r\n"


def test_headers_are_known_by_their_names_in_any_case() -> None:
    headers = Headers([(b"Set-Cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"X-Csrf-Token", b" t ")])
    assert headers.get_list("SET-COOKIE") == ["a=1", "b=2"]
    assert headers["x-csrf-token"] == "t"
    assert headers.get("none") is None
    assert dict(headers) == {"set-cookie": "a=1, b=2", "x-csrf-token": "t"}
    assert len(headers) == 2
