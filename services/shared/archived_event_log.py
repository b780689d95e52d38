"""A log and its archive as one: what was deleted from the log is read from the archive, and nobody notices."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Protocol

import structlog

from services.shared.archive import Archive, Segment, SegmentDamaged, chain
from services.shared.event_log import EventLog, LogRecord, LogUnavailable, RecordsGone
from services.shared.object_store import ObjectStoreUnavailable

log = structlog.get_logger(__name__)


class DeletableEventLog(EventLog, Protocol):
    """A log whose oldest records can be deleted."""

    async def delete_before(self, partition: int, offset: int) -> None:
        """Delete the records below an offset. Raises LogUnavailable."""
        ...


class ArchivedEventLog:
    """An EventLog over another one: appends go there, and so do readers of what it still has."""

    def __init__(self, kept: DeletableEventLog, archive: Archive) -> None:
        self._log = kept
        self._archive = archive
        self._known: dict[int, list[Segment]] = {}

    @property
    def partitions(self) -> int:
        return self._log.partitions

    @property
    def record_bytes_max(self) -> int:
        return self._log.record_bytes_max

    async def append(self, partition: int, record: bytes) -> None:
        """Append a record to the log. Raises RecordTooLarge, LogUnavailable."""
        await self._log.append(partition, record)

    async def read(self, partition: int, from_offset: int) -> AsyncIterator[LogRecord]:
        """Yield the records from an offset on, and go on as records come.

        Raises RecordsGone if neither has one of them, and LogUnavailable, also when the archive can't be asked.
        """
        offset = from_offset
        while True:
            try:
                async with aclosing(self._log.read(partition, offset)) as records:  # type: ignore[type-var]
                    async for record in records:
                        yield record
                        offset = record.offset + 1
            except RecordsGone:
                for record in await self._archived(partition, offset):
                    yield record
                    offset = record.offset + 1

    async def start(self, partition: int) -> int:
        """The first offset that can still be read, of the archive if that reaches as far as the log's own start.

        Raises LogUnavailable.
        """
        start = await self._log.start(partition)
        if start == 0:
            return 0
        found = await self._segments(partition)
        beginnings = (each.first for each in found if _reach(found, each.first) >= start)
        return min(beginnings, default=start)

    async def end(self, partition: int) -> int:
        """The offset after the last record. Raises LogUnavailable."""
        return await self._log.end(partition)

    async def archived_to(self, partition: int) -> int:
        """The offset after the last record that is archived, of those that follow each other from the first one on.

        Raises LogUnavailable.
        """
        return _reach(await self._segments(partition), 0)

    async def archive(self, partition: int, below: int, appended_before_ms: int) -> int:
        """Archive full segments of records below that offset and older than that; `archived_to` afterwards.

        Raises LogUnavailable, RecordsGone, SegmentDamaged.
        """
        archived_to = await self.archived_to(partition)
        while records := await self._next_segment(partition, archived_to, below, appended_before_ms):
            archived_to = (await self._put(partition, records)).next
        return archived_to

    async def delete_archived(self, partition: int, below: int) -> int:
        """Delete from the log what is archived of the records below that offset; the log's own start afterwards.

        What is to be deleted is compared with its copy before. Raises LogUnavailable, SegmentDamaged.
        """
        start = await self._log.start(partition)
        for segment in chain(await self._segments(partition), start):
            if segment.next > below:
                break
            await self._check_copy(partition, start, segment)
            # One after the other: whoever appends to a file waits meanwhile.
            await self._log.delete_before(partition, segment.next)
            start = segment.next
            log.info("archived_records_deleted", partition=partition, below=start)
        return start

    async def _check_copy(self, partition: int, start: int, segment: Segment) -> None:
        copies = (await self._records_of(partition, segment))[start - segment.first :]
        async with aclosing(self._log.read(partition, start)) as following:  # type: ignore[type-var]
            for copy in copies:
                if await anext(following) != copy:
                    raise SegmentDamaged(f"{segment.name} differs from the log at offset {copy.offset}: whose is it?")

    async def _next_segment(self, partition: int, first: int, below: int, appended_before_ms: int) -> list[LogRecord]:
        """The records of the next segment; none if it would not be full yet."""
        records: list[LogRecord] = []
        size_bytes = 0
        if first >= below:
            return records
        async with aclosing(self._log.read(partition, first)) as following:  # type: ignore[type-var]
            async for record in following:
                if record.offset >= below or record.appended_at_ms >= appended_before_ms:
                    return []
                records.append(record)
                size_bytes += len(record.record)
                if self._archive.is_full(records, size_bytes):
                    return records
                if record.offset + 1 >= below:
                    return []
        return []

    async def _put(self, partition: int, records: list[LogRecord]) -> Segment:
        try:
            return await self._archive.put(partition, records)
        except ObjectStoreUnavailable as error:
            raise _unavailable(error) from error

    async def _archived(self, partition: int, offset: int) -> list[LogRecord]:
        """Archived records from an offset on, some at least. Raises RecordsGone, LogUnavailable."""
        found = chain(self._known.get(partition, []), offset)[:1] or chain(await self._segments(partition), offset)[:1]
        if not found:
            start = await self._log.start(partition)
            raise RecordsGone(f"offset {offset} was deleted; the log starts at {start}, and the archive lacks it")
        try:
            records = await self._records_of(partition, found[0])
        except SegmentDamaged as error:
            log.error("archive_damaged", partition=partition, error=str(error))
            raise RecordsGone(f"offset {offset} was deleted, and the archive can't give it back: {error}") from error
        return records[offset - found[0].first :]

    async def _segments(self, partition: int) -> list[Segment]:
        try:
            self._known[partition] = await self._archive.segments(partition)
        except ObjectStoreUnavailable as error:
            raise _unavailable(error) from error
        return self._known[partition]

    async def _records_of(self, partition: int, segment: Segment) -> list[LogRecord]:
        try:
            return await self._archive.get(partition, segment)
        except ObjectStoreUnavailable as error:
            raise _unavailable(error) from error


def _reach(segments: list[Segment], offset: int) -> int:
    held = chain(segments, offset)
    return held[-1].next if held else offset


def _unavailable(error: ObjectStoreUnavailable) -> LogUnavailable:
    return LogUnavailable(f"the archive of the log can't be asked: {error}")
