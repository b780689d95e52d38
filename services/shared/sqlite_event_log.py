"""The log in one SQLite file: durable when `append` returns, for one machine.

One thread writes. It takes all appends that wait, writes them in one transaction (so that many share one fsync), and
then tells them all. Offsets are given inside the transaction, so several processes may append to one file. One other
thread reads. The event loop only hands over.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

from services.shared.clock import Clock, SystemClock
from services.shared.event_log import LogRecord, LogUnavailable, RecordsGone, RecordTooLarge

RECORD_BYTES_MAX = 1024 * 1024
# Appends that wait for the writer; beyond it they are refused at once, before the process runs out of memory.
WAITING_BYTES_MAX = 64 * 1024 * 1024
GROUP_BYTES_MAX = 8 * 1024 * 1024
PAGE_BYTES_MAX = 4 * 1024 * 1024
PAGE_RECORDS_MAX = 512
# How long a transaction waits for another process's, and how soon appends of other processes are seen.
BUSY_S = 5.0
POLL_S = 0.2
# A record's key is partition * PARTITION_SPAN + offset: one tree, and every partition grows at its own right end.
PARTITION_SPAN = 2**44
PARTITIONS_MAX = 2**18
APPLICATION_ID = 0x53574C47
SCHEMA_VERSION = 1
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    # macOS alone: without it, what fsync was told to keep may still be in the disk's own memory.
    "PRAGMA fullfsync = ON",
    "PRAGMA checkpoint_fullfsync = ON",
    "PRAGMA journal_size_limit = 67108864",
)
SCHEMA = (
    "CREATE TABLE record (position INTEGER PRIMARY KEY, appended_at_ms INTEGER NOT NULL, record BLOB NOT NULL)",
    """CREATE TABLE partition (partition INTEGER PRIMARY KEY, first_offset INTEGER NOT NULL,
    next_offset INTEGER NOT NULL, newest_ms INTEGER NOT NULL)""",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)


T = TypeVar("T")


class LogMismatch(Exception):
    """The file is no log, one of another version, or one with another partition count."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    partition: int
    record: bytes
    done: asyncio.Future[None]


class SqliteEventLog:
    """Made by `open`, in the event loop that will use it; ended by `close`."""

    def __init__(self, path: Path, partitions: int, clock: Clock, record_bytes_max: int) -> None:
        """Opens the file; `open` does this off the event loop."""
        self._path = path
        self._partitions = partitions
        self._clock = clock
        self._record_bytes_max = record_bytes_max
        self._writing = _connect(path, partitions)
        self._reading = _connect(path, partitions)
        self._reader = ThreadPoolExecutor(1, f"read {path.name}")
        self._writer = Thread(target=self._write_until_closed, name=f"write {path.name}", daemon=True)
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._waiting_bytes = 0
        self._closed = False
        self._grown = [asyncio.Event() for _ in range(partitions)]
        self._writer.start()

    @classmethod
    async def open(
        cls,
        path: Path,
        partitions: int = 1,
        *,
        clock: Clock | None = None,
        record_bytes_max: int = RECORD_BYTES_MAX,
    ) -> "SqliteEventLog":
        """Open the log in that file, or make it. Raises LogMismatch, LogUnavailable."""
        return await asyncio.to_thread(cls, path, partitions, clock or SystemClock(), record_bytes_max)

    @property
    def partitions(self) -> int:
        return self._partitions

    @property
    def record_bytes_max(self) -> int:
        return self._record_bytes_max

    async def append(self, partition: int, record: bytes) -> None:
        """Append a record; it is durable when this returns. Raises RecordTooLarge, LogUnavailable.

        Cancelling it leaves the outcome unknown, and the writer undisturbed.
        """
        self._check(partition)
        if len(record) > self._record_bytes_max:
            raise RecordTooLarge(f"the record has {len(record)} bytes; the log takes {self._record_bytes_max}")
        if self._waiting_bytes + len(record) > WAITING_BYTES_MAX:
            raise LogUnavailable(
                f"{self._waiting_bytes} bytes wait to be written to {self._path.name}; try again later"
            )
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting_bytes += len(record)
        self._queue.put(_Waiting(partition, record, done))
        await done

    async def read(self, partition: int, from_offset: int) -> AsyncIterator[LogRecord]:
        """Yield the records from an offset on, and go on as records come. Raises RecordsGone, LogUnavailable."""
        offset = from_offset
        while True:
            self._check(partition)
            grown = self._grown[partition]
            page = await self._in_reader(_page, partition, offset)
            for record in page:
                yield record
            offset += len(page)
            if not page:
                await _set_or_time_to_look(grown)

    async def start(self, partition: int) -> int:
        """The first offset that can still be read. Raises LogUnavailable."""
        self._check(partition)
        return await self._in_reader(_start, partition)

    async def end(self, partition: int) -> int:
        """The offset after the last record. Raises LogUnavailable."""
        self._check(partition)
        return await self._in_reader(_end, partition)

    async def delete_before(self, partition: int, offset: int) -> None:
        """Delete the records below an offset. Raises LogUnavailable."""
        self._check(partition)
        await asyncio.to_thread(_delete_before, self._path, self._partitions, partition, offset)

    async def close(self) -> None:
        """Write what waits, then close the file. Appends and reads after this raise LogUnavailable."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
            self._wake(range(self._partitions))
        await asyncio.to_thread(self._end_threads)

    def _check(self, partition: int) -> None:
        if not 0 <= partition < self._partitions:
            raise ValueError(f"there is no partition {partition}: the log has {self._partitions}")
        if self._closed:
            raise LogUnavailable(f"{self._path.name} was closed by this process")

    def _wake(self, partitions: Iterable[int]) -> None:
        for partition in partitions:
            self._grown[partition].set()
            self._grown[partition] = asyncio.Event()

    async def _in_reader(self, query: Callable[..., T], *args: int) -> T:
        def ask() -> T:
            with _sqlite_errors(self._path):
                return query(self._reading, *args)

        return await asyncio.get_running_loop().run_in_executor(self._reader, ask)

    # What follows runs in the writer thread, but for _settle.

    def _write_until_closed(self) -> None:
        while group := self._next_group():
            error = self._try_to_write(group)
            with suppress(RuntimeError):  # the event loop is closed: nobody waits
                group[0].done.get_loop().call_soon_threadsafe(self._settle, group, error)

    def _next_group(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        waiting = self._queue.get()
        size = 0
        while waiting is not None:
            group.append(waiting)
            size += len(waiting.record)
            if self._queue.empty() or size >= GROUP_BYTES_MAX:
                return group
            waiting = self._queue.get()
        if group:
            self._queue.put(None)  # closing: nothing comes behind it, and it is due again after this group
        return group

    def _try_to_write(self, group: Sequence[_Waiting]) -> str | None:
        try:
            _write(self._writing, group, self._clock.wall_ms())
        except Exception as error:  # noqa: BLE001  # whatever it was: those who wait are told, and the writer goes on
            return f"{self._path.name} was not written: {error}; the record may be there after all"
        return None

    def _settle(self, group: Sequence[_Waiting], error: str | None) -> None:
        for waiting in group:
            self._waiting_bytes -= len(waiting.record)
            if waiting.done.done():
                continue  # cancelled
            if error is None:
                waiting.done.set_result(None)
            else:
                waiting.done.set_exception(LogUnavailable(error))
        self._wake({waiting.partition for waiting in group})

    def _end_threads(self) -> None:
        self._writer.join()
        self._reader.shutdown()
        self._writing.close()
        self._reading.close()


async def _set_or_time_to_look(grown: asyncio.Event) -> None:
    """An append of this process wakes at once; those of other processes are looked for now and then."""
    with suppress(TimeoutError):
        async with asyncio.timeout(POLL_S):
            await grown.wait()


@contextmanager
def _sqlite_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise LogUnavailable(f"{path.name}: {error}") from error


def _connect(path: Path, partitions: int) -> sqlite3.Connection:
    with _sqlite_errors(path):
        # Only the owner may read it; SQLite gives the files beside it the same mode.
        path.touch(mode=0o600)
        connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection, path, partitions)
        except BaseException:
            connection.close()
            raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, partitions: int) -> None:
    for pragma in PRAGMAS:
        connection.execute(pragma)
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        if _number(connection, "SELECT count(*) FROM sqlite_master") == 0:
            _create(connection, partitions)
        _check_file(connection, path, partitions)


def _create(connection: sqlite3.Connection, partitions: int) -> None:
    if not 1 <= partitions <= PARTITIONS_MAX:
        raise LogMismatch(f"a log has 1 to {PARTITIONS_MAX} partitions, not {partitions}")
    for statement in SCHEMA:
        connection.execute(statement)
    connection.executemany("INSERT INTO partition VALUES (?, 0, 0, 0)", [(number,) for number in range(partitions)])


def _check_file(connection: sqlite3.Connection, path: Path, partitions: int) -> None:
    if _number(connection, "PRAGMA application_id") != APPLICATION_ID:
        raise LogMismatch(f"{path.name} is an SQLite file, but no log of ours: name another file")
    version = _number(connection, "PRAGMA user_version")
    if version != SCHEMA_VERSION:
        raise LogMismatch(f"{path.name} has version {version}, and this program reads {SCHEMA_VERSION}: upgrade it")
    found = _number(connection, "SELECT count(*) FROM partition")
    if found != partitions:
        raise LogMismatch(f"{path.name} was made with {found} partitions, which never changes: ask for {found}")


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


def _write(connection: sqlite3.Connection, group: Sequence[_Waiting], now_ms: int) -> None:
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        for partition in sorted({waiting.partition for waiting in group}):
            _extend(connection, partition, [each.record for each in group if each.partition == partition], now_ms)


def _extend(connection: sqlite3.Connection, partition: int, records: Sequence[bytes], now_ms: int) -> None:
    query = "SELECT next_offset, newest_ms FROM partition WHERE partition = ?"
    next_offset, newest_ms = connection.execute(query, (partition,)).fetchone()
    at_ms = max(now_ms, newest_ms)
    position = partition * PARTITION_SPAN + next_offset
    rows = [(position + index, at_ms, record) for index, record in enumerate(records)]
    connection.executemany("INSERT INTO record VALUES (?, ?, ?)", rows)
    update = "UPDATE partition SET next_offset = ?, newest_ms = ? WHERE partition = ?"
    connection.execute(update, (next_offset + len(rows), at_ms, partition))


def _page(connection: sqlite3.Connection, partition: int, offset: int) -> list[LogRecord]:
    first = partition * PARTITION_SPAN
    query = "SELECT position, record, appended_at_ms FROM record WHERE position >= ? AND position < ? ORDER BY position"
    page: list[LogRecord] = []
    size = 0
    with closing(connection.execute(query, (first + offset, first + PARTITION_SPAN))) as rows:
        for position, record, appended_at_ms in rows:
            page.append(LogRecord(position - first, record, appended_at_ms))
            size += len(record)
            if size >= PAGE_BYTES_MAX or len(page) == PAGE_RECORDS_MAX:
                break
    # Looked at after the page: what was deleted before it was read is seen here.
    start = _start(connection, partition)
    if offset < start:
        raise RecordsGone(f"offset {offset} was deleted; the log starts at {start}")
    return page


def _start(connection: sqlite3.Connection, partition: int) -> int:
    query = "SELECT first_offset FROM partition WHERE partition = ?"
    return int(connection.execute(query, (partition,)).fetchone()[0])


def _end(connection: sqlite3.Connection, partition: int) -> int:
    query = "SELECT next_offset FROM partition WHERE partition = ?"
    return int(connection.execute(query, (partition,)).fetchone()[0])


def _delete_before(path: Path, partitions: int, partition: int, offset: int) -> None:
    first = partition * PARTITION_SPAN
    with closing(_connect(path, partitions)) as connection, _sqlite_errors(path), connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM record WHERE position >= ? AND position < ?", (first, first + offset))
        update = "UPDATE partition SET first_offset = max(first_offset, min(?, next_offset)) WHERE partition = ?"
        connection.execute(update, (offset, partition))
