"""The log on three real Kafka brokers that are killed and paused: nothing acknowledged is lost, and nothing hangs."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pytest

from services.shared.event_log import LogRecord, LogUnavailable
from services.shared.kafka_event_log import KafkaEventLog
from services.shared.kafka_topics import Topic, TopicsWrong, ensure_topics
from tests.contract.event_log_contract import take
from tests.integration.kafka_brokers import KafkaBrokers, everything, new_topic

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
ALL = (1, 2, 3)
# How soon everything works again; it takes a tenth of it where nothing else runs.
WELL_AGAIN_S = 30
# What an append may take at most is 4 s; this is for machines that have other things to do.
REFUSED_S = 40
LONG_S = 120


@pytest.fixture(scope="module")
def brokers() -> Iterator[KafkaBrokers]:
    brokers = KafkaBrokers(3)
    yield brokers
    brokers.stop()


@dataclass
class Sender:
    """Appends one number after the other, as somebody does who is told no: it goes on with the next."""

    log: KafkaEventLog
    acknowledged: list[bytes] = field(default_factory=list)
    refused: list[bytes] = field(default_factory=list)

    async def send(self) -> None:
        number = 0
        while True:
            record = b"%d" % number
            try:
                await self.log.append(0, record)
            except LogUnavailable:
                self.refused.append(record)
            else:
                self.acknowledged.append(record)
            number += 1
            await asyncio.sleep(0.002)

    async def after(self, more: int) -> None:
        """Wait until so many more were acknowledged."""
        until = len(self.acknowledged) + more
        while len(self.acknowledged) < until:  # noqa: ASYNC110  # a test may look now and then
            await asyncio.sleep(0.01)


@pytest.fixture
async def log(brokers: KafkaBrokers) -> AsyncIterator[KafkaEventLog]:
    log = await KafkaEventLog.open(brokers.servers, await new_topic(brokers))
    yield log
    await log.close()


@pytest.fixture
async def sender(log: KafkaEventLog) -> AsyncIterator[Sender]:
    sender = Sender(log)
    sending = asyncio.ensure_future(sender.send())
    async with asyncio.timeout(LONG_S):
        await sender.after(100)
    yield sender
    sending.cancel()
    await asyncio.wait([sending])


async def is_whole(log: KafkaEventLog, sender: Sender) -> None:
    """What was acknowledged is there, in order, and nothing is there twice."""
    acknowledged = list(sender.acknowledged)
    records = [int(record) for record in await everything(log)]
    assert records == sorted(set(records))
    assert {int(record) for record in acknowledged} <= set(records)


async def test_the_leader_is_killed(brokers: KafkaBrokers, log: KafkaEventLog, sender: Sender) -> None:
    reader = log.read(0, 0)
    leader = await brokers.leader(log.topic, 0)
    brokers.kill(leader)
    async with asyncio.timeout(WELL_AGAIN_S):
        await sender.after(100)
    await is_whole(log, sender)
    await brokers.up(leader)
    async with asyncio.timeout(WELL_AGAIN_S):
        await sender.after(100)
    await is_whole(log, sender)
    # One who reads all along sees the same.
    seen = [record.record for record in await take(reader, len(sender.acknowledged))]
    assert seen == (await everything(log))[: len(seen)]


async def test_the_leader_is_paused_and_wakes_up_as_a_follower(
    brokers: KafkaBrokers, log: KafkaEventLog, sender: Sender
) -> None:
    with brokers.paused(await brokers.leader(log.topic, 0)):
        async with asyncio.timeout(WELL_AGAIN_S):
            await sender.after(100)
    async with asyncio.timeout(WELL_AGAIN_S):
        await sender.after(100)
    await is_whole(log, sender)


async def test_two_of_three_are_lost_and_nothing_is_acknowledged_until_one_is_back(
    brokers: KafkaBrokers, log: KafkaEventLog, sender: Sender
) -> None:
    leader = await brokers.leader(log.topic, 0)
    lost = [broker for broker in ALL if broker != leader]
    brokers.kill(*lost)
    # What was on its way to both may still have got through.
    async with asyncio.timeout(REFUSED_S):
        await refused(sender)
    before = len(sender.acknowledged)
    async with asyncio.timeout(REFUSED_S):
        await refused(sender)
    assert len(sender.acknowledged) == before
    await brokers.up(*lost)
    async with asyncio.timeout(WELL_AGAIN_S):
        await sender.after(100)
    await is_whole(log, sender)


async def refused(sender: Sender) -> None:
    """Wait until one more append was refused."""
    count = len(sender.refused)
    while len(sender.refused) == count:  # noqa: ASYNC110  # a test may look now and then
        await asyncio.sleep(0.01)


async def test_all_are_lost_and_everything_is_refused_in_time_and_works_when_they_are_back(
    brokers: KafkaBrokers, log: KafkaEventLog, sender: Sender
) -> None:
    reader = asyncio.ensure_future(take(log.read(0, 0), len(sender.acknowledged) + 100))
    brokers.kill(*ALL)
    async with asyncio.timeout(REFUSED_S):
        await refused(sender)
        await refused(sender)
        with pytest.raises(LogUnavailable):
            await log.end(0)
    await brokers.up(*ALL)
    async with asyncio.timeout(WELL_AGAIN_S):
        await sender.after(100)
        await log.end(0)
    await is_whole(log, sender)
    await one_who_reads_is_told_or_goes_on(reader)


async def one_who_reads_is_told_or_goes_on(reader: asyncio.Future[list[LogRecord]]) -> None:
    async with asyncio.timeout(WELL_AGAIN_S):
        await asyncio.wait([reader])
    assert isinstance(reader.exception(), LogUnavailable | None)


async def test_a_log_is_closed_in_time_though_its_brokers_are_paused(
    brokers: KafkaBrokers, log: KafkaEventLog, sender: Sender
) -> None:
    with brokers.paused(1), brokers.paused(2), brokers.paused(3):
        async with asyncio.timeout(REFUSED_S):
            await log.close()
    other = await opened_again(brokers, log.topic)
    await is_whole(other, sender)
    await other.close()


async def opened_again(brokers: KafkaBrokers, topic: str) -> KafkaEventLog:
    async with asyncio.timeout(WELL_AGAIN_S):
        while True:
            try:
                log = await KafkaEventLog.open(brokers.servers, topic)
                await log.append(0, b"1000000000")
            except LogUnavailable:
                await asyncio.sleep(0.5)
            else:
                return log


async def test_topics_are_made_with_their_replicas_and_checked_for_them(brokers: KafkaBrokers) -> None:
    kept = Topic("kept", 3, None, replication=3, min_insync=2)
    await ensure_topics(brokers.servers, [kept])
    await ensure_topics(brokers.servers, [kept])
    with pytest.raises(TopicsWrong, match=r"3 replicas and must have 1[^Z]*min\.insync\.replicas=2 and must have 1"):
        await ensure_topics(brokers.servers, [Topic("kept", 3, None)])
