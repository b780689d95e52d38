"""What time it is: the one place that asks the machine."""

import time
from typing import Protocol

NS_PER_MS = 1_000_000
# The boot-time clock counts suspension, so that a laptop's sleep is time that passed. macOS's monotonic clock does too.
BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock(Protocol):
    """Two clocks: wall time for people and append times, monotonic time for spans."""

    def wall_ms(self) -> int:
        """Ms since 1970 UTC; may jump."""
        ...

    def monotonic_ms(self) -> int:
        """Ms since some moment; never goes back, counts suspension."""
        ...


class SystemClock:
    """The machine's clocks."""

    def wall_ms(self) -> int:
        return time.time_ns() // NS_PER_MS

    def monotonic_ms(self) -> int:
        return time.clock_gettime_ns(BOOT_CLOCK) // NS_PER_MS
