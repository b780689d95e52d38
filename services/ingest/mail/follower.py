"""Follows a log from a checkpoint in the document store: work is begun ahead, finished in order, then checked off."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from services.shared.document_store import Collection, DocumentStore
from services.shared.event_log import EventLog, LogRecord

CHECKPOINTS = Collection("ingest_checkpoints")
# How many records that asked for no work may pass before the checkpoint is written: they are cheap to read again.
UNCHECKED_MAX = 200

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """How far a reader got in each partition."""

    documents: DocumentStore
    reader: str

    async def next_offset(self, partition: int) -> int:
        """Where to read on. Raises StoreUnavailable."""
        found = await self.documents.get(CHECKPOINTS, self._id(partition))
        return int(found["next_offset"]) if found else 0

    async def done_before(self, partition: int, next_offset: int) -> None:
        """All before this offset is done. Raises StoreUnavailable."""
        await self.documents.put(CHECKPOINTS, {"id": self._id(partition), "next_offset": next_offset})

    def _id(self, partition: int) -> str:
        return f"{self.reader}-{partition}"


class Work(Protocol[T]):
    """What is done with each record, in two steps; doing either twice must do no harm."""

    def begin(self, record: LogRecord) -> Coroutine[None, None, T] | None:
        """The first step, of which several run at a time; None when the record asks for no work."""
        ...

    async def finish(self, result: T) -> None:
        """The second step, one after the other in the order of the log."""
        ...
