"""What every EventLog does. A test module for an adapter subclasses this and says how its log is opened."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Protocol

import pytest

from services.shared.event_log import EventLog, LogRecord, RecordsGone, RecordTooLarge
from services.shared.following import Following
from tests.fakes.manual_clock import ManualClock

PARTITIONS = 3
RECORD_BYTES_MAX = 2_000
LONG_S = 60


class DeletingEventLog(EventLog, Protocol):
    async def delete_before(self, partition: int, offset: int) -> None: ...


async def take(records: AsyncIterator[LogRecord], count: int) -> list[LogRecord]:
    async with asyncio.timeout(LONG_S):
        return [await anext(records) for _ in range(count)]


async def read(log: EventLog, partition: int, count: int, from_offset: int = 0) -> list[bytes]:
    return [record.record for record in await take(log.read(partition, from_offset), count)]


class EventLogContract:
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock(1_000)

    @pytest.fixture
    def log(self) -> DeletingEventLog:
        """A new log of PARTITIONS and RECORD_BYTES_MAX on `clock`; closed afterwards."""
        raise NotImplementedError

    async def test_a_new_log_is_empty(self, log: EventLog) -> None:
        assert log.partitions == PARTITIONS
        assert log.record_bytes_max == RECORD_BYTES_MAX
        assert [await log.start(partition) for partition in range(PARTITIONS)] == [0, 0, 0]
        assert [await log.end(partition) for partition in range(PARTITIONS)] == [0, 0, 0]

    async def test_records_are_read_in_the_order_in_which_they_were_appended(self, log: EventLog) -> None:
        for number in range(50):
            await log.append(0, b"%d" % number)
        assert await read(log, 0, 50) == [b"%d" % number for number in range(50)]

    async def test_offsets_start_at_nought_and_have_no_gaps(self, log: EventLog) -> None:
        await asyncio.gather(*(log.append(0, b"x") for _ in range(30)))
        assert [record.offset for record in await take(log.read(0, 0), 30)] == list(range(30))
        assert await log.end(0) == 30

    async def test_appends_started_together_land_in_call_order(self, log: EventLog) -> None:
        await asyncio.gather(*(log.append(0, b"%d" % number) for number in range(200)))
        assert await read(log, 0, 200) == [b"%d" % number for number in range(200)]

    async def test_any_bytes_come_back_as_they_were(self, log: EventLog) -> None:
        records = [b"", b"\0", bytes(range(256)), "문의".encode(), b"x" * RECORD_BYTES_MAX]
        for record in records:
            await log.append(1, record)
        assert await read(log, 1, len(records)) == records

    async def test_reading_starts_at_any_offset(self, log: EventLog) -> None:
        for number in range(10):
            await log.append(0, b"%d" % number)
        assert await read(log, 0, 3, from_offset=7) == [b"7", b"8", b"9"]

    async def test_partitions_are_separate(self, log: EventLog) -> None:
        for partition in (2, 0, 2):
            await log.append(partition, b"in %d" % partition)
        assert await read(log, 0, 1) == [b"in 0"]
        assert await read(log, 2, 2) == [b"in 2", b"in 2"]
        assert [await log.end(partition) for partition in range(PARTITIONS)] == [1, 0, 2]

    @pytest.mark.parametrize("partition", [-1, PARTITIONS])
    async def test_a_partition_that_there_is_not_is_refused(self, log: EventLog, partition: int) -> None:
        with pytest.raises(ValueError, match="no partition"):
            await log.append(partition, b"x")
        with pytest.raises(ValueError, match="no partition"):
            await log.end(partition)
        with pytest.raises(ValueError, match="no partition"):
            await log.start(partition)
        with pytest.raises(ValueError, match="no partition"):
            await anext(log.read(partition, 0))

    async def test_a_reader_at_the_tail_gets_what_comes(self, log: EventLog) -> None:
        records = log.read(0, 0)
        for number in range(5):
            waiting = asyncio.ensure_future(take(records, 1))
            await asyncio.sleep(0)
            await log.append(0, b"%d" % number)
            assert [record.record for record in await waiting] == [b"%d" % number]

    async def test_a_reader_may_start_where_the_log_ends(self, log: EventLog) -> None:
        await log.append(0, b"before")
        waiting = asyncio.ensure_future(read(log, 0, 1, from_offset=await log.end(0)))
        await log.append(1, b"elsewhere")
        await log.append(0, b"after")
        assert await waiting == [b"after"]

    async def test_many_readers_see_the_same(self, log: EventLog) -> None:
        readers = [asyncio.ensure_future(take(log.read(0, 0), 100)) for _ in range(10)]
        for number in range(100):
            await log.append(0, b"%d" % number)
        first, *others = await asyncio.gather(*readers)
        assert len(first) == 100
        assert all(other == first for other in others)

    async def test_a_reader_that_is_cancelled_leaves_the_others_alone(self, log: EventLog) -> None:
        given_up = asyncio.ensure_future(take(log.read(0, 0), 1))
        patient = asyncio.ensure_future(take(log.read(0, 0), 1))
        await asyncio.sleep(0.01)
        given_up.cancel()
        with suppress(asyncio.CancelledError):
            await given_up
        await log.append(0, b"x")
        assert [record.record for record in await patient] == [b"x"]

    async def test_a_long_log_is_read_whole(self, log: EventLog) -> None:
        await asyncio.gather(*(log.append(0, b"%05d" % number + b"x" * 1_000) for number in range(3_000)))
        records = await read(log, 0, 3_000)
        assert [int(record[:5]) for record in records] == list(range(3_000))

    async def test_a_record_that_is_too_large_is_refused_and_nothing_appended(self, log: EventLog) -> None:
        with pytest.raises(RecordTooLarge):
            await log.append(0, b"x" * (RECORD_BYTES_MAX + 1))
        assert await log.end(0) == 0

    async def test_an_append_cancelled_in_the_middle_breaks_nothing(self, log: EventLog) -> None:
        appends = [asyncio.ensure_future(log.append(0, b"%d" % number)) for number in range(100)]
        await asyncio.sleep(0)
        for append in appends[::3]:
            append.cancel()
        results = await asyncio.gather(*appends, return_exceptions=True)
        await log.append(0, b"after")
        kept = await read(log, 0, await log.end(0))
        assert kept[-1] == b"after"
        # Whoever was not cancelled is there, in order; of the others each may be.
        assert kept == [*sorted(set(kept) - {b"after"}, key=int), b"after"]
        assert {b"%d" % number for number, result in enumerate(results) if result is None} <= set(kept)

    async def test_the_append_time_is_the_clocks_and_never_goes_back(self, log: EventLog, clock: ManualClock) -> None:
        for jump_ms in (0, 500, -400, -2_000, 3_000):
            clock.jump_wall_ms(jump_ms)
            await log.append(0, b"x")
        times = [record.appended_at_ms for record in await take(log.read(0, 0), 5)]
        assert times == [1_000, 1_500, 1_500, 1_500, 2_100]

    async def test_reading_what_was_deleted_is_an_error_and_never_a_jump(self, log: DeletingEventLog) -> None:
        for number in range(10):
            await log.append(0, b"%d" % number)
        await log.delete_before(0, 4)
        for offset in (0, 3):
            with pytest.raises(RecordsGone):
                await take(log.read(0, offset), 1)
        assert await read(log, 0, 6, from_offset=4) == [b"4", b"5", b"6", b"7", b"8", b"9"]
        assert await log.end(0) == 10

    async def test_a_log_whose_records_are_all_deleted_goes_on_where_it_was(self, log: DeletingEventLog) -> None:
        for partition in (0, 0, 1):
            await log.append(partition, b"old")
        await log.delete_before(0, 99)
        assert await log.end(0) == 2
        with pytest.raises(RecordsGone):
            await take(log.read(0, 1), 1)
        await log.append(0, b"new")
        assert await read(log, 0, 1, from_offset=2) == [b"new"]
        assert await read(log, 1, 1) == [b"old"]

    async def test_deleting_less_than_is_deleted_brings_nothing_back(self, log: DeletingEventLog) -> None:
        for _ in range(3):
            await log.append(0, b"x")
        await log.delete_before(0, 2)
        await log.delete_before(0, 1)
        with pytest.raises(RecordsGone):
            await take(log.read(0, 1), 1)

    async def test_a_log_starts_with_the_first_record_that_was_not_deleted(self, log: DeletingEventLog) -> None:
        for partition in (0, 0, 0, 1):
            await log.append(partition, b"%d" % partition)
        assert await log.start(0) == 0
        await log.delete_before(0, 2)
        assert [await log.start(partition) for partition in range(PARTITIONS)] == [2, 0, 0]
        assert await read(log, 0, 1, from_offset=await log.start(0)) == [b"0"]

    async def test_a_log_whose_records_are_all_deleted_starts_where_it_ends(self, log: DeletingEventLog) -> None:
        await log.append(0, b"old")
        await log.delete_before(0, 1)
        assert await log.start(0) == await log.end(0) == 1
        waiting = asyncio.ensure_future(read(log, 0, 1, from_offset=await log.start(0)))
        await log.append(0, b"new")
        assert await waiting == [b"new"]

    async def test_a_new_follower_begins_with_what_there_still_is_and_one_with_a_bookmark_jumps_over_nothing(
        self, log: DeletingEventLog
    ) -> None:
        for number in range(4):
            await log.append(0, b"%d" % number)
        await log.delete_before(0, 3)
        new, old = Following(log, 0, "new"), Following(log, 0, "old")
        assert [record.record for record in await take(new.read_on(None), 1)] == [b"3"]
        with pytest.raises(RecordsGone):
            await take(old.read_on(1), 1)
        assert [record.record for record in await take(old.read_on(3), 1)] == [b"3"]
