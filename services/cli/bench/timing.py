"""How the bench times: rounds of baseline and engine by turns, medians, and a collector with nothing to do."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter_ns as now_ns

from services.cli.bench.figure import Amount
from services.router.collector import spare_what_is_there

__all__ = ["Measured", "Round", "measure", "now_ns", "settled"]


@dataclass(slots=True)
class Round:
    """What some decisions took, each by itself. `vain_ns`: what it took to look where nothing was found."""

    taken_ns: list[int] = field(default_factory=list)
    vain_ns: int = 0
    # Decisions, where one time covers several.
    decisions: int = 0

    def rate(self) -> float:
        """Decisions a second. Looking in vain counts as time and not as a decision."""
        return (self.decisions or len(self.taken_ns)) * 1e9 / (sum(self.taken_ns) + self.vain_ns)

    def percentile_us(self, percent: int) -> float:
        """The time that so many percent stayed within."""
        ordered = sorted(self.taken_ns)
        return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] / 1000


@dataclass(frozen=True, slots=True)
class Measured:
    """The rounds of one thing that was measured."""

    rounds: tuple[Round, ...]

    @property
    def n(self) -> int:
        return sum(each.decisions or len(each.taken_ns) for each in self.rounds)

    def rate(self) -> Amount:
        return Amount(median(each.rate() for each in self.rounds), self.n)

    def percentile_us(self, percent: int) -> Amount:
        return Amount(median(each.percentile_us(percent) for each in self.rounds), self.n)


def measure(rounds: int, *runs: Callable[[], Round]) -> tuple[Measured, ...]:
    """So many rounds of each, by turns, so that what else the machine does meets all of them alike.

    The first turn is not counted: caches are cold and statements not yet prepared.
    """
    with settled():
        for run in runs:
            run()
        turns = [[run() for run in runs] for _ in range(rounds)]
    return tuple(Measured(tuple(turn[place] for turn in turns)) for place in range(len(runs)))


@contextmanager
def settled() -> Iterator[None]:
    """The collector has what it has in a router that decides."""
    before = gc.get_threshold()
    gc.collect()
    spare_what_is_there()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
