"""Timers in the order in which they are due: found without looking at all of them.

The table of timers is what counts. The heap may hold more than is in it, never less; what is no longer so is dropped
when it comes up.
"""

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import NamedTuple

from services.router.core.records import TimerKind
from services.router.core.table import Table


class Due(NamedTuple):
    """A timer that is to fire."""

    due_ms: int
    kind: TimerKind
    id: str


class Agenda:
    """What is due next, of the timers in a table."""

    def __init__(self, timers: Table[tuple[TimerKind, str], int]) -> None:
        self._timers = timers
        self._heap: list[Due] = []

    def note(self, kind: TimerKind, id: str, due_ms: int) -> None:
        """The timer was armed."""
        heappush(self._heap, Due(due_ms, kind, id))

    def note_all(self, keys: Iterable[tuple[TimerKind, str]]) -> None:
        """These timers may be armed again."""
        for key in keys:
            due_ms = self._timers.get(key)
            if due_ms is not None:
                self.note(*key, due_ms)

    def next_ms(self) -> int | None:
        """When the next timer is due; None when none is armed."""
        due = self._first()
        return due.due_ms if due else None

    def due(self, at_ms: int) -> Due | None:
        """The next timer that is due by then; it stays until it is armed anew or no more."""
        due = self._first()
        return due if due and due.due_ms <= at_ms else None

    def _first(self) -> Due | None:
        while self._heap:
            due = self._heap[0]
            if self._timers.get((due.kind, due.id)) == due.due_ms:
                return due
            heappop(self._heap)
        return None
