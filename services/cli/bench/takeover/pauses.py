"""How long offers paused around each fault, partition by partition, from when agents saw them."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.cli.bench.takeover.committed import Claim

# So long after a fault a pause is still put down to it, if no other fault comes first.
LOOKED_AT_MS = 30_000


class FaultKind(StrEnum):
    """What is done to a router."""

    CRASH = "crash"
    ZOMBIE = "zombie"
    GRACEFUL = "graceful"


@dataclass(frozen=True, slots=True)
class Fault:
    """What was done to which router, and when; wall time."""

    kind: FaultKind
    owner_address: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Pause:
    """The longest time without an offer in a partition.

    `struck`: the router that the fault was done to owned it. `again`: another fault came within it.
    """

    fault: Fault
    partition: int
    ms: int
    struck: bool
    again: bool


def pauses(faults: Sequence[Fault], claims: Iterable[Claim], seen: Mapping[int, Sequence[int]]) -> list[Pause]:
    """One for each fault and partition; `seen` has the times of offers of each partition, in order."""
    by_partition = defaultdict(list)
    for claim in claims:
        by_partition[claim.partition].append(claim)
    in_turn = sorted(faults, key=lambda fault: fault.at_ms)
    found: list[Pause] = []
    for place, fault in enumerate(in_turn):
        later = [other.at_ms for other in in_turn[place + 1 :]]
        for partition, times in sorted(seen.items()):
            struck = _owner(by_partition[partition], fault.at_ms) == fault.owner_address
            for ms, ends_ms in _longest(fault, times, later):
                again = any(at_ms < ends_ms for at_ms in later)
                found.append(Pause(fault, partition, ms, struck, again))
    return found


def _owner(claims: Sequence[Claim], at_ms: int) -> str:
    """Who owned it then, according to the log; "" for nobody."""
    before = [claim for claim in claims if claim.at_ms <= at_ms]
    return max(before, key=lambda claim: claim.epoch).owner_address if before else ""


def _longest(fault: Fault, times: Sequence[int], later: Sequence[int]) -> Iterable[tuple[int, int]]:
    """The longest gap, and its end: of the one that the fault came into, and those that ended before the next fault.

    None where no offer ever came again.
    """
    until_ms = min([*later[:1], fault.at_ms + LOOKED_AT_MS])
    first = max(bisect_right(times, fault.at_ms), 1)
    gaps = [
        (times[place] - times[place - 1], times[place])
        for place in range(first, len(times))
        if place == first or times[place] <= until_ms
    ]
    return [max(gaps)] if gaps else []
