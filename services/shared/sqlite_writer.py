"""One thread that writes to a SQLite file: what waits together is committed together, so that one fsync serves all."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from services.shared.document_store import StoreUnavailable

T = TypeVar("T")
Action = Callable[[sqlite3.Connection], Any]
BUSY_S = 5.0
BATCH_MAX = 256


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode, durable at each commit; whoever uses it keeps to one thread at a time."""
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    except BaseException:
        connection.close()
        raise
    return connection


class SqliteWriter:
    """Runs actions in the order in which they were asked for. An action makes at most one change."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._waiting: list[tuple[Action, asyncio.Future[Any]]] = []
        self._drain: asyncio.Task[None] | None = None

    async def run(self, action: Callable[[sqlite3.Connection], T]) -> T:
        """What the action returned, once it is durable. Raises what it raised, and StoreUnavailable."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((action, done))
        if self._drain is None or self._drain.done():
            self._drain = asyncio.create_task(self._drain_all())
        return await done

    async def close(self) -> None:
        """Finish what waits, then close the connection."""
        if self._drain is not None:
            await self._drain
        await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
        self._thread.shutdown()

    async def _drain_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
            outcomes = await self._outcomes([action for action, _ in batch])
            for (_, done), outcome in zip(batch, outcomes, strict=True):
                _settle(done, outcome)

    async def _outcomes(self, actions: list[Action]) -> list[Any]:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._commit_all, actions)
        except RuntimeError as error:  # the thread was shut down
            return [StoreUnavailable(f"the store is closed: {error}")] * len(actions)

    def _commit_all(self, actions: Sequence[Action]) -> list[Any]:
        try:
            return self._commit(actions)
        except sqlite3.Error as error:
            if len(actions) > 1:  # one of them may be to blame: none is to fail for another
                return [outcome for action in actions for outcome in self._commit_all([action])]
            return [StoreUnavailable(f"the document file could not be written: {error}")]

    def _commit(self, actions: Sequence[Action]) -> list[Any]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            outcomes = [_outcome(action, self._connection) for action in actions]
            self._connection.execute("COMMIT")
        except sqlite3.Error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return outcomes


def _outcome(action: Action, connection: sqlite3.Connection) -> Any:
    try:
        return action(connection)
    except (ValueError, TypeError, OverflowError) as error:  # what was asked for is wrong, not the store
        return error


def _settle(done: asyncio.Future[Any], outcome: Any) -> None:
    if done.done():
        return
    if isinstance(outcome, Exception):
        done.set_exception(outcome)
    else:
        done.set_result(outcome)
