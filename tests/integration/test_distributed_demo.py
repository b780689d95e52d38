"""The demonstration, unchanged, on services that are processes, with real Kafka, and MongoDB and S3 servers."""

import os
import random

import pytest

from services.cli.demonstration.story import VISITS
from tests.integration.cluster import SERVICES, Cluster
from tests.integration.played import Played, begin
from tests.integration.topics import until_all_ended
from tests.system.test_demo import CHANNELS

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

SEED = int(os.environ.get("SWITCHROOM_SEED", "20261122"))
AWAY_S = 3.0
# A call that was cut off is heard of when the carrier is asked, 10 s after the last word of it.
ENDED_WITHIN_S = 120.0


async def everything_was_answered(played: Played) -> None:
    status = await played.end()

    assert status == 0, played.words
    assert len(played.told) == len(VISITS)
    assert {each["outcome"] for each in played.told} == {"completed"}
    assert {each["channel"] for each in played.told} == CHANNELS
    assert all(each["answer"] and each["agent"] and each["queue"] and each["reason"] for each in played.told)
    assert len({each["contact_id"] for each in played.told}) == len(VISITS)


async def test_every_contact_of_the_demonstration_is_answered_by_services_that_are_processes(system: Cluster) -> None:
    played = await begin(system)

    await everything_was_answered(played)
    found = await until_all_ended(system, ENDED_WITHIN_S)
    found.nothing_lost_nothing_twice()
    assert len(found.arrived) == len(VISITS)


async def test_every_contact_is_answered_once_though_each_process_and_server_is_killed_in_the_middle(
    system: Cluster,
) -> None:
    victims = ["kafka", "mongo", *SERVICES]
    random.Random(SEED).shuffle(victims)

    for some in (victims[:3], victims[3:]):
        played = await begin(system)
        await played.until_said("customers make contact")
        for victim in some:
            assert len(played.told) < len(VISITS), f"all was over before {victim} was killed: seed {SEED}"
            await system.kill_and_start(victim, AWAY_S)
        await everything_was_answered(played)

    found = await until_all_ended(system, ENDED_WITHIN_S)
    found.nothing_lost_nothing_twice()
    assert len(found.arrived) >= 2 * len(VISITS)


async def test_every_contact_is_answered_once_by_three_routers_of_which_each_dies_or_is_replaced(
    system: Cluster,
) -> None:
    await system.start("router-2", "router-3")
    played = await begin(system)
    await played.until_said("customers make contact")

    await system.kill("router")
    await system.start("router")
    assert await system.stop("router-2") == 0
    await system.start("router-2")
    await system.kill_and_start("router-3", AWAY_S)

    await everything_was_answered(played)
    found = await until_all_ended(system, ENDED_WITHIN_S)
    found.nothing_lost_nothing_twice()
    assert len(found.arrived) == len(VISITS)
