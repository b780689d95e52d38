"""Rounds of both paths by turns, and what they come to."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from statistics import median

from services.cli.bench.figure import Figure
from services.cli.bench.path.contacts import Seen
from services.cli.bench.path.paths import Path


@dataclass(frozen=True, slots=True)
class Load:
    """So many contacts in a round, at a rate; 0: as fast as it goes."""

    name: str
    per_s: int
    count: int


@dataclass(frozen=True, slots=True)
class Sizes:
    """`rounds` are counted; one more goes before them."""

    rounds: int = 5
    loads: tuple[Load, ...] = (Load("100_per_s", 100, 300), Load("1000_per_s", 1_000, 2_000), Load("burst", 0, 3_000))


@dataclass(slots=True)
class Turns:
    """What one load gave, round by round: ours, then theirs."""

    load: Load
    prefix: str = "path"
    pairs: list[tuple[Seen, Seen]] = field(default_factory=list)

    def figures(self) -> list[Figure]:
        """Of a burst how many a second; else how long it took."""
        if not self.load.per_s:
            return [
                self._figure(
                    f"{self.prefix}.burst_contacts_per_s", "contacts/s", [_rates(*pair) for pair in self.pairs]
                )
            ]
        return [
            self._figure(
                f"{self.prefix}.p{percent}_ms.{self.load.name}",
                "ms",
                [_percentiles(percent, *pair) for pair in self.pairs],
            )
            for percent in (50, 99)
        ]

    def _figure(self, name: str, unit: str, pairs: list[tuple[float, float]]) -> Figure:
        """Medians; the ratio is that of the rounds' ratios, as what else the machine does meets both of a pair."""
        ours, theirs = (median(pair[place] for pair in pairs) for place in (0, 1))
        n = sum(len(pair[0].read_ns) for pair in self.pairs)
        return Figure(name, ours, unit, n, theirs, median(own / other for own, other in pairs), n)


async def measured(sizes: Sizes, ours: Path, theirs: Path, prefix: str = "path") -> AsyncIterator[Figure]:
    """The figures of each load; their names begin so."""
    for load in sizes.loads:
        turns = Turns(load, prefix)
        for number in range(sizes.rounds + 1):
            pair = await ours.round(load.count, load.per_s), await theirs.round(load.count, load.per_s)
            if number:
                turns.pairs.append(pair)
        for figure in turns.figures():
            yield figure


def _rates(ours: Seen, theirs: Seen) -> tuple[float, float]:
    return ours.rate(), theirs.rate()


def _percentiles(percent: int, ours: Seen, theirs: Seen) -> tuple[float, float]:
    return _percentile(percent, ours), _percentile(percent, theirs)


def _percentile(percent: int, seen: Seen) -> float:
    """In ms."""
    ordered = sorted(seen.taken_ns())
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] / 1e6
