"""Rounds on the SQL model: the same centre, worked by the method."""

from services.cli.bench.sizes import Size
from services.cli.bench.sql_floor import SqlFloor
from services.cli.bench.sql_model import Member, Strategy
from services.cli.bench.workload import Workload
from services.plan.compiled import Policy


def floor(free_percent: int) -> SqlFloor:
    size = Size(20, 200, (Policy.LONGEST_IDLE,), free_percent, queues=4, signatures=12)
    return SqlFloor(Workload(size), Strategy.LONGEST_IDLE)


def test_whoever_becomes_free_is_taken_in_the_pass_that_follows() -> None:
    centre = floor(free_percent=0)
    first = next(centre.model.waiting())

    taken = centre.freed_round(200)

    assert len(taken.taken_ns) == 200
    assert first not in centre.model.waiting(), "who waits longest is served before those who came since"
    assert len(list(centre.model.waiting())) == 200, "another came for each who was served"
    assert not any(centre.model.assign(Member("late", queue)) for queue in ("queue-00", "queue-01")), "nobody is free"


def test_a_pass_over_many_free_agents_keeps_as_many_free() -> None:
    centre = floor(free_percent=20)
    busy = len(centre.busy)

    assert len(centre.round(10).taken_ns) == 10

    assert len(centre.busy) == busy
    assert len(list(centre.model.waiting())) == 200
