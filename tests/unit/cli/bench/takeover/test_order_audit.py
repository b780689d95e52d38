"""The auditor's rules of a partition: no gap in its batches, and every record of contacts.inbound taken once."""

import pytest

from services.cli.bench.takeover.committed import Commit, Decided
from services.cli.bench.takeover.order_audit import OrderAudit
from services.cli.bench.takeover.violation import Rule, Violations

INBOUND = [("acme", "e0"), ("acme", "e1"), ("acme", "e0"), ("acme", "e2")]


def commit(epoch: int, seq: int, to: int = -1, *ids: str, at_ms: int = 1) -> Commit:
    commands = tuple(Decided("acme", each, of_inbound=True, happened=()) for each in ids)
    return Commit(0, 10 * epoch + seq, epoch, seq, at_ms, to, commands)


RIGHT = (commit(1, 1, 0, "e0"), commit(1, 2, 2, "e1"), commit(3, 1, 2), commit(3, 2, 3, "e2"))


def broken_by(*commits: Commit, inbound: list[tuple[str, str]] | None = None) -> dict[Rule, int]:
    violations = Violations()
    audit = OrderAudit(INBOUND if inbound is None else inbound, violations)
    for each in commits:
        audit.take(each)
    audit.finish()
    return dict(violations.counts)


def test_a_log_without_gaps_breaks_no_rule_though_a_record_was_delivered_twice() -> None:
    assert broken_by(*RIGHT) == {}


def test_answers_to_programs_are_no_records_of_contacts_inbound() -> None:
    asked = Commit(0, 5, 1, 1, 1, -1, (Decided("acme", "ann/1", of_inbound=False, happened=()),))
    assert broken_by(asked, inbound=[]) == {}


@pytest.mark.parametrize(
    "commits",
    [
        (RIGHT[0], commit(1, 3, 2, "e1"), *RIGHT[2:]),
        (RIGHT[0], commit(1, 1, 2, "e1"), *RIGHT[2:]),
        (*RIGHT, commit(2, 1, 3)),
        (RIGHT[0], RIGHT[1], commit(3, 2, 2), commit(3, 3, 3, "e2")),
        RIGHT[:3],
        (commit(1, 1, 0, "e0"), commit(1, 2, 3, "e2")),
        (commit(1, 1, 0, "e0"), commit(1, 2, 3, "e2", "e1")),
        (commit(1, 1, 0, "e0"), commit(1, 2, 2, "e1", "e0"), commit(1, 3, 3, "e2")),
        (*RIGHT, commit(3, 3, 9)),
        (*RIGHT, commit(3, 3, 2)),
    ],
)
def test_a_gap_is_found_wherever_it_is(commits: tuple[Commit, ...]) -> None:
    assert broken_by(*commits).keys() == {Rule.GAPS}


def test_time_that_goes_back_is_found() -> None:
    assert broken_by(RIGHT[0], commit(1, 2, 3, "e1", "e2", at_ms=0)) == {Rule.BROKEN: 1}
