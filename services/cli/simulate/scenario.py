"""What a simulation is made of, whether it was recorded or foretold: the visits of a seed, and who is on duty."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from services.cli.simulate.centre import Centre, Shift, SimulationBroken
from services.cli.simulate.figures import Figures, figures_of
from services.cli.simulate.journeys import Journeys
from services.cli.simulate.visits import Entry, Visit
from services.plan.compiled import Plan


class CannotSimulate(Exception):
    """What was given can't be simulated; what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Visits come from a function of the seed, so that each plan meets the same ones. Log time in ms."""

    source: str
    from_ms: int
    visits: Callable[[int], list[Visit]]
    shifts: tuple[Shift, ...]


def as_it_is(entry: Entry) -> Entry:
    """What comes is for the plan what it was recorded or foretold to be."""
    return entry


@dataclass(frozen=True, slots=True)
class Trial:
    """A plan with its people, under the name by which it stands in the table, and what a contact is to that plan."""

    name: str
    plan: Plan
    shifts: tuple[Shift, ...]
    sees: Callable[[Entry], Entry] = as_it_is


def play(trial: Trial, visits: list[Visit], from_ms: int) -> Journeys:
    """One run, from the first event to the last. Raises SimulationBroken, InvariantBroken."""
    journeys = Journeys(last_ms=from_ms)
    seen = [replace(visit, entry=trial.sees(visit.entry)) for visit in visits]
    end_ms = Centre(trial.plan, trial.shifts, journeys.note).run(seen, from_ms)
    journeys.close(end_ms)
    check_littles_law(journeys)
    return journeys


def check_littles_law(journeys: Journeys) -> None:
    """Exact for a run that began empty. Raises SimulationBroken."""
    waits_ms = sum(each.waited_until_ms(journeys.last_ms) for each in journeys.contacts.values())
    if waits_ms != journeys.waiting_area:
        raise SimulationBroken(
            f"Little's law does not hold: the waits are {waits_ms} ms, and the number that wait adds up to "
            f"{journeys.waiting_area} ms over time"
        )


def measure(trial: Trial, visits: list[Visit], from_ms: int) -> Figures:
    """The figures of one run."""
    return figures_of(play(trial, visits, from_ms), trial.plan)
