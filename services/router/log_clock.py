"""The log's time: what `at_ms` a decision gets.

The largest of the barrier's append time plus the monotonic time since, the last `at_ms` in the log, and the newest
append time read from either topic; so it never goes back, whatever a machine's wall clock does, and a new owner never
starts before the old one stopped.
"""

from services.shared.clock import Clock


class LogClock:
    """Made when the own barrier is read back (`barrier_ms`: its append time)."""

    def __init__(self, clock: Clock, barrier_ms: int) -> None:
        self._clock = clock
        self._barrier_ms = barrier_ms
        self._barrier_read_at_ms = clock.monotonic_ms()
        self._seen_ms = barrier_ms

    def saw(self, ms: int) -> None:
        """An append time or an `at_ms` was read."""
        self._seen_ms = max(self._seen_ms, ms)

    def now_ms(self) -> int:
        """The time for the next decision, ms since 1970 UTC."""
        since_barrier_ms = self._clock.monotonic_ms() - self._barrier_read_at_ms
        return max(self._barrier_ms + since_barrier_ms, self._seen_ms)
