"""How long a router takes until it knows what it knew: from a snapshot and what came after, and from the log alone."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import aclosing
from itertools import islice
from pathlib import Path
from time import perf_counter

from services.cli.archived_log import objects_of, with_archive
from services.cli.bench.figure import Figure
from services.cli.bench.recorded_day import RecordedDay
from services.cli.bench.sizes import Effort
from services.cli.bench.workload import Workload
from services.plan.compiled import Policy
from services.router.collector import spare_what_is_there
from services.router.log_codec import decode_decided
from services.router.owner import Accepted, Owner
from services.router.snapshots.picture import picture_of
from services.router.snapshots.shelf import Shelf
from services.router.snapshots.starting import newest
from services.router.snapshots.writing import write
from services.router.speculation import Speculation
from services.shared.event_log import LogRecord
from services.shared.sqlite_event_log import SqliteEventLog

AGENTS = 1000
COMMITS_BEFORE, COMMITS_AFTER = 10_000, 10_000
COLD_EVENTS = 1_000_000
APPENDS_AT_ONCE = 2_000
RECORD_BYTES_MAX = 1024 * 1024


def warm(effort: Effort) -> Iterator[Figure]:
    """A snapshot of 1000 agents and what 10 000 commits left behind, and 10 000 commits after it; median of rounds."""
    with tempfile.TemporaryDirectory() as folder:
        yield asyncio.run(warm_in(Path(folder), effort))


def cold(effort: Effort) -> Iterator[Figure]:
    """The log of a day of 1000 agents, a million events, folded from its first record on; once."""
    with tempfile.TemporaryDirectory() as folder:
        yield asyncio.run(cold_in(Path(folder), effort))


async def warm_in(folder: Path, effort: Effort) -> Figure:
    """The same, in this empty folder."""
    day = RecordedDay(Workload(effort.size(AGENTS, 0, Policy.LONGEST_IDLE)))
    records = day.records()
    await _append(folder, islice(records, effort.some(COMMITS_BEFORE)))
    await _snapshot(folder)
    after = effort.some(COMMITS_AFTER)
    await _append(folder, islice(records, after))
    taken = sorted([await _rebuilt(folder, after) for _ in range(effort.rounds)])
    return Figure("rebuild.snapshot_and_10k_batches_s", taken[len(taken) // 2], "s", after)


async def cold_in(folder: Path, effort: Effort) -> Figure:
    """The same, in this empty folder."""
    day, wanted = RecordedDay(Workload(effort.size(AGENTS, 0, Policy.LONGEST_IDLE))), effort.some(COLD_EVENTS)
    records = day.records()
    while day.events < wanted:
        await _append(folder, islice(records, APPENDS_AT_ONCE))
    return Figure("rebuild.cold_1m_events_s", await _rebuilt(folder, 0), "s", day.events)


async def _append(folder: Path, records: Iterator[bytes]) -> None:
    log = await SqliteEventLog.open(folder / "router-log.sqlite")
    while some := list(islice(records, APPENDS_AT_ONCE)):
        await asyncio.gather(*(log.append(0, record) for record in some))
    await log.close()


async def _snapshot(folder: Path) -> None:
    reader = await _Reader.opened(folder)
    record = await reader.read_on()
    shelf = Shelf(objects_of(folder), 0)
    await write(shelf, picture_of(reader.speculation.state, reader.owner.checkpoint, record), 0)
    await reader.close()


async def _rebuilt(folder: Path, batches: int) -> float:
    """How long it took; so many batches were read after the snapshot, if not 0."""
    spare_what_is_there()
    began = perf_counter()
    reader = await _Reader.opened(folder)
    first = reader.owner.checkpoint.offset
    newest_record = await reader.read_on()
    taken_s = perf_counter() - began
    await reader.close()
    if batches and newest_record.offset + 1 - first != batches:
        raise ValueError(f"it was to begin at the snapshot, and began at offset {first}")
    return taken_s


class _Reader:
    """Follows the log as a partition's loop does."""

    def __init__(self, log: SqliteEventLog, folder: Path) -> None:
        self.owner = Owner("router:8082", RECORD_BYTES_MAX, bytes)
        self.speculation = Speculation(0)
        self._opened = log
        self._log = with_archive(log, folder)

    @classmethod
    async def opened(cls, folder: Path) -> "_Reader":
        reader = cls(await SqliteEventLog.open(folder / "router-log.sqlite"), folder)
        restored = await newest(Shelf(objects_of(folder), 0), reader._log)
        if restored is not None:
            reader.owner.begin_at(restored.checkpoint)
            reader.speculation.begin_at(restored.state, restored.checkpoint.offset)
        return reader

    async def read_on(self) -> LogRecord:
        """To the log's end; the last record."""
        end = await self._log.end(0)
        async with aclosing(self._log.read(0, self.owner.checkpoint.offset)) as records:  # type: ignore[type-var]
            async for record in records:
                effect = self.owner.read(record, 0)
                if isinstance(effect, Accepted):
                    self.speculation.follow(decode_decided(effect.decided), record.offset)
                if record.offset + 1 == end:
                    return record
        raise ValueError("the log has ended")

    async def close(self) -> None:
        await self._opened.close()
