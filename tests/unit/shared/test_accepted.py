"""Following router.log."""

import pytest

from services.shared.accepted import AcceptedBatch, accepted
from services.shared.event_log import RecordsGone
from services.shared.fence import BEGINNING, Barrier, Batch, Checkpoint, FenceStopped, next_digest
from services.shared.log_codec import encode_record
from services.shared.memory_event_log import MemoryEventLog
from tests.fakes.manual_clock import ManualClock

CLAIM = b"A" * 16
DIGESTS = [BEGINNING.digest]
for number in range(3):
    DIGESTS.append(next_digest(DIGESTS[-1], 1, b"decided %d" % number))


def batch(seq: int) -> Batch:
    return Batch(1, CLAIM, seq, DIGESTS[seq - 1], 1, b"decided %d" % (seq - 1))


async def log_of(*records: Barrier | Batch) -> MemoryEventLog:
    log = MemoryEventLog(clock=ManualClock(1_000))
    for record in records:
        await log.append(0, encode_record(record))
    return log


async def take(log: MemoryEventLog, count: int, start: Checkpoint = BEGINNING) -> list[AcceptedBatch]:
    followed = accepted(log.read(0, start.offset), start)
    return [await anext(followed) for _ in range(count)]


async def test_only_accepted_batches_come_out_in_order_with_their_place() -> None:
    log = await log_of(Barrier(1, CLAIM, "a:1", 1), batch(1), batch(1), Barrier(1, b"B" * 16, "b:1", 1), batch(2))
    first, second = await take(log, 2)
    assert first == AcceptedBatch(b"decided 0", 1, 1, 1, 1_000, Checkpoint(1, CLAIM, 1, DIGESTS[1], 2))
    assert second == AcceptedBatch(b"decided 1", 1, 2, 4, 1_000, Checkpoint(1, CLAIM, 2, DIGESTS[2], 5))


async def test_following_goes_on_from_a_checkpoint() -> None:
    log = await log_of(Barrier(1, CLAIM, "a:1", 1), batch(1), batch(2), batch(3))
    everything = await take(log, 3)
    assert await take(log, 2, everything[0].checkpoint) == everything[1:]


async def test_following_ends_where_the_fold_stops() -> None:
    log = await log_of(Barrier(1, CLAIM, "a:1", 1), Barrier(3, CLAIM, "a:1", 1))
    with pytest.raises(FenceStopped):
        await take(log, 1)


async def test_following_from_where_the_log_no_longer_reaches_is_an_error() -> None:
    log = await log_of(Barrier(1, CLAIM, "a:1", 1), batch(1))
    await log.delete_before(0, 1)
    with pytest.raises(RecordsGone):
        await take(log, 1)
