"""Follows a log from a checkpoint in the document store: work is begun ahead, finished in order, then checked off."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from services.shared.document_store import Collection, DocumentStore
from services.shared.event_log import EventLog, LogRecord
from services.shared.follower_watch import FollowerWatch, Progress
from services.shared.following import Following

CHECKPOINTS = Collection("ingest_checkpoints")
# How many records that asked for no work may pass before the checkpoint is written: they are cheap to read again.
UNCHECKED_MAX = 200
# How soon it is written in any case when nothing more comes: long before a topic deletes what was passed over.
IDLE_S = 60.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """How far a reader got in each partition; `watch` is told of it."""

    documents: DocumentStore
    reader: str
    watch: FollowerWatch = field(default_factory=FollowerWatch)
    idle_s: float = IDLE_S

    async def next_offset(self, partition: int) -> int | None:
        """Where to read on; None before anything was checked off. Raises StoreUnavailable."""
        found = await self.documents.get(CHECKPOINTS, self._id(partition))
        return int(found["next_offset"]) if found else None

    async def all_done_before(self, partition: int, next_offset: int) -> None:
        """All before this offset is done. Raises StoreUnavailable."""
        await self.documents.put(CHECKPOINTS, {"id": self._id(partition), "next_offset": next_offset})

    def place(self, partition: int) -> str:
        """Where that is kept: the collection and the id."""
        return f"{CHECKPOINTS.name}/{self._id(partition)}"

    def _id(self, partition: int) -> str:
        return f"{self.reader}-{partition}"


class Work(Protocol[T]):
    """What is done with each record, in two steps; doing either again must do no harm."""

    def begin(self, record: LogRecord) -> Coroutine[Any, Any, T] | None:
        """The first step, of which several run at a time; None when the record asks for no work."""
        ...

    async def finish(self, result: T) -> None:
        """The second step, one after the other in the order of the log."""
        ...


async def follow(log: EventLog, partition: int, checkpoints: Checkpoints, work: Work[T], *, ahead: int) -> None:
    """Work through a partition until cancelled, with about `ahead` records begun and not finished.

    Raises an ExceptionGroup of what the work, the log and the store raise. Called again it goes on from its checkpoint:
    what was not checked off is done again. Without a checkpoint it begins with the first record that there still is.
    """
    begun: asyncio.Queue[tuple[int, asyncio.Task[T] | None]] = asyncio.Queue(ahead)
    progress = checkpoints.watch.follower(f"ingest-{checkpoints.reader}", log, partition)
    bookmarked = await checkpoints.next_offset(partition)
    progress.done_to(bookmarked or 0)
    records = Following(log, partition, checkpoints.place(partition)).read_on(bookmarked)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_finish_in_order(begun, partition, checkpoints, work, progress))
        async for record in records:
            first_step = work.begin(record)
            await begun.put((record.offset, tasks.create_task(first_step) if first_step else None))


async def _finish_in_order(
    begun: asyncio.Queue[tuple[int, asyncio.Task[T] | None]],
    partition: int,
    checkpoints: Checkpoints,
    work: Work[T],
    progress: Progress,
) -> None:
    unchecked, done_to = 0, 0
    while True:
        first_step = None
        try:
            async with asyncio.timeout(checkpoints.idle_s if unchecked else None):
                offset, first_step = await begun.get()
        except TimeoutError:
            unchecked = UNCHECKED_MAX
        else:
            unchecked, done_to = unchecked + 1, offset + 1
        if first_step is not None:
            await work.finish(await first_step)
        if first_step is not None or unchecked >= UNCHECKED_MAX:
            await checkpoints.all_done_before(partition, done_to)
            unchecked = 0
        progress.done_to(done_to)
