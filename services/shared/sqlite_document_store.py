"""Documents in a SQLite file: a table per collection with the JSON text, and an index on an expression for each index.

Names of collections and fields come from code and are checked against a pattern; values are only ever bound.
"""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from services.shared import sqlite_query
from services.shared.document_store import Collection, Document, StoreUnavailable
from services.shared.sqlite_writer import SqliteWriter, connect

T = TypeVar("T")


class SqliteDocumentStore:
    """A DocumentStore in one file. Reads have a thread and a connection of their own and see what was committed."""

    def __init__(self, writer: SqliteWriter, reading: sqlite3.Connection) -> None:
        self._writer = writer
        self._reading = reading
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="sqlite-reader")
        self._declared: set[Collection] = set()

    @classmethod
    async def open(cls, path: Path) -> "SqliteDocumentStore":
        """Open the file, made when there is none. Raises StoreUnavailable."""
        try:
            writing = await asyncio.to_thread(connect, path)
            reading = await asyncio.to_thread(connect, path)
        except sqlite3.Error as error:
            raise StoreUnavailable(f"the document file cannot be opened: {error}") from error
        return cls(SqliteWriter(writing), reading)

    async def close(self) -> None:
        """Finish the writes that wait, then close the file."""
        await asyncio.get_running_loop().run_in_executor(self._reader, self._reading.close)
        self._reader.shutdown()
        await self._writer.close()

    async def insert(self, collection: Collection, document: Document) -> bool:
        """Store a new document; False when its id or a unique index is taken. Raises StoreUnavailable."""
        await self._declare(collection)
        sql, row = sqlite_query.insert(collection), _row(document)

        def action(connection: sqlite3.Connection) -> bool:
            try:
                connection.execute(sql, row)
            except sqlite3.IntegrityError:
                return False
            return True

        return await self._writer.run(action)

    async def put(self, collection: Collection, document: Document) -> None:
        """Store or replace. Raises StoreUnavailable; ValueError when a unique index belongs to another document."""
        await self._declare(collection)
        sql, row = sqlite_query.put(collection), _row(document)
        await self._writer.run(lambda connection: _write(connection, sql, row))

    async def change(
        self, collection: Collection, id: str, changes: Mapping[str, Any], *, when: Mapping[str, Any] | None = None
    ) -> bool:
        """Set fields if it is there and `when` holds. Raises StoreUnavailable; ValueError as `put` does."""
        if "id" in changes:
            raise ValueError("the id of a document cannot be changed: store a new document")
        await self._declare(collection)
        copy, wanted = json.loads(_json(dict(changes))), json.loads(_json(dict(when or {})))

        def action(connection: sqlite3.Connection) -> bool:
            found = connection.execute(sqlite_query.get(collection), (id,)).fetchone()
            document = json.loads(found[0]) if found else None
            if document is None or any(document.get(name) != value for name, value in wanted.items()):
                return False
            _write(connection, sqlite_query.put(collection), _row(document | copy))
            return True

        return await self._writer.run(action)

    async def get(self, collection: Collection, id: str) -> Document | None:
        """The document of that id. Raises StoreUnavailable."""
        await self._declare(collection)
        rows = await self._read(sqlite_query.get(collection), (id,))
        return rows[0] if rows else None

    async def find(
        self,
        collection: Collection,
        where: Mapping[str, Any],
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 100,
    ) -> list[Document]:
        """Documents by declared fields. Raises StoreUnavailable; ValueError for a field that no index declares."""
        sql, values = sqlite_query.find(collection, where, sort, limit)
        await self._declare(collection)
        return await self._read(sql, values)

    async def delete(self, collection: Collection, id: str) -> bool:
        """Delete a document; False when there was none. Raises StoreUnavailable."""
        await self._declare(collection)
        sql = sqlite_query.delete(collection)
        return await self._writer.run(lambda connection: connection.execute(sql, (id,)).rowcount > 0)

    async def _declare(self, collection: Collection) -> None:
        if collection not in self._declared:
            await self._writer.run(_declaring(collection))
            self._declared.add(collection)

    async def _read(self, sql: str, values: Sequence[Any]) -> list[Document]:
        def rows() -> list[Document]:
            return [json.loads(text) for (text,) in self._reading.execute(sql, values)]

        try:
            return await asyncio.get_running_loop().run_in_executor(self._reader, rows)
        except (sqlite3.Error, RuntimeError) as error:  # RuntimeError: the thread was shut down
            raise StoreUnavailable(f"the document file could not be read: {error}") from error


def _declaring(collection: Collection) -> Callable[[sqlite3.Connection], None]:
    table, indexes = sqlite_query.table(collection), sqlite_query.indexes(collection)

    def action(connection: sqlite3.Connection) -> None:
        connection.execute(table)
        present = {name for (name,) in connection.execute(sqlite_query.INDEXES_OF, (f"c_{collection.name}",))}
        for name in present - indexes.keys():
            connection.execute(f'DROP INDEX "{name}"')
        for name in sorted(indexes.keys() - present):
            connection.execute(indexes[name])

    return action


def _write(connection: sqlite3.Connection, sql: str, row: tuple[str, str]) -> None:
    try:
        connection.execute(sql, row)
    except sqlite3.IntegrityError as error:
        raise ValueError("another document has these values of a unique index") from error


def _row(document: Document) -> tuple[str, str]:
    own_id = document.get("id")
    if not isinstance(own_id, str) or not own_id:
        raise ValueError("a document needs a string `id` that is not empty")
    return own_id, _json(document)


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
