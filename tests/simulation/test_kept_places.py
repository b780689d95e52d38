"""Callers who choose to be called back, under a carrier that loses, doubles and reorders: each place is one contact's.

SWITCHROOM_KEPT_PLACE_SCHEDULES says how many schedules are tried, SWITCHROOM_FIRST_KEPT_PLACE_SCHEDULE the first seed.
"""

import logging
import os
from collections import Counter
from collections.abc import Iterator

import pytest
import structlog

from tests.simulation.kept_place_world import run_kept_place_world

SCHEDULES = int(os.environ.get("SWITCHROOM_KEPT_PLACE_SCHEDULES", "30"))
FIRST_SCHEDULE = int(os.environ.get("SWITCHROOM_FIRST_KEPT_PLACE_SCHEDULE", "0"))
# What all of it is worth nothing without.
EXPECTED = (
    "keys",
    "kept",
    "called back",
    "connected",
    "callback",
    "completed",
    "abandoned",
    "callback 200",
    "wait 200",
    "status 204",
    "hung up",
    "restarts",
    "carrier away",
    "documents away",
    "log away",
)


@pytest.fixture(autouse=True)
def _only_what_stops_the_program_is_logged() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.mark.timeout(max(600, SCHEDULES))
def test_who_chooses_to_be_called_back_keeps_the_place_alone_and_is_called() -> None:
    seen: Counter[str] = Counter()
    for seed in range(FIRST_SCHEDULE, FIRST_SCHEDULE + SCHEDULES):
        try:
            world = run_kept_place_world(seed)
        except AssertionError as violation:
            pytest.fail(
                f"seed {seed}: {violation} "
                f"(again: SWITCHROOM_FIRST_KEPT_PLACE_SCHEDULE={seed} SWITCHROOM_KEPT_PLACE_SCHEDULES=1)"
            )
        seen.update(world.counts)
    if SCHEDULES >= 30:
        assert not {what for what in EXPECTED if not seen[what]}, seen
        assert seen["kept"] > SCHEDULES
