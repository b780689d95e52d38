"""The log in an SQLite file, against the suite, and what only a file can show."""

import asyncio
import os
import sqlite3
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.shared import sqlite_event_log
from services.shared.event_log import LogUnavailable, RecordsGone
from services.shared.sqlite_event_log import LogMismatch, SqliteEventLog
from tests.contract.event_log_contract import PARTITIONS, RECORD_BYTES_MAX, EventLogContract, read, take
from tests.fakes.manual_clock import ManualClock

KILLS = int(os.environ.get("SWITCHROOM_LOG_KILLS", "3"))
# Prints each number once its record was acknowledged.
APPENDER = """
import asyncio, sys
from pathlib import Path
from services.shared.sqlite_event_log import SqliteEventLog

async def main():
    log = await SqliteEventLog.open(Path(sys.argv[1]))
    async def appender(first):
        for number in range(first, first + int(sys.argv[3])):
            await log.append(0, b"%s %d" % (sys.argv[2].encode(), number))
            print(number, flush=True)
    await asyncio.gather(*(appender(first * 1_000_000) for first in range(8)))
    await log.close()

asyncio.run(main())
"""


async def start_appender(path: Path, name: str, count: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", APPENDER, str(path), name, str(count), stdout=asyncio.subprocess.PIPE
    )


async def everything(path: Path) -> list[bytes]:
    log = await SqliteEventLog.open(path)
    records = await read(log, 0, await log.end(0))
    await log.close()
    return records


class TestSqliteEventLog(EventLogContract):
    @pytest.fixture
    async def log(self, clock: ManualClock, tmp_path: Path) -> AsyncIterator[SqliteEventLog]:
        opened = await SqliteEventLog.open(
            tmp_path / "log.db", PARTITIONS, clock=clock, record_bytes_max=RECORD_BYTES_MAX
        )
        yield opened
        await opened.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
async def log(path: Path) -> AsyncIterator[SqliteEventLog]:
    opened = await SqliteEventLog.open(path)
    yield opened
    await opened.close()


async def test_what_was_appended_is_there_after_the_file_is_opened_again(path: Path) -> None:
    clock = ManualClock(9_000)
    first = await SqliteEventLog.open(path, 2, clock=clock)
    await first.append(1, b"kept")
    await first.close()
    clock.jump_wall_ms(-5_000)
    second = await SqliteEventLog.open(path, 2, clock=clock)
    await second.append(1, b"new")
    records = await take(second.read(1, 0), 2)
    await second.close()
    assert [(record.offset, record.record, record.appended_at_ms) for record in records] == [
        (0, b"kept", 9_000),
        (1, b"new", 9_000),
    ]


async def test_two_instances_append_to_one_file_and_see_each_others_records(path: Path, log: SqliteEventLog) -> None:
    other = await SqliteEventLog.open(path)
    following = [asyncio.ensure_future(take(each.read(0, 0), 200)) for each in (log, other)]
    await asyncio.gather(
        *(log.append(0, b"a%d" % number) for number in range(100)),
        *(other.append(0, b"b%d" % number) for number in range(100)),
    )
    seen, seen_by_other = await asyncio.gather(*following)
    await other.close()
    assert seen == seen_by_other
    for letter in b"ab":
        mine = [record.record for record in seen if record.record[0] == letter]
        assert mine == [b"%c%d" % (letter, number) for number in range(100)]


async def test_an_append_of_another_process_reaches_a_reader_that_waits(path: Path, log: SqliteEventLog) -> None:
    waiting = asyncio.ensure_future(read(log, 0, 16))
    process = await start_appender(path, "other", 2)
    records = await waiting
    assert await process.wait() == 0
    assert len(set(records)) == 16


@pytest.mark.parametrize("round", range(KILLS))
async def test_what_was_acknowledged_survives_a_kill(path: Path, round: int) -> None:
    process = await start_appender(path, "victim", 900_000)
    output = process.stdout
    assert output is not None
    acknowledged = [int(await output.readline()) for _ in range(100 + 97 * round)]
    process.kill()
    acknowledged += [int(line) for line in (await output.read()).splitlines(keepends=True) if line.endswith(b"\n")]
    await process.wait()
    records = await everything(path)
    assert {b"victim %d" % number for number in acknowledged} <= set(records)
    assert len(set(records)) == len(records)


async def test_two_processes_that_open_a_new_file_together_both_work(path: Path) -> None:
    processes = [await start_appender(path, name, 20) for name in ("a", "b", "c")]
    assert [await process.wait() for process in processes] == [0, 0, 0]
    assert len(set(await everything(path))) == 3 * 8 * 20


async def test_a_full_disk_refuses_appends_and_loses_nothing_and_the_log_goes_on(
    path: Path, log: SqliteEventLog
) -> None:
    await log.append(0, b"before")
    log._writing.execute("PRAGMA max_page_count = 20")
    results = await asyncio.gather(*(log.append(0, b"%d" % n * 9_000) for n in range(100)), return_exceptions=True)
    assert all(isinstance(result, LogUnavailable) for result in results)
    log._writing.execute("PRAGMA max_page_count = 1000000")
    await log.append(0, b"after")
    assert await read(log, 0, 2) == [b"before", b"after"]
    assert await log.end(0) == 2


async def test_a_file_locked_by_another_refuses_appends_until_it_is_free(path: Path, log: SqliteEventLog) -> None:
    log._writing.execute("PRAGMA busy_timeout = 10")
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(LogUnavailable, match="locked"):
        await log.append(0, b"during")
    blocker.execute("ROLLBACK")
    blocker.close()
    await log.append(0, b"after")
    assert await read(log, 0, 1) == [b"after"]


class BrokenClock(ManualClock):
    broken = True

    def wall_ms(self) -> int:
        if self.broken:
            raise OSError("no clock")
        return super().wall_ms()


async def test_whatever_goes_wrong_in_the_writer_is_told_and_the_writer_goes_on(path: Path) -> None:
    clock = BrokenClock()
    log = await SqliteEventLog.open(path, clock=clock)
    with pytest.raises(LogUnavailable, match="no clock"):
        await log.append(0, b"lost")
    clock.broken = False
    await log.append(0, b"kept")
    assert await read(log, 0, 1) == [b"kept"]
    await log.close()


async def test_closing_writes_what_waits(path: Path) -> None:
    log = await SqliteEventLog.open(path)
    appends = [asyncio.ensure_future(log.append(0, b"%d" % number)) for number in range(500)]
    await asyncio.sleep(0)
    await log.close()
    await asyncio.gather(*appends)
    assert len(await everything(path)) == 500


async def test_a_closed_log_is_unavailable_and_tells_its_readers_so(path: Path) -> None:
    log = await SqliteEventLog.open(path)
    waiting = asyncio.ensure_future(read(log, 0, 1))
    await asyncio.sleep(0.01)
    await log.close()
    await log.close()
    with pytest.raises(LogUnavailable, match="closed"):
        await waiting
    with pytest.raises(LogUnavailable, match="closed"):
        await log.append(0, b"x")
    with pytest.raises(LogUnavailable, match="closed"):
        await log.end(0)


async def test_more_than_fits_in_memory_is_refused_at_once(path: Path, log: SqliteEventLog) -> None:
    record = b"x" * sqlite_event_log.RECORD_BYTES_MAX
    fitting = sqlite_event_log.WAITING_BYTES_MAX // len(record)
    results = await asyncio.gather(*(log.append(0, record) for _ in range(10 * fitting)), return_exceptions=True)
    assert [type(result) for result in results] == [type(None)] * fitting + [LogUnavailable] * 9 * fitting
    await log.append(0, b"after")
    assert await log.end(0) == fitting + 1


async def test_records_deleted_by_another_are_gone_for_a_reader_on_its_way(path: Path, log: SqliteEventLog) -> None:
    for _ in range(sqlite_event_log.PAGE_RECORDS_MAX * 2):
        await log.append(0, b"x")
    records = log.read(0, 0)
    await take(records, 1)
    other = await SqliteEventLog.open(path)
    await other.delete_before(0, sqlite_event_log.PAGE_RECORDS_MAX + 1)
    await other.close()
    await take(records, sqlite_event_log.PAGE_RECORDS_MAX - 1)
    with pytest.raises(RecordsGone):
        await take(records, 1)


async def test_the_partition_count_is_fixed_when_the_file_is_made(path: Path) -> None:
    await (await SqliteEventLog.open(path, 4)).close()
    with pytest.raises(LogMismatch, match="made with 4 partitions"):
        await SqliteEventLog.open(path, 5)


@pytest.mark.parametrize("partitions", [0, 2**18 + 1])
async def test_a_partition_count_out_of_bounds_is_refused(path: Path, partitions: int) -> None:
    with pytest.raises(LogMismatch, match="partitions"):
        await SqliteEventLog.open(path, partitions)


@pytest.mark.parametrize(
    ("statement", "why"),
    [("PRAGMA user_version = 2", "version 2"), ("PRAGMA application_id = 7", "no log of ours")],
)
async def test_a_file_that_is_not_such_a_log_is_refused(path: Path, statement: str, why: str) -> None:
    await (await SqliteEventLog.open(path)).close()
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()
    with pytest.raises(LogMismatch, match=why):
        await SqliteEventLog.open(path)


@pytest.fixture
def letter(path: Path) -> bytes:
    content = b"a letter to the editor, which somebody kept here\n" * 50
    path.write_bytes(content)
    return content


async def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(path: Path, letter: bytes) -> None:
    with pytest.raises(LogUnavailable, match="not a database"):
        await SqliteEventLog.open(path)
    assert await asyncio.to_thread(path.read_bytes) == letter


async def test_nobody_else_may_read_the_file(path: Path, log: SqliteEventLog) -> None:
    await log.append(0, b"private")
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


async def test_the_file_is_written_through_to_the_disk(log: SqliteEventLog) -> None:
    assert log._writing.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert log._writing.execute("PRAGMA synchronous").fetchone() == (2,)
