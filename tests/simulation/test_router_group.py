"""Several routers share partitions while routers, log and group fail: nothing lost or doubled, all divided in the end.

SWITCHROOM_GROUP_SEEDS says how many worlds are tried, SWITCHROOM_FIRST_GROUP_SEED the seed of the first.
"""

import os
from collections import Counter

import pytest

from tests.simulation.group_world import run_group_world

SEEDS = int(os.environ.get("SWITCHROOM_GROUP_SEEDS", "12"))
FIRST_SEED = int(os.environ.get("SWITCHROOM_FIRST_GROUP_SEED", "0"))


@pytest.mark.timeout(max(600, SEEDS * 20))
def test_whatever_becomes_of_routers_each_command_is_decided_once_and_each_partition_has_one_owner() -> None:
    seen: Counter[str] = Counter()
    for seed in range(FIRST_SEED, FIRST_SEED + SEEDS):
        try:
            world = run_group_world(seed)
        except AssertionError as violation:
            pytest.fail(
                f"seed {seed}: {violation} (again: SWITCHROOM_FIRST_GROUP_SEED={seed} SWITCHROOM_GROUP_SEEDS=1)"
            )
        seen.update(world.counts)
    expected = {"_kill", "_restart", "_forget", "_divide", "_stall", "unknown", "handed on", "states compared"}
    assert not {what for what in expected if not seen[what]}, seen
