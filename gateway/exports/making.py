"""A table as bytes, piece by piece."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import NamedTuple, TypeVar

from auth.credentials import Where
from auth.exports import ExportOf
from auth.viewer import Viewer
from connectors.vocabulary import ExportFormat
from gateway.exports.rows import Graph, Problem, Table, table_of
from gateway.exports.tables import MEDIA_TYPES, MOST_ROWS, Csv, TableWriter, Xlsx
from schema.errors import ErrorCode
from schema.exports.reading import columns_of, header_of, title_of

T = TypeVar("T")

Progress = Callable[[int, int], Awaitable[None]]
"""`progress(done, total)`: rows; also before the first."""


class Made(NamedTuple):
    name: str
    media_type: str
    entitlement: str
    pieces: AsyncGenerator[bytes, None]


def file_name(of: ExportOf, viewer: Viewer, graph: Graph) -> str:
    """As `zgloszenia-2026-03-14.xlsx`, in the viewer's language."""
    day = viewer.today(graph.clock()).isoformat()
    return f"{title_of(of, viewer.locale).lower().replace(' ', '-')}-{day}.{of.format.value.lower()}"


async def make(graph: Graph, viewer: Viewer, of: ExportOf, where: Where, progress: Progress) -> Made:
    """Its rows are found and the first of them read when this answers: what goes wrong mostly does so here.

    Raises Problem, here and with each piece: what was sent by then is not all of it.
    """
    table = await table_of(graph, viewer, of, where)
    if of.format is ExportFormat.XLSX and table.total > MOST_ROWS:
        told = f"A worksheet holds {MOST_ROWS:,} rows, and these are {table.total:,}. Take CSV, or narrow the filter."
        raise Problem({"message": told, "extensions": {"code": ErrorCode.BAD_INPUT.value}})
    writer = _writer(viewer, of)
    pieces = _pieces(table, writer, progress)
    try:
        first = await anext(pieces)
    except BaseException:
        await pieces.aclose()
        raise
    return Made(file_name(of, viewer, graph), MEDIA_TYPES[of.format], table.entitlement, _chained(first, pieces))


def _writer(viewer: Viewer, of: ExportOf) -> TableWriter:
    header, columns = header_of(of, viewer.locale, viewer.time_zone), columns_of(of)
    if of.format is ExportFormat.CSV:
        return Csv(header, columns, viewer.time_zone, byte_order_mark=of.byte_order_mark)
    return Xlsx(header, columns, viewer.time_zone, title=title_of(of, viewer.locale))


async def _pieces(table: Table, writer: TableWriter, progress: Progress) -> AsyncGenerator[bytes, None]:
    alone = threading.Lock()  # what was given up may still be written when the writer is closed

    async def work(step: Callable[..., T], *given: object) -> T:
        def locked() -> T:
            with alone:
                return step(*given)

        return await asyncio.to_thread(locked)

    try:
        done = 0
        await progress(done, table.total)
        async for rows in table.chunks:
            yield await work(writer.write, rows)
            done += len(rows)
            await progress(done, table.total)
        last = writer.finish()
        while (piece := await work(next, last, None)) is not None:
            yield piece
    finally:
        await work(writer.close)


async def _chained(first: bytes, pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    try:
        if first:
            yield first
        async for piece in pieces:
            if piece:
                yield piece
    finally:
        await pieces.aclose()
