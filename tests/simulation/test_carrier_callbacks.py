"""Calls under a carrier that loses, doubles and reorders what it tells: none is stuck, no agent left busy, none lost.

SWITCHROOM_CARRIER_SCHEDULES says how many schedules are tried, SWITCHROOM_FIRST_CARRIER_SCHEDULE the seed of the first.
"""

import logging
import os
from collections import Counter
from collections.abc import Iterator

import pytest
import structlog

from tests.simulation.telephone_world import run_world

SCHEDULES = int(os.environ.get("SWITCHROOM_CARRIER_SCHEDULES", "50"))
FIRST_SCHEDULE = int(os.environ.get("SWITCHROOM_FIRST_CARRIER_SCHEDULE", "0"))
# What all of it is worth nothing without.
EXPECTED = (
    "voice 200",
    "menu 200",
    "wait 200",
    "dialed 200",
    "agent 204",
    "status 204",
    "leg to a conference",
    "wait to a conference",
    "handed over",
    "keys",
    "hung up",
    "hang up",
    "finish",
    "complete",
    "transfer",
    "busy",
    "no-answer",
    "rejects",
    "unknown",
    "restarts",
    "documents away",
    "carrier away",
    "log away",
    "connected",
    "completed",
    "abandoned",
    "left_in_ivr",
)


@pytest.fixture(autouse=True)
def _only_what_stops_the_program_is_logged() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.mark.timeout(max(600, SCHEDULES))
def test_no_call_is_stuck_and_no_agent_left_busy_and_nobody_lost_whatever_the_carrier_tells() -> None:
    seen: Counter[str] = Counter()
    for seed in range(FIRST_SCHEDULE, FIRST_SCHEDULE + SCHEDULES):
        try:
            world = run_world(seed)
        except AssertionError as violation:
            pytest.fail(
                f"seed {seed}: {violation} "
                f"(again: SWITCHROOM_FIRST_CARRIER_SCHEDULE={seed} SWITCHROOM_CARRIER_SCHEDULES=1)"
            )
        seen.update(world.counts)
    if SCHEDULES >= 50:
        assert not {what for what in EXPECTED if not seen[what]}, seen
        assert seen["connected"] > SCHEDULES
