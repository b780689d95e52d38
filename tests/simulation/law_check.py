"""How a simulated floor is held against its formula.

The core routes some tens of thousands of contacts, and each one's wait is compared with the recursion's, to the
millisecond. The recursion, which is quick, goes on for as many contacts as 2 % takes. The estimate is the long run's
mean plus the mean difference between core and recursion (quasi control variates: Emsermann and Simon 2002, "Improving
Simulation Efficiency with Quasi Control Variates"). Formulas are compared with it, and are no part of it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from services.cli.simulate.visits import Visit
from tests.simulation.batch_means import Estimate, controlled_mean
from tests.simulation.erlang import erlang_a, erlang_c
from tests.simulation.law_floor import HANDLING_MS, Floor, Wait, waits_on_the_core
from tests.simulation.queue_recursion import Controls, Recursion

BATCHES = 60
WITHIN_MS = HANDLING_MS // 10
Figures = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Held:
    """One figure of a floor: what the formula says, the estimate, and what the core's own run alone gives."""

    name: str
    formula: float
    estimate: Estimate
    core: Estimate

    @property
    def error(self) -> float:
        """As a part of the formula's."""
        return self.estimate.mean / self.formula - 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """A floor's figures, and for how many contacts the core's wait was not the recursion's."""

    floor: Floor
    contacts: int
    differing: int
    held: tuple[Held, ...]


def check(floor: Floor, seed: int, on_core: int, on_recursion: int) -> Verdict:
    """Hold a floor against its formula."""
    visits = list(floor.visits(seed, on_core))
    core = waits_on_the_core(floor, visits)
    recursion, alone = Recursion(floor.agents), Recursion(floor.agents)
    same = [recursion.wait(visit) for visit in visits]
    own = _estimates(floor, zip(visits, core, strict=True), on_core)
    long = _estimates(floor, ((each, alone.wait(each)) for each in floor.visits(seed + 1, on_recursion)), on_recursion)
    held = zip(*formulas(floor), long, _difference(floor, core, same), own, strict=True)
    return Verdict(
        floor,
        len(visits),
        sum(1 for one, other in zip(core, same, strict=True) if one != other),
        tuple(Held(name, f, Estimate(e.mean + off, e.half_width), o) for name, f, e, off, o in held),
    )


def formulas(floor: Floor) -> tuple[tuple[str, str, str], Figures]:
    """What theory says of the floor's three figures."""
    if floor.patience:
        losing = erlang_a(floor.agents, floor.arrivals_per_ms, HANDLING_MS, HANDLING_MS * floor.patience)
        return ("P(wait)", "mean wait", "abandoned"), (losing.waiting, losing.mean_wait, losing.abandoned)
    answering = erlang_c(floor.agents, floor.arrivals_per_ms, HANDLING_MS, WITHIN_MS)
    return ("P(wait)", "mean wait", "service level"), (answering.waiting, answering.mean_wait, answering.within)


def _figures_of(floor: Floor) -> Callable[[Wait], Figures]:
    if floor.patience:
        return lambda wait: (float(wait.ms > 0), wait.ms, float(wait.gave_up))
    return lambda wait: (float(wait.ms > 0), wait.ms, float(wait.ms <= WITHIN_MS))


def _difference(floor: Floor, core: list[Wait], same: list[Wait]) -> list[float]:
    figures = _figures_of(floor)
    pairs = [(figures(one), figures(other)) for one, other in zip(core, same, strict=True)]
    return [sum(one[index] - other[index] for one, other in pairs) / len(pairs) for index in range(3)]


def _estimates(floor: Floor, happened: Iterable[tuple[Visit, Wait]], count: int) -> list[Estimate]:
    """Each figure's mean over batches of equal size; the first one, in which the floor fills, is left out."""
    figures, controls, size = _figures_of(floor), Controls(floor), count // (BATCHES + 1)
    rows = ((*figures(wait), *controls.of(visit)) for visit, wait in happened)
    batches = [_mean(islice(rows, size)) for _ in range(BATCHES + 1)][1:]
    known = [batch[3:] for batch in batches]
    return [controlled_mean([batch[index] for batch in batches], known) for index in range(3)]


def _mean(rows: Iterable[Sequence[float]]) -> list[float]:
    columns = list(zip(*rows, strict=True))
    return [sum(column) / len(column) for column in columns]
