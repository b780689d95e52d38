"""The SQLite document store without a file and without threads, for simulations in virtual time. It can be away."""

import json
import sqlite3
import weakref
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from services.shared.document_store import Collection, Document, StoreUnavailable
from services.shared.sqlite_document_store import SqliteDocumentStore
from services.shared.sqlite_writer import SqliteWriter

T = TypeVar("T")


class _AtOnce(SqliteWriter):
    async def run(self, action: Callable[[sqlite3.Connection], T]) -> T:
        return action(self._connection)


class MemoryDocumentStore(SqliteDocumentStore):
    def __init__(self) -> None:
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        super().__init__(_AtOnce(connection), connection)
        self.is_away = False
        # Most tests end without closing it.
        self._close = weakref.finalize(self, connection.close)

    async def close(self) -> None:
        self._close()

    async def _declare(self, collection: Collection) -> None:
        if self.is_away:
            raise StoreUnavailable("away")
        await super()._declare(collection)

    async def _read(self, sql: str, values: Sequence[Any]) -> list[Document]:
        return [json.loads(text) for (text,) in self._reading.execute(sql, values)]
