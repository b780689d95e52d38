"""Plans side by side over several seeds: means with confidence intervals, and how much the new one differs.

Each seed's visits go through every plan (common random numbers), so the difference is taken seed by seed, and its
interval is narrower than those of the two means.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from services.cli.simulate.figures import Figures
from services.cli.simulate.scenario import Scenario, Trial, measure
from services.cli.simulate.student import mean_and_half_width

SEEDS_MAX = 1000


@dataclass(frozen=True, slots=True)
class Mean:
    """Over the seeds; `half_width` of the 95 % confidence interval (Student), None for a single seed."""

    mean: float
    half_width: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: a mean for each trial (None: nothing to say), and the last trial's less the first one's."""

    name: str
    means: tuple[Mean | None, ...]
    difference: Mean | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that was found out. `recorded` has the figures of the log itself, where there is one."""

    source: str
    seeds: int
    trials: tuple[str, ...]
    rows: tuple[Row, ...]
    recorded: Figures | None
    unknown: tuple[str, ...]


def compare(
    scenario: Scenario, trials: Sequence[Trial], seeds: int, progress: Callable[[str], None]
) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """Run each trial with each seed, from 1 on. Returns the trials' names and a row for each figure."""
    runs: list[list[Figures]] = [[] for _ in trials]
    for seed in range(1, seeds + 1):
        visits = scenario.visits(seed)
        for trial, figures in zip(trials, runs, strict=True):
            progress(f"seed {seed} of {seeds}: {len(visits)} contacts under {trial.name} ...")
            figures.append(measure(trial, visits, scenario.from_ms))
    names = {name: None for figures in runs for run in figures for name in run}
    return tuple(trial.name for trial in trials), tuple(_row(name, runs) for name in names)


def _row(name: str, runs: list[list[Figures]]) -> Row:
    of_trials = [[run.get(name) for run in figures] for figures in runs]
    first, last = of_trials[0], of_trials[-1]
    pairs = [(one, other) for one, other in zip(first, last, strict=True)] if len(runs) > 1 else []
    differences = [other - one for one, other in pairs if one is not None and other is not None]
    means = tuple(_mean([value for value in values if value is not None]) for values in of_trials)
    return Row(name, means, _mean(differences))


def _mean(values: list[float]) -> Mean | None:
    if not values:
        return None
    if min(values) == max(values):
        return Mean(fmean(values), 0.0 if len(values) > 1 else None)
    return Mean(*mean_and_half_width(values))
