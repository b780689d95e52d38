"""How fast simulated agents work: at once while the first contacts are told, and then so that one can watch."""

from dataclasses import dataclass
from random import SystemRandom

_chance = SystemRandom()


@dataclass(frozen=True, slots=True)
class Spans:
    """In seconds: what it takes to accept or answer, to work on it, and to wrap up (0: done with completing)."""

    thinks_s: tuple[float, float]
    works_s: tuple[float, float]
    wraps_up_s: tuple[float, float]


QUICK = Spans((0.4, 0.4), (0.4, 0.4), (0.0, 0.0))
# With a contact every five seconds, six or seven are on the floor at a time.
CALM = Spans((1.0, 2.5), (12.0, 35.0), (3.0, 7.0))


class Pace:
    """Shared by all seats."""

    def __init__(self) -> None:
        self._spans = QUICK

    def slow_down(self) -> None:
        """There is somebody to watch."""
        self._spans = CALM

    @property
    def wraps_up(self) -> bool:
        """Whether wrapping up takes any time."""
        return self._spans is CALM

    def thinks_s(self) -> float:
        return _chance.uniform(*self._spans.thinks_s)

    def works_s(self) -> float:
        return _chance.uniform(*self._spans.works_s)

    def wraps_up_s(self) -> float:
        return _chance.uniform(*self._spans.wraps_up_s)
