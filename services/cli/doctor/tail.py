"""The end of a partition of router.log: as much of it as it takes to know who owns it, and no more than LOOK_MAX."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from services.shared.event_log import EventLog, LogRecord
from services.shared.fence import Barrier, Batch
from services.shared.log_codec import UnreadableRecord, decode_record

LOOKS = (200, 5_000, 100_000)


@dataclass(frozen=True, slots=True)
class Tail:
    """`envelopes` are those of the last records; `unreadable` says which record could not be read, and why."""

    partition: int
    start: int
    end: int
    newest_ms: int | None
    envelopes: Sequence[Barrier | Batch]
    unreadable: str = ""

    @property
    def looked_at(self) -> int:
        return len(self.envelopes)

    def owner(self) -> Barrier | None:
        """The barrier that was accepted last, if it is among these: the first of the highest epoch."""
        epoch = max((each.epoch for each in self.envelopes), default=0)
        claims = [each for each in self.envelopes if isinstance(each, Barrier) and each.epoch == epoch]
        wrote = {each.claim_id for each in self.envelopes if isinstance(each, Batch) and each.epoch == epoch}
        known = [claim for claim in claims if not wrote or claim.claim_id in wrote]
        return known[0] if known else None

    def last_batch(self) -> Batch | None:
        """The last of the current epoch."""
        epoch = max((each.epoch for each in self.envelopes), default=0)
        return next(
            (each for each in reversed(self.envelopes) if isinstance(each, Batch) and each.epoch == epoch), None
        )


async def tail_of(log: EventLog, partition: int) -> Tail:
    """Read it, further back each time until a barrier is there. Raises LogUnavailable, RecordsGone."""
    start, end = await log.start(partition), await log.end(partition)
    tail = Tail(partition, start, end, None, ())
    for look in LOOKS:
        tail = await _read(log, partition, start, max(start, end - look), end)
        if tail.owner() is not None or tail.unreadable or end - start <= look:
            break
    return tail


async def newest_ms(log: EventLog, partition: int) -> int | None:
    """When the last record was appended, by the log's clock; None for no record. Raises LogUnavailable."""
    start, end = await log.start(partition), await log.end(partition)
    async for record in span(log, partition, max(start, end - 1), end):
        return record.appended_at_ms
    return None


async def span(log: EventLog, partition: int, first: int, end: int) -> AsyncIterator[LogRecord]:
    """The records from one offset to before another; unlike the log's own reading it ends."""
    if first >= end:
        return
    async for record in log.read(partition, first):
        yield record
        if record.offset >= end - 1:
            return


async def _read(log: EventLog, partition: int, start: int, first: int, end: int) -> Tail:
    envelopes: list[Barrier | Batch] = []
    at_ms: int | None = None
    async for record in span(log, partition, first, end):
        at_ms = record.appended_at_ms
        try:
            envelopes.append(decode_record(record.record))
        except UnreadableRecord as error:
            return Tail(partition, start, end, at_ms, envelopes, f"offset {record.offset}: {error}")
    return Tail(partition, start, end, at_ms, envelopes)
