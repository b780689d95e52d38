"""What customers are told of their wait: the formula, and how it learns from what came."""

from math import exp, factorial

import pytest

from services.plan.compiled import Route
from services.router.core.expected_wait import MILLION, Z_MEDIAN, Z_NINETIETH, corrected, erlang_ppm, with_handling
from services.router.core.records import QueueFigures
from tests.unit.router.core.builders import SECOND, Core, agent, arrive, plan


def erlang_below(shape: int, multiple: float) -> float:
    """How likely an Erlang time of that shape is to stay under that multiple of its mean."""
    rate = shape * multiple
    return 1 - sum(exp(-rate) * rate**count / factorial(count) for count in range(shape))


@pytest.mark.parametrize("shape", [1, 2, 3, 5, 10, 30, 100])
@pytest.mark.parametrize(("z_ppm", "wanted"), [(Z_MEDIAN, 0.5), (Z_NINETIETH, 0.9)])
def test_the_approximation_is_within_a_hundredth_of_the_exact_distribution(
    shape: int, z_ppm: int, wanted: float
) -> None:
    assert erlang_below(shape, erlang_ppm(shape, z_ppm) / MILLION) == pytest.approx(wanted, abs=0.01)


@pytest.mark.parametrize("percent", [50, 90])
def test_a_factor_settles_where_so_many_wait_less(percent: int) -> None:
    factor, under = MILLION, 0
    for number in range(20_000):
        waited_ms = (number * 7919) % 100_000  # evenly between nothing and 100 s
        said_ms = 20_000 * factor // MILLION
        if number >= 10_000:
            under += waited_ms <= said_ms
        factor = corrected(factor, said_ms, waited_ms, percent)
    assert under / 10_000 == pytest.approx(percent / 100, abs=0.03)


def test_handling_times_are_a_moving_mean() -> None:
    figures = QueueFigures()
    assert with_handling(figures, 60 * SECOND) == 60 * SECOND
    later = QueueFigures(handling_ms=60 * SECOND)
    assert with_handling(later, 76 * SECOND) == 61 * SECOND


def experienced() -> Core:
    """One agent who has taken a minute for a contact."""
    core = Core(plan(agent("ann", units=1), entry_points=(), default_route=Route("sales"))).on_duty("ann")
    core.do(arrive("first"))
    core.accept("first")
    core.pass_ms(60 * SECOND)
    core.do(core.complete("ann", "first"))
    return core


def test_who_finds_somebody_free_is_told_nothing() -> None:
    core = experienced()
    core.do(arrive("c1"))
    assert core.contact("c1").expected_wait_ms == 0


def test_who_stands_further_back_is_told_to_wait_longer() -> None:
    core = experienced()
    for number in range(4):
        core.do(arrive(f"c{number}"))
    waits = [core.contact(f"c{number}").expected_wait_ms for number in range(1, 4)]
    assert waits == sorted(waits)
    assert waits[0] < 60 * SECOND < waits[-1]
    assert all(
        core.contact(f"c{number}").expected_wait_p90_ms > core.contact(f"c{number}").expected_wait_ms
        for number in range(1, 4)
    )


def test_nobody_can_tell_before_anything_was_handled_or_while_nobody_is_on_duty() -> None:
    core = Core(plan(agent("ann", units=1)))
    core.do(arrive("c1"))
    assert (core.contact("c1").expected_wait_ms, core.contact("c1").expected_wait_p90_ms) == (0, 0)


def test_what_came_corrects_what_is_said_next() -> None:
    core = experienced()
    core.do(arrive("c1"))
    core.do(arrive("c2"))
    core.accept("c1")
    core.pass_ms(600 * SECOND)
    core.do(core.complete("ann", "c1"))
    before = core.state.figures["sales"]
    core.accept("c2")
    after = core.state.figures["sales"]
    assert after.median_ppm > before.median_ppm
    assert after.ninetieth_ppm > before.ninetieth_ppm
