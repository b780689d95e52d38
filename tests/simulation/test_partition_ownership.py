"""Writers racing for one partition, over thousands of schedules: nothing unsafe, and somebody owns it in the end.

SWITCHROOM_SCHEDULES says how many schedules are tried, SWITCHROOM_FIRST_SCHEDULE the seed of the first.
"""

import os
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from services.router.owner import Owner
from services.shared.fence import Drop, Fence
from tests.simulation import ownership_bugs as bugs
from tests.simulation.ownership_duel import Duel
from tests.simulation.ownership_world import OwnerKind, Violation, World, run_schedule

SCHEDULES = int(os.environ.get("SWITCHROOM_SCHEDULES", "5000"))
FIRST_SCHEDULE = int(os.environ.get("SWITCHROOM_FIRST_SCHEDULE", "0"))
SCHEDULES_FOR_A_BUG = 200


def first_violation(owner_kind: OwnerKind, fence_kind: Callable[[], Fence] = Fence) -> str:
    for seed in range(SCHEDULES_FOR_A_BUG):
        try:
            run_schedule(seed, owner_kind, fence_kind)
        except Violation as violation:
            return str(violation)
    return "none"


@pytest.mark.timeout(max(600, SCHEDULES // 50))
def test_no_schedule_is_unsafe_and_each_ends_with_an_owner_that_decides() -> None:
    seen: dict[str, int] = dict.fromkeys(("accepted", "epochs", *Drop), 0)
    for seed in range(FIRST_SCHEDULE, FIRST_SCHEDULE + SCHEDULES):
        try:
            world = run_schedule(seed)
        except Violation as violation:
            pytest.fail(
                f"schedule {seed}: {violation} (again: SWITCHROOM_FIRST_SCHEDULE={seed} SWITCHROOM_SCHEDULES=1)"
            )
        seen["accepted"] += len(world.accepted)
        seen["epochs"] += world.auditor.checkpoint.epoch
        for why, count in world.auditor.dropped.items():
            seen[why] += count
    # The schedules are worth something only if the faults come up in them.
    assert all(count > SCHEDULES // 10 for count in seen.values()), seen


@pytest.mark.parametrize(
    ("owner_kind", "fence_kind", "violation"),
    [
        (bugs.DigestBeforeSeq, bugs.DigestBeforeSeqFence, "stops the fold"),
        (bugs.LastBarrierWins, bugs.LastBarrierWinsFence, "stopped"),
        (bugs.DroppedBarriersCount, Fence, "did not leave where it was made"),
        (bugs.AppendsBehindItsBarrier, Fence, "stops the fold"),
        (bugs.UsesASeqTwice, Fence, "under this router's claim"),
        (bugs.KeepsWhatItSpeculated, Fence, "decided from another history"),
        (bugs.ReleasesLateBatches, Fence, "effects of a batch that was not accepted"),
        (bugs.ClaimsUnassigned, Fence, "a barrier without an assignment"),
        (bugs.WaitsForever, Fence, "got nothing decided"),
    ],
)
def test_the_simulator_finds_each_near_neighbour_of_the_rules(
    owner_kind: OwnerKind, fence_kind: Callable[[], Fence], violation: str
) -> None:
    assert violation in first_violation(owner_kind, fence_kind)


@pytest.mark.parametrize("seed", range(5))
def test_of_two_routers_that_depose_each_other_one_gets_time_because_the_wait_doubles(seed: int) -> None:
    assert Duel(Owner, Random(seed).randbytes).run(minutes=10) > 0


@pytest.mark.parametrize("seed", range(5))
def test_without_doubling_they_depose_each_other_for_ever(seed: int) -> None:
    assert Duel(bugs.WaitsNoLonger, Random(seed).randbytes).run(minutes=60) == 0


class OwnershipMachine(RuleBasedStateMachine):
    """The same world, moved by hypothesis, which shrinks what it finds."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(Random(0), 3)  # a schedule has to be repeatable
        self.world.move_assignment(0)

    @rule(choice=st.integers(0, 23))
    def a_router_reads(self, choice: int) -> None:
        self.world.read(choice)

    @rule(choice=st.integers(0, 2))
    def a_router_polls(self, choice: int) -> None:
        self.world.poll(choice)

    @rule(choice=st.integers(0, 2))
    def a_router_proposes(self, choice: int) -> None:
        self.world.propose(choice)

    @rule(choice=st.integers(0, 7))
    def an_append_lands(self, choice: int) -> None:
        self.world.land(choice)

    @rule(choice=st.integers(0, 7))
    def an_append_fails(self, choice: int) -> None:
        self.world.fail(choice)

    @rule(choice=st.integers(0, 7))
    def an_append_is_acknowledged(self, choice: int) -> None:
        self.world.acknowledge(choice)

    @rule(choice=st.integers(0, 7))
    def an_append_is_lost(self, choice: int) -> None:
        self.world.lose(choice)

    @rule(choice=st.integers(0, 2))
    def the_partition_is_assigned(self, choice: int) -> None:
        self.world.assign(choice)

    @rule(choice=st.integers(0, 2))
    def the_partition_moves(self, choice: int) -> None:
        self.world.move_assignment(choice)

    @rule(choice=st.integers(0, 2))
    def a_router_falls_asleep(self, choice: int) -> None:
        self.world.pause(choice)

    @rule(choice=st.integers(0, 2))
    def a_router_wakes(self, choice: int) -> None:
        self.world.resume(choice)

    @rule(choice=st.integers(0, 2))
    def a_router_crashes(self, choice: int) -> None:
        self.world.crash(choice)

    @rule(choice=st.integers(0, 5))
    def time_passes(self, choice: int) -> None:
        self.world.pass_time(choice)

    def teardown(self) -> None:
        self.world.finish()


TestOwnershipByHypothesis = OwnershipMachine.TestCase
TestOwnershipByHypothesis.settings = settings(
    max_examples=max(50, SCHEDULES // 100), stateful_step_count=60, deadline=None, database=None
)
