"""Every schedule of small worlds: each is safe and ends with an owner that decides; no near neighbour gets through."""

import sys

import pytest

from services.router.owner import Owner
from services.shared.fence import Fence
from tests.simulation import ownership_bugs as bugs
from tests.simulation.ownership_duel_search import DuelSearch
from tests.simulation.ownership_search import SMALL, Scope, Search
from tests.simulation.ownership_world import FenceKind, OwnerKind, Violation

SCOPE = Scope(claims=2, crashes=0)
TAKEN_AND_GIVEN = Scope(claims=1, batches=1, failures=0, duplicates=0, crashes=0, changes=2)


@pytest.mark.parametrize("scope", SMALL, ids=str)
def test_every_schedule_of_a_small_world_is_safe_and_ends_with_an_owner_that_decides(scope: Scope) -> None:
    search = Search(scope)

    schedules = search.explore()

    assert schedules > len(search.schedules_from) > 1_000


@pytest.mark.parametrize(
    ("owner_kind", "fence_kind", "scope", "violation"),
    [
        (bugs.DigestBeforeSeq, bugs.DigestBeforeSeqFence, SCOPE, "decided from another history"),
        (bugs.LastBarrierWins, bugs.LastBarrierWinsFence, SCOPE, "a batch of another claim"),
        (bugs.DroppedBarriersCount, Fence, SCOPE, "did not leave where it was made"),
        (bugs.AppendsBehindItsBarrier, Fence, SCOPE, "a batch of epoch 2 stands in epoch 1"),
        (bugs.UsesASeqTwice, Fence, SCOPE, "under this router's claim"),
        (bugs.KeepsWhatItSpeculated, Fence, SCOPE, "decided from another history"),
        (bugs.ReleasesLateBatches, Fence, SCOPE, "effects of a batch that was not accepted"),
        (bugs.EffectsSurviveABarrier, Fence, SCOPE, "effects may leave although another owns"),
        (bugs.ClaimsUnassigned, Fence, SCOPE, "a barrier without an assignment"),
        (bugs.FollowsRevoked, Fence, TAKEN_AND_GIVEN, "did not leave where it was made"),
        (bugs.ClaimsOnAnEvent, Fence, SCOPE, "got nothing decided"),
        (bugs.WaitsForever, Fence, SCOPE, "got nothing decided"),
    ],
)
def test_the_search_finds_each_near_neighbour_of_the_rules(
    owner_kind: OwnerKind, fence_kind: FenceKind, scope: Scope, violation: str
) -> None:
    found = Search(scope, owner_kind, fence_kind).shortest_violation()

    assert found is not None
    sys.stdout.write(f"{found}\n")
    assert violation in found.violation
    assert len(found.schedule) <= 7


def test_of_two_routers_that_depose_each_other_one_gets_time_whatever_chance_says_about_their_waits() -> None:
    search = DuelSearch(Owner)

    assert search.explore() > 100
    assert search.longest_ms < 60_000


def test_without_doubling_the_search_finds_a_duel_that_goes_on_for_ever() -> None:
    with pytest.raises(Violation, match="may depose each other for ever"):
        DuelSearch(bugs.WaitsNoLonger).explore()
