"""The way to router.log: asks again when the log is away, and gives up an append that takes too long."""

import asyncio
from collections.abc import AsyncIterator, Callable

import structlog

from services.shared.event_log import EventLog, LogRecord, LogUnavailable
from services.shared.follower_watch import Progress

log = structlog.get_logger()

APPEND_WITHIN_S = 10.0
RETRY_S = 1.0


class LogLink:
    """One partition of router.log."""

    def __init__(self, router_log: EventLog, partition: int) -> None:
        self._log = router_log
        self._partition = partition

    async def end(self) -> int:
        """The offset after the last record, as soon as the log can be asked."""
        while True:
            try:
                return await self._log.end(self._partition)
            except LogUnavailable as error:
                await self._wait(error)

    async def records(self, next_offset: Callable[[], int], progress: Progress) -> AsyncIterator[LogRecord]:
        """The records from the next one on, for ever; `next_offset` says which that is after the log was away.

        `progress` is told of each that is done. Raises RecordsGone.
        """
        while True:
            try:
                async for record in self._log.read(self._partition, next_offset()):
                    yield record
                    progress.done_to(record.offset + 1)
            except LogUnavailable as error:
                await self._wait(error)

    async def append(self, record: bytes) -> bool:
        """Append a record. False: it failed, or nobody knows. Raises RecordTooLarge."""
        try:
            async with asyncio.timeout(APPEND_WITHIN_S):
                await self._log.append(self._partition, record)
        except (LogUnavailable, TimeoutError) as error:
            log.warning("append_failed", partition=self._partition, error=str(error))
            return False
        return True

    async def _wait(self, error: LogUnavailable) -> None:
        log.warning("router_log_unavailable", partition=self._partition, error=str(error))
        await asyncio.sleep(RETRY_S)
