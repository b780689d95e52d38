"""Following one partition from a bookmark: where it begins without one, how far it is, and what is said of a gap."""

from collections.abc import AsyncGenerator

import structlog

from services.shared.event_log import EventLog, LogRecord, RecordsGone
from services.shared.follower_watch import Progress

log = structlog.get_logger(__name__)


class Following:
    """`bookmark` is the collection and the id under which the follower keeps its place, for whoever has to mend it.

    `progress` is told of each record once it is done, where asking for the next one means that it is.
    """

    def __init__(self, followed: EventLog, partition: int, bookmark: str, progress: Progress | None = None) -> None:
        self._log = followed
        self._partition = partition
        self._bookmark = bookmark
        self._progress = progress
        self._end: int | None = None
        self._done_to = 0

    @property
    def caught_up(self) -> bool:
        """Whether all is done that was in the log when following began."""
        return self._end is not None and self._done_to >= self._end

    async def read_on(self, bookmarked: int | None) -> AsyncGenerator[LogRecord, None]:
        """Yield the records from the bookmark on, without one from the first that can still be read.

        Raises RecordsGone where the bookmark is older than the log: nobody may pass over records unseen. And
        LogUnavailable.
        """
        offset = await self._beginning() if bookmarked is None else bookmarked
        if self._end is None:
            self._end = await self._log.end(self._partition)
        self._done(max(self._done_to, offset))
        try:
            async for record in self._log.read(self._partition, offset):
                yield record
                # Whoever asks for the next one has done with this one.
                self._done(record.offset + 1)
        except RecordsGone as error:
            log.error("records_gone", bookmark=self._bookmark, offset=offset, error=str(error))
            raise

    def _done(self, next_offset: int) -> None:
        self._done_to = next_offset
        if self._progress is not None:
            self._progress.done_to(next_offset)

    async def _beginning(self) -> int:
        start = await self._log.start(self._partition)
        if start:
            log.warning("begins_behind_deleted_records", bookmark=self._bookmark, offset=start)
        return start
