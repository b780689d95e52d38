"""A log with its archive, against the suite of logs, and what only the two together can show."""

import asyncio

import pytest

from services.shared.archive import Archive, Segment, SegmentDamaged, chain
from services.shared.archived_event_log import ArchivedEventLog
from services.shared.event_log import LogRecord, LogUnavailable, RecordsGone
from services.shared.memory_event_log import MemoryEventLog
from tests.contract.event_log_contract import PARTITIONS, RECORD_BYTES_MAX, EventLogContract, read, take
from tests.fakes.manual_clock import ManualClock
from tests.fakes.memory_object_store import MemoryObjectStore

OLD_MS = 10**15


class DeletingWithoutArchiving(ArchivedEventLog):
    """What is deleted behind its back is gone, as from any log."""

    def __init__(self, kept: MemoryEventLog) -> None:
        super().__init__(kept, Archive(MemoryObjectStore(), "router.log"))
        self._kept = kept

    async def delete_before(self, partition: int, offset: int) -> None:
        await self._kept.delete_before(partition, offset)


class TestArchivedEventLog(EventLogContract):
    @pytest.fixture
    def log(self, clock: ManualClock) -> DeletingWithoutArchiving:
        return DeletingWithoutArchiving(MemoryEventLog(PARTITIONS, clock, record_bytes_max=RECORD_BYTES_MAX))


class Scene:
    """A log of large records: five make a segment."""

    def __init__(self) -> None:
        self.store = MemoryObjectStore()
        self.kept = MemoryEventLog(2, ManualClock(1_000))
        self.archive = Archive(self.store, "router.log")
        self.log = ArchivedEventLog(self.kept, self.archive)

    async def append(self, count: int, partition: int = 0) -> None:
        for number in range(count):
            await self.log.append(partition, b"%d " % number + b"x" * (1024 * 1024 - 20))

    async def read_all(self, from_offset: int = 0) -> list[LogRecord]:
        log = ArchivedEventLog(self.kept, self.archive)
        return await take(log.read(0, from_offset), await log.end(0) - from_offset)


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_what_was_archived_and_deleted_is_read_as_if_it_were_there(scene: Scene) -> None:
    await scene.append(23)
    before = await scene.read_all()
    assert await scene.log.archive(0, 20, OLD_MS) == 20
    assert await scene.log.delete_archived(0, 20) == 20
    assert await scene.kept.start(0) == 20
    assert await scene.log.start(0) == 0
    for offset in (0, 4, 7, 19, 20, 22):
        assert await scene.read_all(offset) == before[offset:]


async def test_a_reader_that_was_overtaken_by_the_deletion_goes_on_in_the_archive(scene: Scene) -> None:
    await scene.append(12)
    reading = scene.log.read(0, 0)
    first = await take(reading, 2)
    await scene.log.archive(0, 10, OLD_MS)
    await scene.log.delete_archived(0, 10)
    rest = asyncio.ensure_future(take(reading, 11))
    await scene.append(1)
    assert [record.offset for record in [*first, *await rest]] == list(range(13))


async def test_only_full_segments_of_old_records_below_the_bound_are_archived_and_never_a_part(scene: Scene) -> None:
    await scene.append(9)
    assert await scene.log.archive(0, 7, OLD_MS) == 5
    assert await scene.log.archive(0, 9, 1_000) == 5
    assert [segment.next for segment in await scene.archive.segments(0)] == [5]
    assert await scene.log.archived_to(1) == 0


async def test_nothing_is_deleted_that_is_not_archived_or_not_below_the_bound(scene: Scene) -> None:
    await scene.append(12)
    assert await scene.log.delete_archived(0, 12) == 0
    await scene.log.archive(0, 12, OLD_MS)
    assert await scene.log.delete_archived(0, 9) == 5
    assert await scene.kept.start(0) == 5


async def test_a_damaged_segment_is_told_and_keeps_the_log_from_being_deleted(scene: Scene) -> None:
    await scene.append(11)
    await scene.log.archive(0, 11, OLD_MS)
    second = sorted(scene.store.objects)[1]
    whole = scene.store.objects[second]
    for damaged in (whole[:-1], whole + b"x", b"", whole[:50] + b"?" + whole[51:]):
        scene.store.objects[second] = damaged
        with pytest.raises(SegmentDamaged, match="other bytes than its name says"):
            await scene.log.delete_archived(0, 11)
        assert await scene.kept.start(0) == 5
    await scene.kept.delete_before(0, 10)
    with pytest.raises(RecordsGone, match="other bytes"):
        await scene.read_all(5)


async def test_a_segment_that_is_missing_is_a_gap_that_nobody_reads_over(scene: Scene) -> None:
    await scene.append(15)
    await scene.log.archive(0, 15, OLD_MS)
    await scene.log.delete_archived(0, 15)
    del scene.store.objects[sorted(scene.store.objects)[1]]
    with pytest.raises(RecordsGone, match="the archive lacks it"):
        await scene.read_all()
    # What can be read begins behind the gap.
    assert await scene.log.start(0) == 10
    assert len(await scene.read_all(10)) == 5


async def test_two_who_archive_the_same_make_the_same_segments(scene: Scene) -> None:
    await scene.append(11)
    await scene.log.archive(0, 11, OLD_MS)
    names = set(scene.store.objects)
    other = ArchivedEventLog(scene.kept, scene.archive)
    records = await take(other.read(0, 0), 5)
    await scene.archive.put(0, records)
    assert set(scene.store.objects) == names


async def test_an_archive_of_another_log_keeps_this_one_from_being_deleted(scene: Scene) -> None:
    await scene.append(6)
    await scene.log.archive(0, 6, OLD_MS)
    other = MemoryEventLog(2, ManualClock(2_000))
    for _ in range(6):
        await other.append(0, b"of the topic that was made anew")
    with pytest.raises(SegmentDamaged, match="whose is it"):
        await ArchivedEventLog(other, scene.archive).delete_archived(0, 6)
    assert await other.start(0) == 0


def test_segments_that_overlap_give_each_record_once() -> None:
    segments = [Segment(0, 5, "a"), Segment(0, 8, "b"), Segment(6, 9, "c"), Segment(8, 12, "d"), Segment(13, 14, "e")]
    assert [each.hash for each in chain(segments)] == ["b", "d"]
    assert [each.hash for each in chain(segments, 3)] == ["b", "d"]
    assert chain(segments, 12) == []


async def test_when_the_archive_is_away_reading_and_starting_say_so_and_the_log_itself_goes_on(scene: Scene) -> None:
    await scene.append(7)
    await scene.log.archive(0, 7, OLD_MS)
    scene.store.is_away = True
    assert len(await scene.read_all()) == 7
    assert await scene.log.start(0) == 0
    await scene.kept.delete_before(0, 5)
    for asked in (scene.read_all(0), scene.log.start(0), scene.log.archive(0, 9, OLD_MS)):
        with pytest.raises(LogUnavailable, match="archive"):
            await asked
    assert len(await read(scene.log, 0, 2, from_offset=5)) == 2


@pytest.mark.parametrize("changes", range(7))
async def test_a_crash_at_any_moment_loses_nothing(scene: Scene, changes: int) -> None:
    await scene.append(16)
    before = await scene.read_all()
    scene.store.changes_left = changes
    try:
        await scene.log.archive(0, 16, OLD_MS)
        await scene.log.delete_archived(0, 16)
    except LogUnavailable:
        scene.store.is_away = False
    scene.store.changes_left = None
    assert await scene.read_all() == before
    await scene.log.archive(0, 16, OLD_MS)
    assert await scene.log.delete_archived(0, 16) == 15
    assert await scene.read_all() == before


async def test_what_is_no_segment_is_passed_over(scene: Scene) -> None:
    await scene.store.put("router.log/archive/00000/readme.txt", b"x")
    await scene.append(7)
    await scene.log.archive(0, 7, OLD_MS)
    assert len(await scene.archive.segments(0)) == 1
