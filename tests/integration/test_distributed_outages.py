"""Kafka away, and MongoDB away, while customers write and agents work: who is told what; nothing is missing."""

import asyncio
import os
from typing import Any

import pytest
from pymongo import MongoClient

from tests.integration.agents_on_duty import agents_on_duty
from tests.integration.cluster import SERVICES, Cluster
from tests.integration.outages import BEFORE, all_are_alive_for, customers, now_s, say_how_long, was_turned_away_in_time
from tests.integration.senders import EDGES, EVERY_S
from tests.integration.topics import topics, until_all_ended

KAFKA_OUTAGE_S = float(os.environ.get("SWITCHROOM_KAFKA_OUTAGE_S", "60"))
MONGO_OUTAGE_S = float(os.environ.get("SWITCHROOM_MONGO_OUTAGE_S", "30"))
WELL_WITHIN_S = 30.0
CAUGHT_UP_WITHIN_S = 120.0
# The MongoDB server of these tests does a hundred things a second: it has to file what ten minutes bring in that time.
EVERY_S_WITHOUT_MONGO = max(EVERY_S, MONGO_OUTAGE_S / 60)

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600 + round(KAFKA_OUTAGE_S + MONGO_OUTAGE_S))]


async def test_while_kafka_is_away_senders_are_told_to_come_again_and_all_is_well_soon_after(system: Cluster) -> None:
    async with agents_on_duty(system):
        async with customers(system) as senders:
            await system.kill("kafka")
            away_s = now_s()
            await all_are_alive_for(system, KAFKA_OUTAGE_S)
            coming_s = now_s()
            await system.start("kafka")
            back_s = now_s()
            async with asyncio.timeout(WELL_WITHIN_S):
                await senders.until_taken(1, back_s)
                for name in SERVICES:
                    await system.until_ready(name)
            print(f"all well {now_s() - back_s:.1f} s after Kafka was back")  # noqa: T201
            await senders.until_taken(BEFORE, now_s())
        found = await until_all_ended(system, CAUGHT_UP_WITHIN_S)

    during, taken = senders.during(away_s, coming_s), senders.taken()
    assert {each.edge for each in during} == set(EDGES)
    say_how_long(during)
    assert [each for each in during if not was_turned_away_in_time(each)] == []
    assert {each.contact_id for each in taken if each.contact_id} <= found.arrived.keys()
    assert len(found.arrived) >= len(taken)
    found.nothing_lost_nothing_twice()


async def test_while_mongodb_is_away_contacts_are_taken_routed_and_completed_and_then_all_is_filed(
    system: Cluster,
) -> None:
    async with agents_on_duty(system) as on_duty:
        async with customers(system, EVERY_S_WITHOUT_MONGO) as senders:
            await system.kill("mongo")
            away_s, ended_before = now_s(), len((await topics(system)).audit.ended)
            await all_are_alive_for(system, MONGO_OUTAGE_S / 2)
            said = await on_duty.log_in_again()
            await all_are_alive_for(system, MONGO_OUTAGE_S / 2)
            ended_meanwhile = len((await topics(system)).audit.ended) - ended_before
            during = senders.during(away_s, now_s())
            await system.start("mongo")
            await senders.until_taken(BEFORE, now_s())
        found = await until_all_ended(system, CAUGHT_UP_WITHIN_S)

    found.nothing_lost_nothing_twice()
    assert {each.edge for each in during} == set(EDGES)
    say_how_long(during)
    assert [each for each in during if not each.taken] == []
    assert ended_meanwhile > 0
    assert said.status_code == 503
    assert said.headers["retry-after"].isdigit()
    await what_is_filed_is_what_the_logs_say(system)


async def what_is_filed_is_what_the_logs_say(system: Cluster) -> None:
    """Two more services, with an empty database, file all of it anew: the two databases are equal in the end."""
    for name in ("agents", "reporting"):
        await system.start_beside(name, "anew")
    until_s = now_s() + CAUGHT_UP_WITHIN_S
    there, anew = filed(system, "switchroom"), filed(system, "anew")
    while there != anew and now_s() < until_s:
        await asyncio.sleep(1)
        there, anew = filed(system, "switchroom"), filed(system, "anew")
    assert there == anew
    assert min(len(there[name]) for name in ("contacts", "messages", "reporting_contacts")) >= BEFORE


# What agents write is filed by the service that they write to; all else comes from the logs.
EVERYTHING: dict[str, Any] = {}
FILED = {
    "contacts": EVERYTHING,
    "customers": EVERYTHING,
    "messages": {"direction": "in"},
    "plan_words": EVERYTHING,
    "reporting_contacts": EVERYTHING,
    "reporting_intervals": EVERYTHING,
}


def filed(system: Cluster, database: str) -> dict[str, dict[str, Any]]:
    """What services have filed from the logs, by collection and id."""
    with MongoClient[dict[str, Any]](system.outside.mongo.url, directConnection=True) as client:
        return {
            name: {document["_id"]: document for document in client[database][name].find(where)}
            for name, where in FILED.items()
        }
