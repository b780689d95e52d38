"""Timers in the order in which they are due: found without looking at all of them.

The tables of timers are what counts. The heap may hold more than is in them, never less; what is no longer so is
dropped when it comes up.
"""

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import NamedTuple

from services.router.core.records import AGENT_TIMERS, Armed, TimerKind
from services.router.core.table import Table

NONE: Armed = {}


class Due(NamedTuple):
    """A timer that is to fire."""

    due_ms: int
    kind: TimerKind
    id: str


class Agenda:
    """What is due next, of the timers of contacts and of agents."""

    def __init__(self, contacts: Table[str, Armed], agents: Table[str, Armed]) -> None:
        self._contacts, self._agents = contacts, agents
        self._heap: list[Due] = []

    def note(self, kind: TimerKind, id: str, due_ms: int) -> None:
        """The timer was armed."""
        heappush(self._heap, Due(due_ms, kind, id))

    def note_all(self, contacts: Iterable[str], agents: Iterable[str]) -> None:
        """The timers of these may be armed again."""
        for timers, ids in ((self._contacts, contacts), (self._agents, agents)):
            for whose in ids:
                for kind, due_ms in timers.get(whose, NONE).items():
                    self.note(kind, whose, due_ms)

    def next_ms(self) -> int | None:
        """When the next timer is due; None when none is armed."""
        due = self._first()
        return due.due_ms if due else None

    def due(self, at_ms: int) -> Due | None:
        """The next timer that is due by then; it stays until it is armed anew or no more."""
        if not self._heap or self._heap[0].due_ms > at_ms:
            return None  # whether that one is still armed makes no difference
        due = self._first()
        return due if due and due.due_ms <= at_ms else None

    def _first(self) -> Due | None:
        while self._heap:
            due = self._heap[0]
            timers = self._agents if due.kind in AGENT_TIMERS else self._contacts
            if timers.get(due.id, NONE).get(due.kind) == due.due_ms:
                return due
            heappop(self._heap)
        return None
