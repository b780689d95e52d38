from hypothesis import given, settings
from hypothesis import strategies as st

from services.plan.compiled import Hours, Interval
from services.reporting.facts import Plan, Queue
from services.reporting.projections.open_hours import TARGET_MS, OpenHours

HOURS = Hours("office", (Interval(100, 200), Interval(300, 400)), known_until_ms=1_000)


def plan(hours: str = "office", target_ms: int = 7, *, of: Hours = HOURS) -> Plan:
    return Plan("t1", 1, (Queue("mail", "acme", "Mail", target_ms, hours),), (), (), (of,))


def test_the_clock_counts_what_is_open() -> None:
    hours = OpenHours()
    hours.take(plan(), 0)
    assert hours.open_ms("mail", 50, 350) == 150
    assert hours.open_ms("mail", 100, 200) == 100
    assert hours.open_ms("mail", 200, 300) == 0
    assert hours.open_ms("mail", 120, 130) == 10


def test_a_queue_without_hours_or_without_a_plan_is_always_open() -> None:
    hours = OpenHours()
    hours.take(plan(hours=""), 0)
    assert hours.open_ms("mail", 0, 500) == 500
    assert hours.open_ms("gone", 0, 500) == 500
    assert hours.target_ms("gone") == TARGET_MS


def test_beyond_what_is_known_it_is_open() -> None:
    hours = OpenHours()
    hours.take(plan(), 0)
    assert hours.open_ms("mail", 900, 1_100) == 100


def test_each_plan_counts_for_its_own_time() -> None:
    hours = OpenHours()
    hours.take(plan(), 0)
    hours.take(plan(of=Hours("office", (Interval(350, 360),), 1_000)), 320)
    assert hours.open_ms("mail", 0, 400) == 100 + 20 + 10
    hours.take(plan(hours="", target_ms=9), 500)
    assert hours.open_ms("mail", 0, 600) == 130 + 100
    assert hours.target_ms("mail") == 9


def test_how_far_hours_are_known_follows_the_plan_in_force() -> None:
    hours = OpenHours()
    assert hours.known_until_ms == 0
    hours.take(plan(), 0)
    assert hours.known_until_ms == 1_000
    hours.take(plan(of=Hours("office", (), 2_000)), 10)
    assert hours.known_until_ms == 2_000
    hours.take(Plan("t1", 2, (), ()), 20)
    assert hours.known_until_ms == 0


def test_a_queue_that_is_gone_keeps_its_last_target() -> None:
    hours = OpenHours()
    hours.take(plan(target_ms=7), 0)
    hours.take(Plan("t1", 2, (), ()), 10)
    assert hours.target_ms("mail") == 7


SPANS = st.lists(st.integers(0, 400), min_size=0, max_size=12, unique=True).map(sorted)


PLANS = st.lists(st.tuples(SPANS, st.integers(0, 500)), min_size=1, max_size=4)


@settings(deadline=None)
@given(PLANS, st.integers(0, 400), st.integers(0, 400))
def test_it_is_what_counting_each_millisecond_gives(
    plans: list[tuple[list[int], int]], one_ms: int, other_ms: int
) -> None:
    hours, said = OpenHours(), []
    for number, (edges, known_until_ms) in enumerate(plans):
        spans = tuple(Interval(begin, end) for begin, end in zip(edges[::2], edges[1::2], strict=False))
        hours.take(plan(of=Hours("office", spans, known_until_ms)), number * 100)
        said.append((spans, known_until_ms))
    from_ms, until_ms = min(one_ms, other_ms), max(one_ms, other_ms)

    def is_open(at_ms: int) -> bool:
        spans, known_until_ms = said[min(at_ms // 100, len(said) - 1)]
        return at_ms >= known_until_ms or any(each.from_ms <= at_ms < each.until_ms for each in spans)

    assert hours.open_ms("mail", from_ms, until_ms) == sum(map(is_open, range(from_ms, until_ms)))
