"""Reporting's tables in the document store: one row for each contact, one document for each quarter of an hour.

The figures are folded in memory from the log's beginning at every start; the tables are not kept in memory, and what
was written before is not written again. The checkpoint is written after the rows that it speaks for: a crash between
the two costs some rows written twice, with the same content.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from services.reporting.projections.contact_rows import ContactRow
from services.reporting.projections.figures import Figures
from services.reporting.projections.intervals import Interval
from services.reporting.table_documents import (
    CHECKPOINTS,
    CONTACTS,
    FORMAT,
    INTERVALS,
    checkpoint_document,
    contact_document,
    documents_of,
    interval_of,
    row_id,
)
from services.shared.document_store import Between, Document, DocumentStore
from services.shared.fence import BEGINNING, Checkpoint

WRITE_EVERY_S = 1.0
# So many changed rows may wait for the store; then reading the log waits too.
WAITING_MAX = 20_000
# Few enough that a store that is slow takes all of them before its deadline for the last of them.
AT_ONCE = 32
PAGE = 100


class TablesOfAnotherLog(Exception):
    """What the tables were made from is not what this log says."""


class Tables:
    """The tables of one partition's tenants."""

    def __init__(
        self,
        store: DocumentStore,
        figures: Figures,
        partition: int,
        short_abandon_ms: int,
        waiting_max: int = WAITING_MAX,
    ) -> None:
        self._store = store
        self._figures = figures
        self._partition = partition
        self._short_abandon_ms = short_abandon_ms
        self._waiting_max = waiting_max
        self._written = BEGINNING
        self._folded = BEGINNING
        self._loaded = False
        self._writing = asyncio.Lock()
        self._unwritten: tuple[list[ContactRow], list[Interval]] = ([], [])

    async def load(self, end: int) -> None:
        """Find out how far the tables were written; the log ends there. Raises StoreUnavailable, TablesOfAnotherLog."""
        if self._loaded:
            return
        found = await self._store.get(CHECKPOINTS, str(self._partition))
        if found and (found["format"], found["short_abandon_ms"]) == (FORMAT, self._short_abandon_ms):
            self._written = Checkpoint(offset=found["offset"], digest=bytes.fromhex(found["digest"]))
        if end < self._written.offset:
            raise self._of_another_log(end)
        self._loaded = True

    def folded(self, checkpoint: Checkpoint) -> None:
        """The figures are folded up to that checkpoint. Raises TablesOfAnotherLog."""
        self._folded = checkpoint
        if checkpoint.offset == self._written.offset and checkpoint.digest != self._written.digest:
            raise self._of_another_log(checkpoint.offset)

    def is_behind(self) -> bool:
        """Whether so much waits to be written that the fold has to wait."""
        return len(self._figures.contacts.changed) + len(self._figures.intervals.over) >= self._waiting_max

    async def keep_written(self) -> None:
        """Write what changed, every second, for ever. Raises StoreUnavailable: call it again."""
        while True:
            await asyncio.sleep(WRITE_EVERY_S)
            if self._loaded:
                await self.write()

    async def write(self) -> None:
        """Write all that changed. Raises StoreUnavailable; then it is still to be written."""
        async with self._writing:
            rows, intervals = self._unwritten
            self._unwritten = ([*rows, *self._figures.contacts.take()], [*intervals, *self._figures.intervals.take()])
            folded = self._folded
            if await self._put(*self._unwritten):
                document = checkpoint_document(self._partition, self._short_abandon_ms, folded)
                await self._store.put(CHECKPOINTS, document)
                self._written = folded
            self._unwritten = ([], [])

    async def contact(self, tenant: str, contact_id: str) -> Document | None:
        """A contact's row as it is now. Raises StoreUnavailable."""
        known = self._figures.contacts.known(tenant, contact_id)
        if known is not None:
            return contact_document(known)
        await self.write()
        return await self._store.get(CONTACTS, row_id(tenant, contact_id))

    async def contacts(self, where: Mapping[str, Any], *, newest_first: bool, limit: int) -> list[Document]:
        """Rows by their fields, in the order in which the contacts came. Raises StoreUnavailable."""
        return await self._store.find(CONTACTS, where, sort=(("place", -1 if newest_first else 1),), limit=limit)

    async def intervals(self, tenant: str, from_ms: int, until_ms: int) -> AsyncIterator[Interval]:
        """The tenant's intervals that begin in that time and are not empty, in order. Raises StoreUnavailable."""
        await self.write()
        here = self._intervals_here(tenant)
        stored_until_ms = min([until_ms, *(each.from_ms for each in here)])
        async for interval in self._stored(tenant, from_ms, stored_until_ms):
            yield interval
        for interval in here:
            if from_ms <= interval.from_ms < until_ms and not interval.is_empty():
                yield interval

    def _intervals_here(self, tenant: str) -> list[Interval]:
        """Those that may not be in the store yet, the open one last."""
        over = [each for each in (*self._unwritten[1], *self._figures.intervals.over) if each.tenant == tenant]
        newest = self._figures.intervals.open_interval(tenant)
        return over if newest is None else [*over, newest]

    async def _stored(self, tenant: str, from_ms: int, until_ms: int) -> AsyncIterator[Interval]:
        while True:
            where = {"tenant": tenant, "from_ms": Between(from_ms, until_ms)}
            found = await self._store.find(INTERVALS, where, sort=(("from_ms", 1),), limit=PAGE)
            for document in found:
                yield interval_of(document)
            if len(found) < PAGE:
                return
            from_ms = found[-1]["from_ms"] + 1

    def _of_another_log(self, offset: int) -> TablesOfAnotherLog:
        return TablesOfAnotherLog(
            f"the tables of partition {self._partition} were made from another log than this one, as seen at offset "
            f"{offset}; put the document store back that belongs to this log, or delete {CONTACTS.name}, "
            f"{INTERVALS.name} and {CHECKPOINTS.name} in it: they are made anew from the log"
        )

    async def _put(self, rows: list[ContactRow], intervals: list[Interval]) -> int:
        """How many were written; those that the store has already are passed over."""
        documents = documents_of(rows, intervals, self._written.offset)
        for first in range(0, len(documents), AT_ONCE):
            some = documents[first : first + AT_ONCE]
            await asyncio.gather(*(self._store.put(collection, document) for collection, document in some))
        return len(documents)
