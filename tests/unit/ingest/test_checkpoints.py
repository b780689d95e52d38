import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from services.ingest.checkpoints import UNCHECKED_MAX, Checkpoints, follow
from services.shared.event_log import LogRecord, RecordsGone
from services.shared.memory_event_log import MemoryEventLog
from services.shared.sqlite_document_store import SqliteDocumentStore


@pytest.fixture
async def checkpoints(tmp_path: Path) -> AsyncIterator[Checkpoints]:
    documents = await SqliteDocumentStore.open(tmp_path / "documents.db")
    yield Checkpoints(documents, "reader")
    await documents.close()


class Recorder:
    """Records of "x" ask for no work; those of "fail" fail in the first step, once."""

    def __init__(self, stop_after: int) -> None:
        self.begun: list[bytes] = []
        self.finished: list[bytes] = []
        self.enough = asyncio.Event()
        self.gates: dict[bytes, asyncio.Event] = {}
        self._stop_after = stop_after
        self._has_failed = False

    def begin(self, record: LogRecord) -> Coroutine[Any, Any, bytes] | None:
        return None if record.record == b"x" else self._work(record.record)

    async def _work(self, content: bytes) -> bytes:
        self.begun.append(content)
        if content in self.gates:
            await self.gates[content].wait()
        if content == b"fail" and not self._has_failed:
            self._has_failed = True
            raise ConnectionError("away")
        return content

    async def finish(self, result: bytes) -> None:
        self.finished.append(result)
        if len(self.finished) >= self._stop_after:
            self.enough.set()


async def run(log: MemoryEventLog, checkpoints: Checkpoints, work: Recorder, ahead: int = 4) -> None:
    following = asyncio.create_task(follow(log, 0, checkpoints, work, ahead=ahead))
    enough = asyncio.create_task(work.enough.wait())
    await asyncio.wait([following, enough], return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(0.05)  # the checkpoint follows the work
    following.cancel()
    enough.cancel()
    await asyncio.gather(following, enough, return_exceptions=True)


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110  # what is waited for has no event to tell it
        await asyncio.sleep(0)


async def filled(*records: bytes) -> MemoryEventLog:
    log = MemoryEventLog()
    for record in records:
        await log.append(0, record)
    return log


async def test_work_goes_on_from_the_checkpoint(checkpoints: Checkpoints) -> None:
    log = await filled(b"1", b"2")
    first = Recorder(2)
    await run(log, checkpoints, first)
    await log.append(0, b"3")
    second = Recorder(1)
    await run(log, checkpoints, second)
    assert (first.finished, second.finished) == ([b"1", b"2"], [b"3"])


async def test_work_is_finished_in_the_order_of_the_log(checkpoints: Checkpoints) -> None:
    log, work = await filled(b"1", b"2", b"3"), Recorder(3)
    work.gates[b"1"] = asyncio.Event()
    running = asyncio.create_task(run(log, checkpoints, work))
    await until(lambda: len(work.begun) >= 3)
    assert work.finished == []
    work.gates[b"1"].set()
    await running
    assert work.finished == [b"1", b"2", b"3"]


async def test_no_more_is_begun_than_asked_for(checkpoints: Checkpoints) -> None:
    log, work = await filled(*(b"%d" % n for n in range(50))), Recorder(50)
    work.gates[b"0"] = asyncio.Event()
    running = asyncio.create_task(run(log, checkpoints, work, ahead=3))
    await until(lambda: len(work.begun) >= 3)
    for _ in range(100):
        await asyncio.sleep(0)
    assert len(work.begun) <= 5
    work.gates[b"0"].set()
    await running
    assert len(work.finished) == 50


async def test_what_failed_is_done_again_and_what_was_done_before_it_is_not(checkpoints: Checkpoints) -> None:
    log, work = await filled(b"1", b"fail", b"2"), Recorder(3)
    work.gates[b"fail"] = asyncio.Event()
    failing = asyncio.create_task(follow(log, 0, checkpoints, work, ahead=4))
    while await checkpoints.next_offset(0) is None:
        pass
    work.gates[b"fail"].set()
    with pytest.raises(ExceptionGroup):
        await failing
    await run(log, checkpoints, work)
    assert work.finished == [b"1", b"fail", b"2"]


async def test_records_without_work_are_checked_off_now_and_then(checkpoints: Checkpoints) -> None:
    log, work = await filled(*[b"x"] * UNCHECKED_MAX), Recorder(1)
    following = asyncio.create_task(follow(log, 0, checkpoints, work, ahead=4))
    while await checkpoints.next_offset(0) != UNCHECKED_MAX:
        pass
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert work.begun == []


async def test_a_reader_without_a_checkpoint_begins_with_the_first_record_that_there_still_is(
    checkpoints: Checkpoints,
) -> None:
    log, work = await filled(b"1", b"2", b"3"), Recorder(1)
    await log.delete_before(0, 2)
    await run(log, checkpoints, work)
    assert work.finished == [b"3"]
    assert await checkpoints.next_offset(0) == 3


async def test_a_reader_whose_checkpoint_is_older_than_the_log_passes_over_nothing(checkpoints: Checkpoints) -> None:
    log, work = await filled(b"1", b"2", b"3"), Recorder(1)
    await checkpoints.all_done_before(0, 1)
    await log.delete_before(0, 2)
    with capture_logs() as said, pytest.raises(ExceptionGroup) as failed:
        await follow(log, 0, checkpoints, work, ahead=4)
    assert failed.group_contains(RecordsGone)
    assert work.begun == []
    assert [(line["event"], line["bookmark"]) for line in said] == [("records_gone", "ingest_checkpoints/reader-0")]


async def test_a_reader_that_is_idle_checks_off_what_it_has_passed_over(checkpoints: Checkpoints) -> None:
    log, idle = await filled(b"x", b"x"), replace(checkpoints, idle_s=0.01)
    following = asyncio.create_task(follow(log, 0, idle, Recorder(1), ahead=4))
    async with asyncio.timeout(60):
        while await checkpoints.next_offset(0) != 2:
            pass
        await log.append(0, b"x")
        while await checkpoints.next_offset(0) != 3:
            pass
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
