"""When a partition's owner has to decide though nobody asked: a timer, a beat, or what could not leave in time."""

from services.router.core.timers import next_timer_ms
from services.router.owner import Owner
from services.router.speculation import Speculation

# A timer that the core fails on is tried again after so long.
STUCK_MS = 10_000
# Streams beat at least this often; a beat is the commit of a batch, empty if nothing else is due.
BEAT_MS = 2_000
# A machine that slept woke up late: timers are looked at again at least this often.
NAP_MS_MAX = 5_000


class Rhythm:
    """`now_ms` is the monotonic clock's, `at_ms` the log's time."""

    def __init__(self, owner: Owner, speculation: Speculation) -> None:
        self._owner = owner
        self._speculation = speculation
        self._last_commit_ms = 0
        self._timers_from_ms = 0

    def committed(self, now_ms: int) -> None:
        """A batch has become certain."""
        self._last_commit_ms = now_ms

    def timers_are_stuck(self, now_ms: int) -> None:
        """The core could not fire what is due, and won't at once: don't try for ever without a pause."""
        self._timers_from_ms = now_ms + STUCK_MS

    def is_due(self, at_ms: int, now_ms: int) -> bool:
        """Whether a batch is due, be it an empty one."""
        overdue = self._speculation.waits_to_leave and not self._owner.may_release(now_ms)
        return overdue or self.beat_is_due(now_ms) or self.timer_is_due(at_ms, now_ms)

    def beat_is_due(self, now_ms: int) -> bool:
        """Whether those who listen have heard nothing for long."""
        return bool(self._speculation.listeners) and now_ms - self._last_commit_ms >= BEAT_MS

    def timer_is_due(self, at_ms: int, now_ms: int) -> bool:
        """Whether something is to happen by now."""
        due_ms = self._next_timer_ms()
        return due_ms is not None and due_ms <= at_ms and now_ms >= self._timers_from_ms

    def sleep_s(self, at_ms: int, now_ms: int, *, deciding: bool) -> float | None:
        """How long nothing is due if nobody asks; None: for ever."""
        waits_ms = [self._owner.wake_at_ms - now_ms] if self._owner.wake_at_ms is not None else []
        if deciding and self._owner.may_propose:
            if (timer_ms := self._next_timer_ms()) is not None:
                waits_ms.append(max(timer_ms - at_ms, self._timers_from_ms - now_ms))
            if self._speculation.listeners:
                waits_ms.append(self._last_commit_ms + BEAT_MS - now_ms)
        return max(min(*waits_ms, NAP_MS_MAX), 1) / 1_000 if waits_ms else None

    def _next_timer_ms(self) -> int | None:
        tenants = self._speculation.state.tenants.values()
        due = [due_ms for state in tenants if (due_ms := next_timer_ms(state)) is not None]
        return min(due, default=None)
