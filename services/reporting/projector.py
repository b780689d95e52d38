"""Follows router.log and keeps the figures that are folded from it.

A start folds the log again from its beginning: what is in memory needs it, and what is in the tables is not written
twice (`tables.py`). Until a partition has been read to the end that it had at the start, its figures are of the past
and are given to nobody.
"""

import asyncio
from dataclasses import dataclass

import structlog

from services.reporting.facts import ContactFact, Happened, place_of
from services.reporting.floor_watchers import FloorWatchers
from services.reporting.log_codec import UnreadableDecision, commit_of
from services.reporting.log_index import LogIndex
from services.reporting.projections.figures import Figures
from services.reporting.projections.measures import SHORT_ABANDON_MS
from services.reporting.tables import WAITING_MAX, Tables, TablesOfAnotherLog
from services.shared.document_store import DocumentStore
from services.shared.event_log import EventLog, LogRecord, RecordsGone
from services.shared.fence import Batch, Fence, FenceStopped, Verdict
from services.shared.follower_watch import FollowerWatch
from services.shared.log_codec import judge_record
from services.shared.partition import partition_of

MS_PER_S = 1_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept, how long reads wait, and below what wait an abandoned contact does not count.

    `waiting_max`: how many changed rows may wait for the document store.
    """

    timelines_max: int = 10_000
    wait_ms: int = 5_000
    short_abandon_ms: int = SHORT_ABANDON_MS
    waiting_max: int = WAITING_MAX


class NotThere(Exception):
    """The figures have not got as far as was asked; try again in a second."""


class PartitionFigures:
    """The figures of one partition, and how far they have got."""

    def __init__(self, partition: int, store: DocumentStore, bounds: Bounds) -> None:
        self.partition = partition
        self.figures = Figures(bounds.timelines_max, bounds.short_abandon_ms)
        self.tables = Tables(store, self.figures, partition, bounds.short_abandon_ms, bounds.waiting_max)
        self.index = LogIndex()
        self.floor = FloorWatchers(self.figures.live)
        self.fence = Fence()
        self.stopped_because: str | None = None
        self._wait_ms = bounds.wait_ms
        self._caught_up_at: int | None = None
        self._moved = asyncio.Condition()

    @property
    def offset(self) -> int:
        """The offset of the next record to read."""
        return self.fence.checkpoint.offset

    @property
    def caught_up(self) -> bool:
        """Whether it has read what there was when it started."""
        return self._caught_up_at is not None and self.offset >= self._caught_up_at

    def starts_with(self, end: int) -> None:
        """The log's end at the start; only the first one counts."""
        self._caught_up_at = end if self._caught_up_at is None else self._caught_up_at

    async def take(self, record: LogRecord) -> None:
        """Fold one record. Raises FenceStopped, UnreadableDecision, TablesOfAnotherLog; StoreUnavailable before it."""
        if self.tables.is_behind():
            await self.tables.write()
        self.index.note(self.figures.intervals.at_ms, self.fence.checkpoint)
        verdict, envelope = judge_record(self.fence, record)
        if verdict is Verdict.ACCEPTED and isinstance(envelope, Batch):
            commit = commit_of(envelope.decided, record.offset)
            for happened in commit.happened:
                self._apply(happened)
            self.figures.pass_time(commit, place_of(record.offset))
        self.tables.folded(self.fence.checkpoint)
        await self._tell()

    async def stop(self, because: str) -> None:
        """Nothing more will be read."""
        self.stopped_because = because
        self.floor.end()
        await self._tell()

    async def reached(self, offset: int) -> None:
        """Wait until the record at that offset is folded, and all that was there at the start. Raises NotThere."""
        try:
            async with asyncio.timeout(self._wait_ms / MS_PER_S), self._moved:
                await self._moved.wait_for(lambda: self.stopped_because is not None or self._is_beyond(offset))
        except TimeoutError:
            raise NotThere(self._how_far()) from None
        if self.stopped_because is not None:
            raise NotThere(self._how_far())

    def not_ready_because(self) -> str | None:
        """Why its figures can't be given yet, or no longer; None when they can."""
        return None if self.caught_up and self.stopped_because is None else self._how_far()

    def _apply(self, happened: Happened) -> None:
        fact, live = happened.fact, self.figures.live
        before = live.contact(happened.tenant, fact.contact_id) if isinstance(fact, ContactFact) else None
        self.figures.apply(happened)
        self.floor.tell(happened, before)

    def _is_beyond(self, offset: int) -> bool:
        return self.caught_up and self.offset > offset

    def _how_far(self) -> str:
        if self.stopped_because is not None:
            return f"reading of partition {self.partition} has stopped: {self.stopped_because}"
        return f"partition {self.partition} is read to offset {self.offset} and no further yet; ask again"

    async def _tell(self) -> None:
        async with self._moved:
            self._moved.notify_all()
        # A log of a million records must not keep everybody else waiting while it is folded.
        await asyncio.sleep(0)


class Projector:
    """The figures of all partitions."""

    def __init__(
        self, router_log: EventLog, store: DocumentStore, bounds: Bounds, watch: FollowerWatch | None = None
    ) -> None:
        self.log = router_log
        self._watch = watch or FollowerWatch()
        self.partitions = tuple(PartitionFigures(number, store, bounds) for number in range(router_log.partitions))

    async def follow(self, partition: int) -> None:
        """Fold one partition for ever, from where it had got to; returns only when reading on would be wrong.

        Raises LogUnavailable, StoreUnavailable: call it again.
        """
        mine = self.partitions[partition]
        progress = self._watch.follower("reporting-router-log", self.log, partition)
        end = await self.log.end(partition)
        try:
            await mine.tables.load(end)
            mine.starts_with(end)
            async for record in self.log.read(partition, mine.offset):
                await mine.take(record)
                progress.done_to(record.offset + 1)
        except (FenceStopped, RecordsGone, UnreadableDecision, TablesOfAnotherLog) as error:
            await mine.stop(str(error))
            log.exception("reporting stopped reading: look into the log", partition=partition)

    def of(self, tenant: str) -> PartitionFigures:
        """The partition in which a tenant's contacts are."""
        return self.partitions[partition_of(tenant, len(self.partitions))]

    def not_ready_because(self) -> str | None:
        """Why the figures of some partition can't be given; None when all can."""
        return next(filter(None, (each.not_ready_because() for each in self.partitions)), None)
