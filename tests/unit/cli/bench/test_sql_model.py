"""The SQL-scan model makes the decisions that the method makes."""

import sqlite3

import pytest

from services.cli.bench.sql_model import Member, SqlModel, Strategy


def model(strategy: Strategy = Strategy.LONGEST_IDLE, *, indexed: bool = False) -> SqlModel:
    """Ann, Bob and Cy in sales, in that order, idle for 10, 30 and 20 s; Ann and Dee in billing, Dee idle for 90 s."""
    made = SqlModel(strategy, indexed=indexed)
    made.add_agent("ann", ("sales", "billing"), free=True, idle_s=10)
    made.add_agent("bob", ("sales",), free=True, idle_s=30)
    made.add_agent("cy", ("sales",), free=True, idle_s=20)
    made.add_agent("dee", ("billing",), free=True, idle_s=90)
    return made


def assigned(made: SqlModel, queue: str, times: int) -> list[str]:
    waiting = len(list(made.waiting()))
    members = [Member(f"{queue}-{waiting + number}", queue) for number in range(times)]
    for member in members:
        made.join(member)
    return [made.assign(member) for member in members]


@pytest.mark.parametrize("indexed", [False, True])
def test_the_longest_idle_of_the_queue_comes_first_until_nobody_is_free(indexed: bool) -> None:
    made = model(indexed=indexed)
    assert assigned(made, "sales", 4) == ["bob", "cy", "ann", ""]


def test_an_agent_of_two_queues_who_was_taken_for_one_is_not_free_for_the_other() -> None:
    made = model()
    assert assigned(made, "sales", 3) == ["bob", "cy", "ann"]
    assert assigned(made, "billing", 2) == ["dee", ""]


def test_who_becomes_free_again_is_the_last_of_the_idle() -> None:
    made = model()
    made.join(member := Member("first", "sales"))
    assert made.assign(member) == "bob"
    made.leave(member)
    made.free("bob")
    assert assigned(made, "sales", 3) == ["cy", "ann", "bob"]


@pytest.mark.parametrize("indexed", [False, True])
def test_round_robin_goes_on_behind_the_one_who_was_offered_something_last(indexed: bool) -> None:
    made = model(Strategy.ROUND_ROBIN, indexed=indexed)
    # Ann was offered something last before this: she had the call that ended last.
    assert assigned(made, "sales", 1) == ["bob"]
    made.free("bob")
    assert assigned(made, "sales", 3) == ["cy", "ann", "bob"]


def test_a_member_is_assigned_once() -> None:
    made = model()
    made.join(member := Member("first", "sales"))
    assert made.assign(member) == "bob"
    with pytest.raises(AssertionError, match="taken"):
        assert_waits(made, member)


def assert_waits(made: SqlModel, member: Member) -> None:
    assert member in made.waiting(), "taken"


def test_a_pass_looks_at_who_has_waited_longest_first_and_not_at_who_is_being_called() -> None:
    made = model()
    members = [Member(name, "sales") for name in ("first", "second", "third")]
    for member in members:
        made.join(member)
    assert list(made.waiting()) == members
    made.assign(members[1])
    assert list(made.waiting()) == [members[0], members[2]]


def test_a_busy_agent_gets_nothing() -> None:
    made = SqlModel(Strategy.LONGEST_IDLE, indexed=False)
    made.add_agent("ann", ("sales",), free=False)
    assert assigned(made, "sales", 1) == [""]
    made.free("ann")
    assert assigned(made, "sales", 1) == ["ann"]


def test_only_the_generous_model_has_indexes() -> None:
    def indexes(made: SqlModel) -> int:
        (count,) = made.run("SELECT count(*) FROM sqlite_master WHERE type = 'index'").fetchone()
        return int(count)

    assert (indexes(model()), indexes(model(indexed=True))) == (0, 4)


def test_the_whole_database_is_in_memory_and_nothing_is_synchronised() -> None:
    run = model().run
    assert run("PRAGMA database_list").fetchall() == [(0, "main", "")]
    assert run("PRAGMA synchronous").fetchone() == (0,)
    assert run("PRAGMA temp_store").fetchone() == (2,)
    assert run("PRAGMA cache_size").fetchone() == (8000,)
    assert isinstance(run("SELECT 1"), sqlite3.Cursor)
