"""How long agents have a contact of a queue in hand, from the accept to the end of wrap-up, on average."""

from collections import deque

# What a queue is taken to need before it has shown anything, and how many segments that counts as.
PRIOR_MS = 180_000
PRIOR_SEGMENTS = 5
SEGMENTS_MAX = 50


class HandlingTimes:
    """The last 50 segments of one queue."""

    def __init__(self) -> None:
        self._segments_ms: deque[int] = deque(maxlen=SEGMENTS_MAX)

    def add(self, segment_ms: int) -> None:
        """A segment is over."""
        self._segments_ms.append(max(0, segment_ms))

    @property
    def mean_ms(self) -> int:
        """(5 * 3 minutes + the last segments) / (5 + how many they are): a new queue begins at three minutes."""
        total_ms = PRIOR_SEGMENTS * PRIOR_MS + sum(self._segments_ms)
        return total_ms // (PRIOR_SEGMENTS + len(self._segments_ms))
