"""Reads by range tables come to their end, over servers that page as they like."""

from collections.abc import Sequence

import pytest
from starlette.responses import Response

from connectors.errors import SourceMisanswered, TooManyRows
from connectors.transport.soap import SoapSystem
from connectors.transport.soap_ranges import RangeRead, left_out, range_tables, read_ranges
from tests.connectors.transport.conftest import Call, Connect, ForeignStack, warranties

READ = RangeRead(
    "Z_SCV_WARRANTY_GETLIST",
    "ET_WARRANTY",
    lambda answer: [int(row["EQUNR"]) for row in answer.table("ET_WARRANTY")],
)


async def read(system: SoapSystem, *accounts: str) -> list[int]:
    return await read_ranges(system, READ, range_tables({"IT_KUNNR": (accounts or ("1",), 10)}))


def serve(stack: ForeignStack, everything: Sequence[int], *, page: int = 500, total: bool = True) -> None:
    """A server that holds these rows, gives at most `page` of them at once, and counts them or not."""

    def answer(call: Call) -> Response:
        skip, size = call.number("IV_SKIP"), min(page, call.number("IV_MAX_ROWS"))
        return warranties(*everything[skip : skip + size], total=len(everything) if total else None)

    stack.answer = answer


@pytest.mark.parametrize("page", [500, 499, 100, 7])
@pytest.mark.parametrize("total", [True, False])
async def test_every_page_is_read_whatever_its_size(
    stack: ForeignStack, connect: Connect, page: int, total: bool
) -> None:
    serve(stack, range(1, 1201), page=page, total=total)
    assert sorted(await read(connect())) == list(range(1, 1201))


async def test_a_read_takes_no_more_calls_than_it_has_pages(stack: ForeignStack, connect: Connect) -> None:
    serve(stack, range(1, 1201))
    await read(connect())
    assert sorted((call.number("IV_SKIP"), call.number("IV_MAX_ROWS")) for call in stack.calls) == [
        (0, 500),
        (500, 500),
        (1000, 200),
    ]


async def test_keys_go_out_in_chunks_that_a_call_takes(stack: ForeignStack, connect: Connect) -> None:
    stack.answer = lambda call: warranties(total=0)
    await read(connect(), *(str(number) for number in range(1, 451)))
    assert sorted(len(call.parameters["IT_KUNNR"]) for call in stack.calls) == [50, 200, 200]


async def test_the_longest_table_is_chunked_and_a_short_one_goes_along(stack: ForeignStack, connect: Connect) -> None:
    stack.answer = lambda call: warranties(total=0)
    equipment = tuple(str(number) for number in range(1, 301))
    tables = range_tables({"IT_KUNNR": (("7",), 10), "IT_EQUNR": (equipment, 18)})
    await read_ranges(connect(), READ, tables)
    assert left_out(tables, 200) == frozenset()
    assert [call.parameters["IT_KUNNR"] for call in stack.calls] == [["0000000007"]] * 2


async def test_two_long_tables_do_not_multiply_the_calls(stack: ForeignStack, connect: Connect) -> None:
    stack.answer = lambda call: warranties(total=0)
    accounts, equipment = (tuple(str(number) for number in range(1, length)) for length in (301, 502))
    tables = range_tables({"IT_KUNNR": (accounts, 10), "IT_EQUNR": (equipment, 18)})
    await read_ranges(connect(), READ, tables)
    assert left_out(tables, 200) == {"IT_KUNNR"}, "the caller checks it"
    assert len(stack.calls) == 3
    assert all("IT_KUNNR" not in call.parameters for call in stack.calls)


async def test_a_table_without_a_key_makes_no_call(stack: ForeignStack, connect: Connect) -> None:
    tables = range_tables({"IT_KUNNR": (("0", "too long to be a key"), 10), "IT_EQUNR": (("1",), 18)})
    assert await read_ranges(connect(), READ, tables) == []
    assert stack.calls == []


def test_a_read_that_names_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="IT_KUNNR"):
        range_tables({"IT_KUNNR": (None, 10)})


async def test_a_server_that_ignores_the_page_asked_for_is_found_out(stack: ForeignStack, connect: Connect) -> None:
    stack.answer = lambda call: warranties(*range(1, 501), total=2000)
    with pytest.raises(SourceMisanswered):
        await read(connect())


async def test_a_server_that_neither_counts_nor_pages_does_not_keep_us_for_ever(
    stack: ForeignStack, connect: Connect
) -> None:
    stack.answer = lambda call: warranties(*range(1, 501))
    with pytest.raises(SourceMisanswered):
        await read(connect())
    assert len(stack.calls) == 2


async def test_rows_that_are_counted_but_never_come_are_told(stack: ForeignStack, connect: Connect) -> None:
    stack.answer = lambda call: warranties(total=5)
    with pytest.raises(SourceMisanswered):
        await read(connect())


async def test_rows_that_go_while_they_are_read_do_not_keep_us_for_ever(stack: ForeignStack, connect: Connect) -> None:
    stack.answer = lambda call: warranties(*([] if call.number("IV_SKIP") else range(1, 501)), total=900)
    assert len(await read(connect())) == 500


async def test_more_rows_than_allowed_are_refused_before_they_are_read(stack: ForeignStack, connect: Connect) -> None:
    serve(stack, range(1, 2001))
    with pytest.raises(TooManyRows):
        await read(connect(max_rows=1999))
    assert len(stack.calls) == 1


async def test_more_rows_than_allowed_are_refused_where_nobody_counts(stack: ForeignStack, connect: Connect) -> None:
    serve(stack, range(1, 2001), total=False)
    with pytest.raises(TooManyRows):
        await read(connect(max_rows=900))
    assert len(stack.calls) == 2
