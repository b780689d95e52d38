"""A cluster while a server of it is away: that all its processes answer, and how customers were answered."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

from services.shared.event_log import LogUnavailable
from services.shared.kafka_event_log import KafkaEventLog, KafkaServers
from services.shared.partition import partition_of
from tests.integration.cluster import SERVICES, Cluster
from tests.integration.senders import EDGES, EVERY_S, TENANT, Answer, Senders, sending

REFUSED_WITHIN_S = 5.0
BEFORE = 3
LOOK_EVERY_S = 5.0
# After so long without an answer an orchestrator may kill a process.
HANGS_S = 30.0


@asynccontextmanager
async def customers(system: Cluster, every_s: float = EVERY_S) -> AsyncIterator[Senders]:
    """They write meanwhile: some were taken in at each edge already."""
    async with sending(system, every_s) as senders:
        async with asyncio.timeout(60):
            await senders.until_taken(BEFORE)
        yield senders


def now_s() -> float:
    """On the clock of the senders' answers."""
    return asyncio.get_running_loop().time()


async def all_are_alive_for(system: Cluster, seconds: float) -> None:
    """Look now and then for so long. Raises AssertionError."""
    until_s = now_s() + seconds
    while now_s() < until_s:
        alive = await asyncio.gather(*(system.is_alive(name) for name in SERVICES))
        assert all(alive), dict(zip(SERVICES, alive, strict=True))
        await asyncio.sleep(min(LOOK_EVERY_S, max(until_s - now_s(), 0)))


async def none_hangs_for(system: Cluster, seconds: float) -> float:
    """Ask all of them again and again; the longest that one of them took to answer. Raises AssertionError."""
    until_s, longest_s = now_s() + seconds, 0.0
    while now_s() < until_s:
        began_s = now_s()
        await asyncio.gather(*(_answers(system, name) for name in SERVICES))
        longest_s = max(longest_s, now_s() - began_s)
        await asyncio.sleep(1)
    return round(longest_s, 1)


async def _answers(system: Cluster, name: str) -> None:
    began_s = now_s()
    while not await system.is_alive(name):
        assert now_s() - began_s < HANGS_S, f"{name} hangs"


def was_turned_away_in_time(answer: Answer) -> bool:
    """Whether the sender was told in time to come again."""
    return answer.again and answer.ended_s - answer.began_s <= REFUSED_WITHIN_S


def say(**figures: object) -> None:
    """For whoever wants the figures: pytest -s."""
    print(json.dumps(figures))  # noqa: T201


def say_how_long(answers: list[Answer]) -> None:
    """The same, of answers."""
    for edge in EDGES:
        took_s = sorted(each.ended_s - each.began_s for each in answers if each.edge == edge)
        say(edge=edge, answers=len(took_s), median_s=round(took_s[len(took_s) // 2], 2), longest_s=round(took_s[-1], 2))


def longest_wait_s(senders: Senders, edge: str) -> float:
    """The longest time in which an edge acknowledged nothing."""
    taken_s = [each.ended_s for each in senders.taken(edge)]
    return max(later - earlier for earlier, later in pairwise(taken_s))


async def decided_at_ms(system: Cluster) -> list[int]:
    """When each record came into router.log, where the senders' tenant is. Waits while Kafka does not answer."""
    while True:
        try:
            return await _decided_at_ms(system)
        except LogUnavailable:
            await asyncio.sleep(0.5)


async def _decided_at_ms(system: Cluster) -> list[int]:
    log = await KafkaEventLog.open(KafkaServers(bootstrap=system.outside.kafka.bootstrap), "router.log")
    try:
        partition = partition_of(TENANT, log.partitions)
        end, at_ms = await log.end(partition), list[int]()
        async for record in log.read(partition, 0):
            at_ms.append(record.appended_at_ms)
            if record.offset == end - 1:
                break
        return at_ms
    finally:
        await log.close()


async def until_decided_s(system: Cluster, since_ms: int) -> float:
    """Wait until something was decided since then; how long that took, in seconds."""
    while not (later := [at_ms for at_ms in await decided_at_ms(system) if at_ms > since_ms]):  # noqa: ASYNC110  # in Kafka
        await asyncio.sleep(0.5)
    return (later[0] - since_ms) / 1000


def wall_ms() -> int:
    """On the clock of Kafka's records: the brokers are on this machine."""
    return time.time_ns() // 1_000_000
