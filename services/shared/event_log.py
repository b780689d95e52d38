"""The port to a log: ordered, durable records in partitions, appended at the end and read from an offset.

Safety rests on nothing more than this: what was appended once stays where it is, and every reader sees the same.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LogRecord:
    """A record with its place: offsets start at 0 and have no gaps; `appended_at_ms` never goes back in a partition."""

    offset: int
    record: bytes
    appended_at_ms: int


class LogUnavailable(Exception):
    """The log can't be reached or did not answer in time. After an append this means: outcome unknown."""


class RecordTooLarge(Exception):
    """The record is larger than the log takes; nothing was appended."""


class RecordsGone(Exception):
    """The records asked for were deleted: reading starts before the log does."""


class EventLog(Protocol):
    """Appends of one process land in call order or not at all; several processes may append to one partition."""

    @property
    def partitions(self) -> int:
        """How many partitions there are; fixed when the log is made."""
        ...

    @property
    def record_bytes_max(self) -> int:
        """The largest record that `append` takes."""
        ...

    async def append(self, partition: int, record: bytes) -> None:
        """Append a record; it is durable when this returns.

        Raises RecordTooLarge (nothing was appended) and LogUnavailable (it may have been, or may yet be).
        """
        ...

    def read(self, partition: int, from_offset: int) -> AsyncIterator[LogRecord]:
        """Yield the records from an offset on, and go on as records come. Raises RecordsGone, LogUnavailable."""
        ...

    async def start(self, partition: int) -> int:
        """The first offset that can still be read, the log's end where nothing can. Raises LogUnavailable.

        Where a follower begins that has no bookmark, if it can do without what was deleted; a fold over the whole log
        can't, and begins at 0 whatever is gone.
        """
        ...

    async def end(self, partition: int) -> int:
        """The offset after the last record. Raises LogUnavailable."""
        ...
