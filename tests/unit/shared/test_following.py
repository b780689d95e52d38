"""Where a follower begins, how far it says that it is, and what it says of records that are gone."""

import asyncio

import pytest
from structlog.testing import capture_logs

from services.shared.event_log import RecordsGone
from services.shared.following import Following
from services.shared.memory_event_log import MemoryEventLog

BOOKMARK = "checkpoints/somebody-0"


async def log_of(count: int) -> MemoryEventLog:
    log = MemoryEventLog()
    for number in range(count):
        await log.append(0, b"%d" % number)
    return log


async def test_without_a_bookmark_it_begins_with_the_first_record_that_there_still_is_and_says_so() -> None:
    log = await log_of(5)
    await log.delete_before(0, 3)
    with capture_logs() as said:
        first = await anext(Following(log, 0, BOOKMARK).read_on(None))
    assert first.record == b"3"
    assert [(line["event"], line["bookmark"], line["offset"]) for line in said] == [
        ("begins_behind_deleted_records", BOOKMARK, 3)
    ]


async def test_without_a_bookmark_a_whole_log_is_read_from_its_beginning_without_a_word() -> None:
    with capture_logs() as said:
        first = await anext(Following(await log_of(2), 0, BOOKMARK).read_on(None))
    assert (first.offset, said) == (0, [])


@pytest.mark.parametrize("bookmarked", [0, 2])
async def test_a_bookmark_that_is_older_than_the_log_is_an_error_each_time_and_never_a_jump(bookmarked: int) -> None:
    log = await log_of(5)
    await log.delete_before(0, 3)
    following = Following(log, 0, BOOKMARK)
    for _ in range(2):
        with capture_logs() as said, pytest.raises(RecordsGone):
            await anext(following.read_on(bookmarked))
        assert [(line["event"], line["log_level"], line["bookmark"]) for line in said] == [
            ("records_gone", "error", BOOKMARK)
        ]
    assert not following.caught_up


async def test_it_has_caught_up_when_what_was_there_at_its_beginning_is_done_and_stays_so() -> None:
    log = await log_of(2)
    following = Following(log, 0, BOOKMARK)
    assert not following.caught_up
    records = following.read_on(None)
    for _ in range(2):
        await anext(records)
        assert not following.caught_up, "the record that was handed out is not done yet"
    await log.append(0, b"later")
    await anext(records)
    assert following.caught_up
    await records.aclose()
    await anext(following.read_on(0))
    assert following.caught_up


async def test_it_has_caught_up_where_its_bookmark_is_at_the_end() -> None:
    log = await log_of(2)
    following = Following(log, 0, BOOKMARK)
    waiting = asyncio.ensure_future(anext(following.read_on(2)))
    await asyncio.sleep(0)
    assert following.caught_up
    await log.append(0, b"next")
    assert (await waiting).record == b"next"
