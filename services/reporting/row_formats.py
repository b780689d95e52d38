"""Rows as bytes: JSON, JSON lines, and CSV that a spreadsheet does not take for formulas.

CSV is RFC 4180: a header, CRLF, quotes where they are needed. A text that a spreadsheet would calculate gets an
apostrophe in front (owasp.org, "CSV Injection"); numbers are written as they are. Lists and mappings are JSON in their
cell.
"""

import csv
import io
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Row = dict[str, Any]
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
CHUNK_BYTES = 16_384


class Format(StrEnum):
    """How rows are written."""

    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"

    @property
    def media_type(self) -> str:
        """The answer's Content-Type."""
        return {"json": "application/json", "jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}[self]


ACCEPTED = {"text/csv": Format.CSV, "application/x-ndjson": Format.JSONL, "application/jsonl": Format.JSONL}


def accepted_format(accept: str) -> Format:
    """The format that an Accept header asks for: the first that is known, and JSON where none is."""
    kinds = (each.partition(";")[0].strip().lower() for each in accept.split(","))
    return next((ACCEPTED[kind] for kind in kinds if kind in ACCEPTED), Format.JSON)


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed: its name in JSON, its columns in CSV, and how many rows are asked for (0: all there are)."""

    name: str
    columns: tuple[str, ...]
    limit: int = 0


async def written(rows: AsyncGenerator[Row, None], listing: Listing, format: Format) -> AsyncGenerator[bytes, None]:
    """The rows in that format, in pieces. Closes `rows`."""
    async with aclosing(rows):
        pieces = {Format.JSON: _json, Format.JSONL: _json_lines, Format.CSV: _csv}[format](rows, listing)
        async for chunk in _in_chunks(pieces):
            yield chunk


async def _json(rows: AsyncIterator[Row], listing: Listing) -> AsyncIterator[str]:
    """One object: the rows, and the cursor that goes on behind them where there may be more."""
    count, cursor = 0, None
    yield f'{{"{listing.name}":['
    async for row in rows:
        yield f"{',' if count else ''}{_dumped(row)}"
        count, cursor = count + 1, row.get("cursor")
    more = cursor if listing.limit and count == listing.limit else None
    yield f'],"next":{_dumped(more)}}}'


async def _json_lines(rows: AsyncIterator[Row], _listing: Listing) -> AsyncIterator[str]:
    async for row in rows:
        yield f"{_dumped(row)}\n"


async def _csv(rows: AsyncIterator[Row], listing: Listing) -> AsyncIterator[str]:
    yield _csv_line(listing.columns)
    async for row in rows:
        yield _csv_line(tuple(cell(row[column]) for column in listing.columns))


def cell(value: Any) -> str:
    """A value in CSV."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return f"'{value}" if value.startswith(FORMULA_STARTS) else str(value)
        case _:
            return _dumped(value)


def _csv_line(cells: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


async def _in_chunks(pieces: AsyncIterator[str]) -> AsyncIterator[bytes]:
    waiting: list[bytes] = []
    size = 0
    async for piece in pieces:
        waiting.append(piece.encode())
        size += len(waiting[-1])
        if size >= CHUNK_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)
