"""How long offers paused around a fault, by whose partition it was and what else was done meanwhile."""

from services.cli.bench.takeover.committed import Claim
from services.cli.bench.takeover.pauses import Fault, FaultKind, Pause, pauses

ONE, TWO = "router-1:8082", "router-2:8082"
CLAIMS = [Claim(0, 1, ONE, 0), Claim(1, 1, TWO, 0), Claim(0, 2, TWO, 19_000)]
CRASH = Fault(FaultKind.CRASH, ONE, 10_000)


def found(*faults: Fault, seen: dict[int, list[int]]) -> list[tuple[int, int, bool, bool]]:
    return [(each.partition, each.ms, each.struck, each.again) for each in pauses(faults, CLAIMS, seen)]


def test_the_pause_is_the_gap_that_the_fault_came_into_and_is_told_of_each_partition() -> None:
    seen = {0: [9_500, 9_900, 19_400, 19_500], 1: [9_700, 10_100, 10_200]}
    assert found(CRASH, seen=seen) == [(0, 9_500, True, False), (1, 400, False, False)]


def test_a_longer_gap_later_on_counts_too_until_the_next_fault() -> None:
    seen = {0: [9_900, 10_100, 14_100, 14_200]}
    assert found(CRASH, seen=seen) == [(0, 4_000, True, False)]
    next_fault = Fault(FaultKind.GRACEFUL, TWO, 12_000)
    assert found(CRASH, next_fault, seen=seen) == [(0, 200, True, False), (0, 4_000, False, False)]


def test_a_pause_into_which_another_fault_came_says_so() -> None:
    again = Fault(FaultKind.CRASH, ONE, 15_000)
    seen = {0: [9_900, 25_000]}
    assert found(CRASH, again, seen=seen) == [(0, 15_100, True, True), (0, 15_100, True, False)]


def test_whose_the_partition_is_goes_by_the_log_as_it_was_then() -> None:
    late = Fault(FaultKind.ZOMBIE, TWO, 20_000)
    assert pauses([late], CLAIMS, {0: [19_900, 20_100]}) == [Pause(late, 0, 200, struck=True, again=False)]


def test_without_an_offer_afterwards_nothing_can_be_said() -> None:
    assert found(CRASH, seen={0: [9_900], 1: []}) == []
