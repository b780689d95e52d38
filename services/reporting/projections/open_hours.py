"""When a tenant's queues were open, and how fast each was to answer: what the plans in force said, each in its time."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.plan.compiled import Hours, Interval
from services.reporting.facts import Plan, Queue

# Of a queue that no plan has named: that of a queue left plain.
TARGET_MS = 20_000


@dataclass(slots=True)
class OpenHours:
    """Fold of the tenant's plans. A queue that is gone keeps its last target; without hours a queue is always open.

    `_closed` has for each queue the spans in which it was closed, sorted, up to the newest plan; the newest plan itself
    says how it goes on. `known_until_ms` is from when on nothing is known of the newest plan's hours; 0 without hours.
    """

    known_until_ms: int = 0

    _queues: dict[str, Queue] = field(default_factory=dict)
    _in_force: dict[str, Hours] = field(default_factory=dict)
    _since_ms: int = 0
    _closed: dict[str, list[Interval]] = field(default_factory=dict)

    def take(self, plan: Plan, at_ms: int) -> None:
        """Another plan is in force."""
        for queue, hours in self._in_force.items():
            self._closed.setdefault(queue, []).extend(_closed(hours, self._since_ms, at_ms))
        by_id = {hours.id: hours for hours in plan.hours}
        self._queues |= {queue.id: queue for queue in plan.queues}
        self._in_force = {queue.id: by_id[queue.hours] for queue in plan.queues if queue.hours in by_id}
        self._since_ms = at_ms
        self.known_until_ms = min((hours.known_until_ms for hours in plan.hours), default=0)

    def target_ms(self, queue: str) -> int:
        """Within what time the queue's contacts are to be answered."""
        return self._queues[queue].service_level_ms if queue in self._queues else TARGET_MS

    def open_ms(self, queue: str, from_ms: int, until_ms: int) -> int:
        """How long the queue was open between two moments, of which the later is not in the future."""
        past = self._closed.get(queue, ())
        hours = self._in_force.get(queue)
        now = _closed(hours, max(from_ms, self._since_ms), until_ms) if hours else ()
        return until_ms - from_ms - _within(past, from_ms, until_ms) - _within(now, from_ms, until_ms)


def _closed(hours: Hours, from_ms: int, until_ms: int) -> list[Interval]:
    """When they were closed between two moments. From where nothing is known of them on, they are open."""
    end_ms = min(until_ms, hours.known_until_ms)
    opened = _overlapping(hours.open, from_ms, end_ms)
    edges = [from_ms, *(edge for each in opened for edge in (each.from_ms, each.until_ms)), end_ms]
    return [Interval(begin, end) for begin, end in zip(edges[::2], edges[1::2], strict=True) if begin < end]


def _within(spans: Sequence[Interval], from_ms: int, until_ms: int) -> int:
    overlapping = _overlapping(spans, from_ms, until_ms)
    return sum(min(each.until_ms, until_ms) - max(each.from_ms, from_ms) for each in overlapping)


def _overlapping(spans: Sequence[Interval], from_ms: int, until_ms: int) -> Sequence[Interval]:
    first = bisect_right(spans, from_ms, key=lambda each: each.until_ms)
    return spans[first : bisect_left(spans, until_ms, lo=first, key=lambda each: each.from_ms)]
