"""Follows router.log and keeps the figures that are folded from it.

There is no checkpoint: the figures are in memory, and a start folds the log again from its beginning. Until a partition
has been read to the end that it had at the start, its figures are of the past and are given to nobody.
"""

import asyncio

import structlog

from services.reporting.log_codec import UnreadableDecision, facts_of
from services.reporting.projections.figures import Figures
from services.shared.event_log import EventLog, LogRecord, RecordsGone
from services.shared.fence import Batch, Fence, FenceStopped, Verdict
from services.shared.log_codec import judge_record
from services.shared.partition import partition_of

MS_PER_S = 1_000

log = structlog.get_logger(__name__)


class NotThere(Exception):
    """The figures have not got as far as was asked; try again in a second."""


class PartitionFigures:
    """The figures of one partition, and how far they have got."""

    def __init__(self, partition: int, timelines_max: int, wait_ms: int) -> None:
        self.partition = partition
        self.figures = Figures(timelines_max)
        self.fence = Fence()
        self.stopped_because: str | None = None
        self._wait_ms = wait_ms
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
        """Fold one record. Raises FenceStopped, UnreadableDecision."""
        verdict, envelope = judge_record(self.fence, record)
        if verdict is Verdict.ACCEPTED and isinstance(envelope, Batch):
            for happened in facts_of(envelope.decided):
                self.figures.apply(happened)
        await self._tell()

    async def stop(self, because: str) -> None:
        """Nothing more will be read."""
        self.stopped_because = because
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

    def __init__(self, router_log: EventLog, timelines_max: int, wait_ms: int) -> None:
        self._log = router_log
        self.partitions = tuple(
            PartitionFigures(number, timelines_max, wait_ms) for number in range(router_log.partitions)
        )

    async def follow(self, partition: int) -> None:
        """Fold one partition for ever, from where it had got to; returns only when reading on would be wrong.

        Raises LogUnavailable: call it again.
        """
        mine = self.partitions[partition]
        mine.starts_with(await self._log.end(partition))
        try:
            async for record in self._log.read(partition, mine.offset):
                await mine.take(record)
        except (FenceStopped, RecordsGone, UnreadableDecision) as error:
            await mine.stop(str(error))
            log.exception("reporting stopped reading: look into the log", partition=partition)

    def of(self, tenant: str) -> PartitionFigures:
        """The partition in which a tenant's contacts are."""
        return self.partitions[partition_of(tenant, len(self.partitions))]

    def not_ready_because(self) -> str | None:
        """Why the figures of some partition can't be given; None when all can."""
        return next(filter(None, (each.not_ready_because() for each in self.partitions)), None)
