"""$batch bodies: written as SAP wants them, read as any server may write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.systems.sap_service_orders.batch import read, written

ANSWER = """--{b}
Content-Type: application/http
Content-Length: 7
content-transfer-encoding: binary

HTTP/1.1 200 OK
Content-Type: application/json
Content-Length: 3

{{"d":{{"results":[{{"Text":"żółw"}}]}}}}
--{b}
Content-Type: application/http

HTTP/1.1 404 Not Found
X-Reason: gone

--{b}--
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("header", ["multipart/mixed; boundary={b}", 'multipart/mixed;charset=x; Boundary="{b}"; a=b'])
def test_parts_are_read_with_either_line_end_and_any_content_length(newline: str, header: str) -> None:
    boundary = "ejjeeffe(0)+1"
    body = ANSWER.format(b=boundary).replace("\n", newline).encode()
    first, second = read(header.format(b=boundary), body)
    assert (first.status, first.body) == (200, '{"d":{"results":[{"Text":"żółw"}]}}'.encode())
    assert first.headers["content-type"] == "application/json"
    assert (second.status, second.headers["x-reason"], second.body) == (404, "gone", b"")


def test_a_preamble_and_a_missing_end_do_no_harm() -> None:
    body = b"hello\r\n--x\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}\r\n"
    assert [part.body for part in read("multipart/mixed; boundary=x", body)] == [b"{}"]


@pytest.mark.parametrize(
    ("header", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/mixed", b"--x--"),
        ("multipart/mixed; boundary=x", b"<html></html>"),
        ("multipart/mixed; boundary=x", b"--x\r\nContent-Type: text/plain\r\n\r\nnonsense\r\n--x--"),
    ],
)
def test_what_is_no_batch_answer_is_refused(header: str, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"multipart|boundary|status line"):
        read(header, body)


@given(st.lists(st.sampled_from(["A?$top=1", "B?$filter=C%20eq%20'%C5%BC'"]), min_size=1, max_size=30))
def test_each_read_stands_in_a_part_of_its_own(resources: list[str]) -> None:
    body = written(resources, "batch_1").decode("ascii")
    assert [line[4:-9] for line in body.split("\r\n") if line.startswith("GET ")] == resources
    assert body.count("--batch_1\r\n") == len(resources)
    assert body.endswith("\r\n\r\n\r\n--batch_1--\r\n")
