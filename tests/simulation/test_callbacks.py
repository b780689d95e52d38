"""Call-backs under a carrier that loses, doubles and reorders what it tells: none is lost, and nobody is called twice.

SWITCHROOM_CALLBACK_SCHEDULES says how many schedules are tried, SWITCHROOM_FIRST_CALLBACK_SCHEDULE the first seed.
"""

import logging
import os
from collections import Counter
from collections.abc import Iterator

import pytest
import structlog

from tests.simulation.callback_world import run_callback_world

SCHEDULES = int(os.environ.get("SWITCHROOM_CALLBACK_SCHEDULES", "50"))
FIRST_SCHEDULE = int(os.environ.get("SWITCHROOM_FIRST_CALLBACK_SCHEDULE", "0"))
# What all of it is worth nothing without.
EXPECTED = (
    "asked",
    "cancelled",
    "called",
    "connected",
    "wait 200",
    "dialed 200",
    "status 204",
    "restarts",
    "carrier away",
    "documents away",
    "log away",
    "completed",
    "abandoned",
    "joined",
)


@pytest.fixture(autouse=True)
def _only_what_stops_the_program_is_logged() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.mark.timeout(max(600, SCHEDULES))
def test_no_request_is_lost_and_no_customer_called_twice_whatever_the_carrier_tells() -> None:
    seen: Counter[str] = Counter()
    for seed in range(FIRST_SCHEDULE, FIRST_SCHEDULE + SCHEDULES):
        try:
            world = run_callback_world(seed)
        except AssertionError as violation:
            pytest.fail(
                f"seed {seed}: {violation} "
                f"(again: SWITCHROOM_FIRST_CALLBACK_SCHEDULE={seed} SWITCHROOM_CALLBACK_SCHEDULES=1)"
            )
        seen.update(world.counts)
    if SCHEDULES >= 50:
        assert not {what for what in EXPECTED if not seen[what]}, seen
        assert seen["connected"] > SCHEDULES
