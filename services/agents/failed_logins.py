"""How often somebody failed to log in: after so many times in a minute an address has to wait."""

from collections import OrderedDict

from services.shared.clock import Clock

WINDOW_MS = 60_000
FAILURES_MAX = 20
ADDRESSES_MAX = 10_000


class FailedLogins:
    """Counts failures per client address in memory; the oldest addresses are forgotten first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def must_wait_ms(self, address: str) -> int:
        """How long this address has to wait before it may try again; 0 when it may."""
        since_ms, count = self._failures.get(address, (0, 0))
        left_ms = since_ms + WINDOW_MS - self._clock.monotonic_ms()
        return left_ms if count >= FAILURES_MAX and left_ms > 0 else 0

    def failed(self, address: str) -> None:
        """Count one failure."""
        now_ms = self._clock.monotonic_ms()
        since_ms, count = self._failures.pop(address, (now_ms, 0))
        fresh = now_ms - since_ms >= WINDOW_MS
        self._failures[address] = (now_ms, 1) if fresh else (since_ms, count + 1)
        while len(self._failures) > ADDRESSES_MAX:
            self._failures.popitem(last=False)
