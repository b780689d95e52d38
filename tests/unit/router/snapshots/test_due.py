"""When a snapshot is due."""

from services.router.snapshots.due import PARTS, RETRY_MS, Due, SnapshotRules

RULES = SnapshotRules(commits=3, minutes=2)
TWO_MINUTES_MS = 120_000


def after(commits: int, due: Due | None = None) -> Due:
    due = due or Due(RULES, 0)
    for _ in range(commits):
        due.committed()
    return due


def test_it_is_due_after_so_many_commits() -> None:
    assert not after(2).is_due(1)
    assert after(3).is_due(1)


def test_it_is_due_after_so_many_minutes_if_there_was_a_commit() -> None:
    assert not after(0).is_due(TWO_MINUTES_MS)
    assert not after(1).is_due(TWO_MINUTES_MS - 1)
    assert after(1).is_due(TWO_MINUTES_MS)


def test_both_begin_anew_when_it_is_taken() -> None:
    due = after(3)
    due.taken(1_000)
    assert not after(2, due).is_due(TWO_MINUTES_MS)
    assert due.is_due(TWO_MINUTES_MS + 1_000)


def test_one_that_took_long_is_followed_by_a_long_rest() -> None:
    due = after(3)
    due.taken(1_000)
    due.made(3_000)
    rested_ms = 3_000 + 2_000 * (PARTS - 1)
    assert not after(3, due).is_due(rested_ms - 1)
    assert due.is_due(rested_ms)


def test_one_that_failed_is_tried_again_a_minute_later_even_if_nothing_is_committed() -> None:
    due = after(3)
    due.taken(1_000)
    due.failed(2_000)
    assert not due.is_due(2_000 + RETRY_MS - 1)
    assert due.is_due(2_000 + RETRY_MS)
