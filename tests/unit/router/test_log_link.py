import asyncio

import pytest

from services.router.log_link import APPEND_WITHIN_S, RETRY_S, LogLink
from services.shared.event_log import EventLog, RecordsGone, RecordTooLarge
from services.shared.follower_watch import FollowerWatch, Progress
from services.shared.memory_event_log import MemoryEventLog
from tests.fakes.faulty_event_log import Fault, FaultyEventLog, script
from tests.fakes.virtual_time import VirtualClock, in_virtual_time


def links() -> tuple[LogLink, FaultyEventLog, MemoryEventLog]:
    kept = MemoryEventLog(clock=VirtualClock())
    log = FaultyEventLog(kept)
    return LogLink(log, 0), log, kept


def progress_of(log: EventLog) -> Progress:
    return FollowerWatch().follower("router", log, 0)


@in_virtual_time
async def test_an_append_says_whether_it_is_known_to_be_there() -> None:
    link, log, kept = links()
    log.next_fault = script(Fault.NONE, Fault.UNACKNOWLEDGED, Fault.REFUSED)
    assert [await link.append(b"a"), await link.append(b"b"), await link.append(b"c")] == [True, False, False]
    assert await kept.end(0) == 2


@in_virtual_time
async def test_an_append_that_hangs_is_given_up() -> None:
    link, log, _ = links()
    log.next_fault = script(Fault.HANGS)
    began_s = asyncio.get_running_loop().time()
    assert not await link.append(b"a")
    assert asyncio.get_running_loop().time() - began_s == pytest.approx(APPEND_WITHIN_S)


@in_virtual_time
async def test_a_record_that_is_too_large_is_an_error() -> None:
    link, log, _ = links()
    log.next_fault = script(Fault.TOO_LARGE)
    with pytest.raises(RecordTooLarge):
        await link.append(b"a")


@in_virtual_time
async def test_the_end_is_told_as_soon_as_the_log_can_be_asked() -> None:
    link, log, kept = links()
    await kept.append(0, b"a")
    log.is_away = True
    asking = asyncio.create_task(link.end())
    await asyncio.sleep(3 * RETRY_S)
    assert not asking.done()
    log.is_away = False
    assert await asking == 1


@in_virtual_time
async def test_reading_goes_on_with_the_next_record_when_the_log_was_away() -> None:
    link, log, kept = links()
    seen: list[bytes] = []

    async def follow() -> None:
        async for record in link.records(lambda: len(seen), progress_of(log)):
            seen.append(record.record)  # noqa: PERF401  # one by one: what was seen says where to go on

    following = asyncio.create_task(follow())
    await kept.append(0, b"a")
    await asyncio.sleep(1)
    log.is_away = True
    await kept.append(0, b"b")
    await asyncio.sleep(3 * RETRY_S)
    assert seen == [b"a"]
    log.is_away = False
    await asyncio.sleep(2 * RETRY_S)
    assert seen == [b"a", b"b"]
    following.cancel()


@in_virtual_time
async def test_records_that_are_gone_are_an_error() -> None:
    link, log, kept = links()
    await kept.append(0, b"a")
    await kept.append(0, b"b")
    await kept.delete_before(0, 1)
    with pytest.raises(RecordsGone):
        await anext(aiter(link.records(lambda: 0, progress_of(log))))
