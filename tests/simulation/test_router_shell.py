"""The router's whole shell, twice over one faulty log: what is answered is in the log, once, with that very answer.

SWITCHROOM_SHELL_SEEDS says how many worlds are tried, SWITCHROOM_FIRST_SHELL_SEED the seed of the first.
"""

import os
from collections import Counter

import pytest

from services.router.core.commands import DONE
from tests.fakes.faulty_event_log import Fault
from tests.simulation.shell_world import FAULTS, run_world

SEEDS = int(os.environ.get("SWITCHROOM_SHELL_SEEDS", "30"))
FIRST_SEED = int(os.environ.get("SWITCHROOM_FIRST_SHELL_SEED", "0"))


@pytest.mark.timeout(max(600, SEEDS * 10))
def test_every_answered_command_is_in_the_log_once_with_that_answer_whatever_fails() -> None:
    seen: Counter[str] = Counter()
    for seed in range(FIRST_SEED, FIRST_SEED + SEEDS):
        try:
            world = run_world(seed)
        except AssertionError as violation:
            pytest.fail(
                f"seed {seed}: {violation} (again: SWITCHROOM_FIRST_SHELL_SEED={seed} SWITCHROOM_SHELL_SEEDS=1)"
            )
        seen.update(world.counts)
        seen["refused"] += sum(told.answered.outcome != DONE for told in world.told)
    # The worlds are worth something only if all of this comes up in them.
    expected = {*(fault.name for fault in FAULTS), "restarts", "foreign barriers", "unknown", "refused", "epochs"}
    expected |= {"snapshots", "begun at a snapshot"}
    assert not {what for what in expected if not seen[what]}, seen
    assert seen[Fault.NONE.name] > SEEDS * 50
