"""The laws of queues hold on the real core: Erlang C and A, Little's law, and what a second skill is worth."""

import os
import sys

import pytest

from services.cli.simulate.centre import Centre, Shift
from services.cli.simulate.journeys import Journeys
from services.cli.simulate.spans import NEVER_MS
from tests.simulation.erlang import erlang_a, erlang_b, erlang_c, poisson_tail
from tests.simulation.law_check import Verdict, check
from tests.simulation.law_floor import Floor
from tests.simulation.skills_chain import AGENTS, SKILLS, Crew, mean_wait
from tests.simulation.told_waits import twenty_days

# How many contacts the core routes for each floor, and for how many the recursion goes on for each agent.
ON_CORE = int(os.environ.get("SWITCHROOM_LAW_CONTACTS", "20000"))
ON_CORE_SHORT = 1_000
# 2 % in full; what a run cut short can tell is less.
TOLERANCE, SHORT_TOLERANCE = 0.02, 0.06
ENDLESS = [
    Floor(agents, load)
    for agents, load in (
        *((1, 0.5), (1, 0.7), (2, 0.6), (2, 0.8), (3, 0.75), (4, 0.7)),
        *((5, 0.8), (8, 0.75), (10, 0.8), (10, 0.85), (15, 0.8), (20, 0.85)),
    )
]
IMPATIENT = [
    Floor(agents, load, patience)
    for agents, load, patience in (
        *((1, 0.8, 1.0), (2, 1.0, 1.0), (3, 0.9, 0.5), (5, 1.0, 1.0), (5, 1.2, 2.0), (8, 0.9, 1.0)),
        *((10, 0.9, 1.0), (10, 1.1, 0.5), (15, 1.0, 1.0), (20, 1.1, 1.0), (30, 1.0, 1.0), (50, 1.0, 2.0)),
    )
]
SHORT = [Floor(2, 0.6), Floor(10, 0.8), Floor(5, 1.0, 1.0), Floor(20, 1.1, 1.0)]


def name_of(floor: Floor) -> str:
    """The test's id."""
    return f"{floor.agents}_at_{floor.load}" + (f"_patience_{floor.patience}" if floor.patience else "")


def describe(verdict: Verdict) -> str:
    """A line of figures, for whoever reads the proof."""
    held = (f"{each.name} {each.error:+.2%} ± {each.estimate.half_width / each.formula:.2%}" for each in verdict.held)
    return f"{name_of(verdict.floor)}: {', '.join(held)} ({verdict.contacts} on the core)"


def hold(floor: Floor, tolerance: float, on_core: int, on_recursion: int) -> None:
    """Each figure within the tolerance, and the core's waits those of the recursion, every one."""
    verdict = check(floor, 1, on_core, on_recursion)
    sys.stdout.write(describe(verdict) + "\n")
    assert verdict.differing == 0
    for each in verdict.held:
        assert abs(each.error) <= tolerance, describe(verdict)
        # The core's own run alone, which is short: twice the 95 % interval.
        assert abs(each.core.mean - each.formula) <= 2 * each.core.half_width, describe(verdict)


@pytest.mark.parametrize("floor", SHORT, ids=name_of)
def test_waits_are_as_queueing_theory_says_cut_short(floor: Floor) -> None:
    hold(floor, SHORT_TOLERANCE, ON_CORE_SHORT, 60_000)


@pytest.mark.proof
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("floor", [*ENDLESS, *IMPATIENT], ids=name_of)
def test_waits_are_as_queueing_theory_says(floor: Floor) -> None:
    hold(floor, TOLERANCE, ON_CORE, 600_000 + 45_000 * floor.agents)


@pytest.mark.parametrize("floor", [Floor(3, 0.9), Floor(3, 1.4, 0.5)], ids=name_of)
def test_the_number_that_wait_over_time_is_the_sum_of_all_waits(floor: Floor) -> None:
    """Little's law, to the contact and the millisecond: both sides are counted, neither is estimated."""
    journeys = Journeys()
    centre = Centre(floor.plan(), [Shift(0, NEVER_MS, agent) for agent in floor.names()], journeys.note)
    centre.run(floor.visits(1, ON_CORE_SHORT), 0)
    waits_ms = sum(each.wait_ms for each in journeys.contacts.values())
    assert journeys.waiting == 0
    assert journeys.waiting_area == waits_ms > 0


def test_a_second_skill_is_worth_almost_as_much_as_all_cut_short() -> None:
    one, two, six = (mean_wait(Crew(skills, 0.8), 1, 2_000).mean for skills in (1, 2, len(SKILLS)))
    assert (one - two) / (one - six) > 0.7


@pytest.mark.proof
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("load", [0.8, 0.9])
def test_a_second_skill_is_worth_almost_as_much_as_all(load: float) -> None:
    """Chaining: of what all six skills save, the second one alone saves at least 85 %."""
    one, two, six = (mean_wait(Crew(skills, load), 1, 20_000).mean for skills in (1, 2, len(SKILLS)))
    sys.stdout.write(
        f"load {load}: mean wait {one:.4f} with one skill, {two:.4f} with two, {six:.4f} with all, of mean handling\n"
    )
    assert (one - two) / (one - six) >= 0.85


@pytest.mark.parametrize("skills", [1, len(SKILLS)])
def test_skills_apart_and_skills_in_common_are_erlang_c(skills: int) -> None:
    agents = AGENTS if skills > 1 else AGENTS // len(SKILLS)
    formula = erlang_c(agents, agents * 0.8, 1, 0).mean_wait
    found = mean_wait(Crew(skills, 0.8), 1, 3_000)
    assert abs(found.mean - formula) <= 2 * found.half_width


def test_formulas_give_the_values_that_are_in_print() -> None:
    """Erlang B and C for 10 agents at 7 erlang, as in the tables; A where it is known otherwise."""
    assert erlang_b(10, 7.0) == pytest.approx(0.0787, abs=0.0001)
    assert erlang_c(10, 7.0, 1, 0).waiting == pytest.approx(0.2217, abs=0.0001)
    # With patience like handling nobody's leaving depends on being served: M/M/infinity, so Poisson.
    assert erlang_a(5, 4.0, 1, 1).waiting == pytest.approx(poisson_tail(4.0, 5))
    # With endless patience it is Erlang C.
    assert erlang_a(10, 7.0, 1, 1e9).mean_wait == pytest.approx(erlang_c(10, 7.0, 1, 0).mean_wait, rel=1e-6)


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_customers_wait_as_long_as_they_were_told() -> None:
    """Twenty days with changing load: the P50 covers 45 to 55 % of the waits, the P90 85 to 95 %."""
    told = twenty_days(1).all_days
    sys.stdout.write(
        f"told {told.told} of {told.contacts}: P50 covers {told.within_p50:.1%}, P90 {told.within_p90:.1%}" + "\n"
    )
    assert told.told > 1000
    assert 0.45 <= told.within_p50 <= 0.55
    assert 0.85 <= told.within_p90 <= 0.95
