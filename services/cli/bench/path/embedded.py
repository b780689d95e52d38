"""The path where everything is in one process on SQLite files, and what it is held against: bare SQLite commits."""

import asyncio
import os
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from services.cli.bench.path.contacts import ID, Contacts, Seen, at_rate
from services.cli.bench.path.paths import RouterPath, router_path
from services.router import app as router
from services.router.grpc_api.server import GrpcPart
from services.router.settings import RouterSettings
from services.shared.clock import SystemClock
from services.shared.connections import Connections
from services.shared.file_blob_store import FileBlobStore
from services.shared.serve import stop_all
from services.shared.sqlite_document_store import SqliteDocumentStore
from services.shared.sqlite_event_log import SqliteEventLog
from services.shared.tokens import TokenMaker, make_key_pair

NAMES = ("contacts-inbound", "contacts-outbound", "router-log")


@dataclass(frozen=True, slots=True)
class SqliteAppends:
    """Contacts go into the embedded log, as ingest appends them."""

    log: SqliteEventLog

    def append(self, record: bytes) -> "asyncio.Future[Any]":
        """Begin to append; done when it is durable."""
        return asyncio.ensure_future(self.log.append(0, record))


@asynccontextmanager
async def embedded_path(contacts: Contacts) -> AsyncIterator[RouterPath]:
    """A router in this process, on files of its own."""
    private_pem, public_pem = make_key_pair()
    settings = RouterSettings(
        grpc_port=0, http_port=0, token_public_key=public_pem.decode(), customers_key=SecretStr(os.urandom(32).hex())
    )
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as folder:
        inbound, outbound, router_log = [await SqliteEventLog.open(Path(folder) / f"{name}.sqlite") for name in NAMES]
        documents = await SqliteDocumentStore.open(Path(folder) / "documents.sqlite")
        blobs = FileBlobStore(Path(folder) / "blobs")
        parts = await router.build(settings, Connections(inbound, outbound, router_log, documents, blobs))
        try:
            for part in parts:
                await part.start()
            port = next(part.port for part in parts if isinstance(part, GrpcPart))
            async with router_path(
                f"127.0.0.1:{port}", TokenMaker(private_pem, SystemClock()), contacts, SqliteAppends(inbound)
            ) as path:
                yield path
        finally:
            await stop_all(parts)
            await asyncio.gather(*(file.close() for file in (inbound, outbound, router_log, documents)))


@dataclass(slots=True)
class CommitsPath:
    """Each contact is one commit, durable as the log's are; it is there when that returns."""

    contacts: Contacts
    connection: sqlite3.Connection
    thread: ThreadPoolExecutor
    seen: Seen

    async def round(self, count: int, per_s: int) -> Seen:
        """Commit so many, at a rate."""
        self.seen = seen = Seen()
        await at_rate(self, seen, self.contacts.some(count), per_s)
        return seen

    def append(self, record: bytes) -> "asyncio.Future[Any]":
        """Begin to commit."""
        return asyncio.ensure_future(self._append(record))

    async def _append(self, record: bytes) -> None:
        await asyncio.get_running_loop().run_in_executor(self.thread, self._commit, record)
        for contact_id in set(ID.findall(record)):
            self.seen.note(contact_id)

    def _commit(self, record: bytes) -> None:
        self.connection.execute("INSERT INTO records (record) VALUES (?)", (record,))


@asynccontextmanager
async def commits_path(contacts: Contacts) -> AsyncIterator[CommitsPath]:
    """A file of its own, and one thread that writes to it."""
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as folder, ThreadPoolExecutor(1) as thread:
        file = Path(folder) / "commits.sqlite"
        connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE records (number INTEGER PRIMARY KEY, record BLOB)")
        yield CommitsPath(contacts, connection, thread, Seen())
        connection.close()
