"""Where in a partition's log a moment or a place is: a sparse index in memory, made while the log is folded."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from services.shared.fence import BEGINNING, Checkpoint

# One entry for so many records: a reader reads at most so many too many.
STRIDE = 256


@dataclass(frozen=True, slots=True)
class Entry:
    """Readers may start at the checkpoint; what was decided before it was decided at `at_ms` or earlier."""

    at_ms: int
    checkpoint: Checkpoint


@dataclass(slots=True)
class LogIndex:
    """Entries in order, both of time and of offset."""

    _entries: list[Entry] = field(default_factory=lambda: [Entry(-1, BEGINNING)])

    def note(self, at_ms: int, checkpoint: Checkpoint) -> None:
        """The log is folded up to that checkpoint, and it is so late by then."""
        if checkpoint.offset - self._entries[-1].checkpoint.offset >= STRIDE:
            self._entries.append(Entry(at_ms, checkpoint))

    def before_time(self, at_ms: int) -> Checkpoint:
        """Where to start to read everything that was decided at that moment or later."""
        return self._last(bisect_left(self._entries, at_ms, key=lambda each: each.at_ms))

    def before_offset(self, offset: int) -> Checkpoint:
        """Where to start to read the record at that offset and all after it."""
        return self._last(bisect_right(self._entries, offset, key=lambda each: each.checkpoint.offset))

    def _last(self, count: int) -> Checkpoint:
        return self._entries[max(0, count - 1)].checkpoint
