"""A log that can be made to fail."""

from collections.abc import AsyncIterator

from services.shared.event_log import EventLog, LogRecord, LogUnavailable


class UnreliableLog:
    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.is_away = False

    @property
    def partitions(self) -> int:
        return self._log.partitions

    @property
    def record_bytes_max(self) -> int:
        return self._log.record_bytes_max

    async def append(self, partition: int, record: bytes) -> None:
        if self.is_away:
            raise LogUnavailable("away")
        await self._log.append(partition, record)

    def read(self, partition: int, from_offset: int) -> AsyncIterator[LogRecord]:
        return self._log.read(partition, from_offset)

    async def start(self, partition: int) -> int:
        return await self._log.start(partition)

    async def end(self, partition: int) -> int:
        return await self._log.end(partition)
