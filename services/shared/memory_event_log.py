"""The log in memory: for tests and simulations, gone with the process."""

import asyncio
from collections.abc import AsyncIterator

from services.shared.clock import Clock, SystemClock
from services.shared.event_log import LogRecord, RecordsGone, RecordTooLarge

RECORD_BYTES_MAX = 1024 * 1024


class MemoryEventLog:
    """Each partition is a list, and the offset of its first record."""

    def __init__(
        self, partitions: int = 1, clock: Clock | None = None, *, record_bytes_max: int = RECORD_BYTES_MAX
    ) -> None:
        self._clock = clock or SystemClock()
        self._record_bytes_max = record_bytes_max
        self._partitions = [_Partition() for _ in range(partitions)]

    @property
    def partitions(self) -> int:
        return len(self._partitions)

    @property
    def record_bytes_max(self) -> int:
        return self._record_bytes_max

    async def append(self, partition: int, record: bytes) -> None:
        """Append a record. Raises RecordTooLarge."""
        kept = self._partition(partition)
        if len(record) > self._record_bytes_max:
            raise RecordTooLarge(f"the record has {len(record)} bytes; the log takes {self._record_bytes_max}")
        kept.append(record, self._clock.wall_ms())

    async def read(self, partition: int, from_offset: int) -> AsyncIterator[LogRecord]:
        """Yield the records from an offset on, and go on as records come. Raises RecordsGone."""
        kept = self._partition(partition)
        offset = from_offset
        while True:
            if offset < kept.start:
                raise RecordsGone(f"offset {offset} was deleted; the log starts at {kept.start}")
            if offset < kept.end:
                yield kept.records[offset - kept.start]
                offset += 1
            else:
                await kept.grown.wait()

    async def start(self, partition: int) -> int:
        """The first offset that can still be read."""
        return self._partition(partition).start

    async def end(self, partition: int) -> int:
        """The offset after the last record."""
        return self._partition(partition).end

    async def delete_before(self, partition: int, offset: int) -> None:
        """Delete the records below an offset."""
        kept = self._partition(partition)
        start = min(max(offset, kept.start), kept.end)
        del kept.records[: start - kept.start]
        kept.start = start

    def _partition(self, partition: int) -> "_Partition":
        if not 0 <= partition < len(self._partitions):
            raise ValueError(f"there is no partition {partition}: the log has {len(self._partitions)}")
        return self._partitions[partition]


class _Partition:
    def __init__(self) -> None:
        self.start = 0
        self.records: list[LogRecord] = []
        self.newest_ms = 0
        self.grown = asyncio.Event()

    @property
    def end(self) -> int:
        return self.start + len(self.records)

    def append(self, record: bytes, now_ms: int) -> None:
        self.newest_ms = max(self.newest_ms, now_ms)
        self.records.append(LogRecord(self.end, record, self.newest_ms))
        # Those who wait for this record are woken once; whoever waits next waits for the next one.
        self.grown.set()
        self.grown = asyncio.Event()
