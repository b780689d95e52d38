"""The figures of `bench takeover`."""

import json

from services.cli.bench.takeover.audit import Audit
from services.cli.bench.takeover.pauses import Fault, FaultKind, Pause
from services.cli.bench.takeover.result import Result
from services.cli.bench.takeover.violation import Rule

FAULTS = {FaultKind.CRASH: 2, FaultKind.ZOMBIE: 1, FaultKind.GRACEFUL: 1}


def pause(kind: FaultKind, ms: int, *, struck: bool = True, again: bool = False) -> Pause:
    return Pause(Fault(kind, "router-1:8082", 0), 0, ms, struck, again)


def result(*paused: Pause) -> Result:
    return Result(FAULTS, contacts=500, commits=900, hashes=36, audit=Audit(), pauses=paused)


def values(found: Result) -> dict[str, float]:
    return {figure.name: figure.value for figure in found.figures()}


def test_there_is_a_figure_for_each_thing_that_was_done_and_for_each_rule() -> None:
    found = result(*(pause(kind, 1_000) for kind in FaultKind), pause(FaultKind.CRASH, 500, struck=False))
    assert list(values(found)) == [
        "takeover.kills", "takeover.zombies", "takeover.restarts", "takeover.contacts",
        "takeover.lost", "takeover.unfinished", "takeover.double_offers", "takeover.gaps", "takeover.broken",
        "takeover.not_in_log", "takeover.hashes_differ",
        "takeover.crash_p99_s", "takeover.zombie_p99_s", "takeover.graceful_p99_s", "takeover.elsewhere_p99_s",
    ]  # fmt: skip
    assert all(list(json.loads(figure.as_json())) == KEYS for figure in found.figures())
    assert found.is_safe


KEYS = ["name", "value", "unit", "baseline", "ratio", "n"]


def test_a_broken_rule_is_counted_and_the_run_is_not_safe() -> None:
    found = result()
    found.audit.violations.note(Rule.DOUBLE_OFFERS, "c1 was offered to bob while ann had it")
    assert values(found)["takeover.double_offers"] == 1
    assert not found.is_safe


def test_of_pauses_the_ninety_ninth_of_a_hundred_is_told_and_the_longest_of_fewer() -> None:
    hundreds = [pause(FaultKind.CRASH, ms) for ms in range(10, 2_010, 10)]
    assert values(result(*hundreds))["takeover.crash_p99_s"] == 1.98
    assert values(result(*hundreds[:50]))["takeover.crash_p99_s"] == 0.5


def test_pauses_of_partitions_that_were_not_struck_and_those_struck_twice_are_told_apart() -> None:
    found = values(
        result(
            pause(FaultKind.CRASH, 9_000),
            pause(FaultKind.CRASH, 300, struck=False),
            pause(FaultKind.CRASH, 30_000, again=True),
        )
    )
    assert found["takeover.crash_p99_s"] == 9
    assert found["takeover.elsewhere_p99_s"] == 0.3
    assert "takeover.graceful_p99_s" not in found
