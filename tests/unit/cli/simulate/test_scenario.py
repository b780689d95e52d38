"""A run is a trial with its visits, and is checked against Little's law."""

from collections.abc import Iterable

import pytest

from services.cli.simulate.centre import SimulationBroken
from services.cli.simulate.journeys import Journeys
from services.cli.simulate.scenario import Trial, check_littles_law, play
from tests.unit.cli.simulate.floors import T0, S, on_duty, plan_of, visit

TRIAL = Trial("plan", plan_of("ana"), (on_duty("ana", 0, 150),))


def waits_ms(journeys: Journeys) -> Iterable[int]:
    return (each.waited_until_ms(journeys.last_ms) for each in journeys.contacts.values())


def test_the_number_that_wait_adds_up_to_the_waits_also_of_those_whom_nobody_answers() -> None:
    journeys = play(TRIAL, [visit("a", 0), visit("b", 40), visit("c", 60, patience_s=30), visit("d", 110)], T0)
    assert journeys.waiting == 1
    assert journeys.waiting_area == sum(waits_ms(journeys)) == (60 + 30 + 90) * S


def test_a_run_in_which_littles_law_does_not_hold_is_broken() -> None:
    journeys = play(TRIAL, [visit("a", 0), visit("b", 40)], T0)
    journeys.waiting_area += 1
    with pytest.raises(SimulationBroken, match="Little"):
        check_littles_law(journeys)
