"""Whether filing has caught up after a start: a desk that is asked before then would show half of a contact."""

import structlog

from services.shared.clock import Clock
from services.shared.following import Following

# After this the desks are opened all the same: agents can work with what there is, and see more of it as it is filed.
PATIENCE_MS = 60_000
WHY = "what is in the topics is not all filed yet"

log = structlog.get_logger(__name__)


class CatchingUp:
    """Is shown every partition that is followed; its time begins when it is made."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until_ms = clock.monotonic_ms() + PATIENCE_MS
        self._followed: list[Following] = []
        self._over = False

    def watch(self, following: Following) -> Following:
        """Wait for this one, too."""
        self._followed.append(following)
        return following

    def not_ready_because(self) -> str | None:
        """Why desks should wait; None once all was filed that was there at the start, or after a minute."""
        if not self._over:
            self._over = all(following.caught_up for following in self._followed) or self._is_late()
        return None if self._over else WHY

    def _is_late(self) -> bool:
        late = self._clock.monotonic_ms() >= self._until_ms
        if late:
            log.warning("filing_not_caught_up", waited_ms=PATIENCE_MS)
        return late
