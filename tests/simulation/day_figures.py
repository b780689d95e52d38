"""Reporting fed with a simulated day, as its own service would be: a log, a document store, and restarts in between."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Any

from services.reporting.interval_rows import SUMS, Split, interval_rows
from services.reporting.metrics import FiguresCollector, metrics_page
from services.reporting.projector import Bounds, PartitionFigures, Projector
from services.reporting.queries import By
from services.reporting.table_documents import CONTACTS, INTERVALS
from services.shared.document_store import Collection, Document
from services.shared.memory_event_log import MemoryEventLog
from tests.fakes.manual_clock import ManualClock
from tests.fakes.memory_document_store import MemoryDocumentStore
from tests.simulation.reporting_day import TENANT

BOUNDS = Bounds(wait_ms=120_000)
FOR_EVER_MS = 10**13
# Where a contact's events stand is a matter of the log, and not of what happened.
OF_THE_LOG = ("place", "changed_at", "queues")


@dataclass(frozen=True, slots=True)
class Fed:
    """Reporting as it stands after the log was read."""

    projector: Projector
    store: MemoryDocumentStore
    clock: ManualClock

    @property
    def partition(self) -> PartitionFigures:
        return self.projector.partitions[0]

    def metrics(self) -> FiguresCollector:
        return FiguresCollector(self.projector, self.clock)

    async def rows(self, *by: By) -> list[dict[str, Any]]:
        """What GET /v1/intervals says of everything."""
        found = self.partition.tables.intervals(TENANT, 0, FOR_EVER_MS)
        split = Split(by, lambda _: True, lambda _: True)
        return [row async for row in interval_rows(found, split, self.partition.figures.intervals.at_ms)]

    async def times(self) -> dict[tuple[int, str], Counter[str]]:
        """The time of agents by interval, state by state."""
        found = self.partition.tables.intervals(TENANT, 0, FOR_EVER_MS)
        return {(each.from_ms, agent): +times async for each in found for agent, times in each.agents.items()}

    async def contacts(self) -> dict[str, Document]:
        """The contact table."""
        await self.partition.tables.write()
        return {each["contact_id"]: each for each in await self._all(CONTACTS)}

    async def everything(self) -> tuple[Any, ...]:
        """All that reporting tells, in a form that can be compared."""
        contacts, open_interval = await self.contacts(), self.partition.figures.intervals.open_interval(TENANT)
        page = metrics_page(self.metrics()).decode().splitlines()
        lines = [line for line in page if line.startswith("switchroom_") and "switchroom_reporting_" not in line]
        rows = [{name: row[name] for name in row if name not in OF_THE_LOG} for row in contacts.values()]
        return rows, await self._all(INTERVALS), open_interval, sorted(lines)

    async def _all(self, collection: Collection) -> list[Document]:
        return await self.store.find(collection, {}, limit=1_000_000)


async def fed(records: list[bytes], at_ms: int, store: MemoryDocumentStore | None = None) -> Fed:
    """Reporting that has read the whole log."""
    log = MemoryEventLog()
    for record in records:
        await log.append(0, record)
    store = store or MemoryDocumentStore()
    projector = Projector(log, store, BOUNDS)
    following = asyncio.create_task(projector.follow(0))
    await projector.partitions[0].reached(len(records) - 1)
    following.cancel()
    return Fed(projector, store, ManualClock(at_ms))


async def fed_with_restarts(records: list[bytes], at_ms: int, dice: Random) -> Fed:
    """The same, but it is stopped at several places, before or after its tables were written, and begins anew."""
    store = MemoryDocumentStore()
    for stop in sorted(dice.sample(range(1, len(records)), 3)):
        stopped = await fed(records[:stop], at_ms, store)
        if dice.random() < 0.6:
            await stopped.partition.tables.write()
    return await fed(records, at_ms, store)


def sums_of(rows: list[dict[str, Any]]) -> Counter[str]:
    """The sums of all rows."""
    total: Counter[str] = Counter()
    for row in rows:
        total.update({name: row[name] for name in SUMS})
    return +total
