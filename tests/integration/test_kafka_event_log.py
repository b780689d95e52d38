"""The log on one real Kafka broker: every case of the suite, and what the mock cluster can't show."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from services.shared.event_log import EventLog, RecordsGone, RecordTooLarge
from services.shared.kafka_event_log import KafkaEventLog
from services.shared.kafka_topics import Topic, TopicsWrong, ensure_topics
from tests.contract.event_log_contract import PARTITIONS, RECORD_BYTES_MAX, EventLogContract, read, take
from tests.fakes.manual_clock import ManualClock
from tests.integration.kafka_brokers import KafkaBrokers, everything, new_topic, opened

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]
LONG_S = 60
# Prints each number once its record was acknowledged.
APPENDER = """
import asyncio, sys
from services.shared.kafka_event_log import KafkaEventLog, KafkaServers

async def main():
    log = await KafkaEventLog.open(KafkaServers(sys.argv[1]), sys.argv[2])
    for number in range(int(sys.argv[4])):
        await log.append(0, b"%s %d" % (sys.argv[3].encode(), number))
        print(number, flush=True)
    await log.close()

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def brokers() -> Iterator[KafkaBrokers]:
    brokers = KafkaBrokers(1)
    yield brokers
    brokers.stop()


class TestKafkaEventLog(EventLogContract):
    @pytest.fixture
    async def log(self, brokers: KafkaBrokers, clock: ManualClock) -> AsyncIterator[KafkaEventLog]:
        topic = await new_topic(brokers, PARTITIONS, RECORD_BYTES_MAX)
        opened = await KafkaEventLog.open(brokers.servers, topic, record_bytes_max=RECORD_BYTES_MAX, clock=clock)
        yield opened
        await opened.close()

    async def test_the_append_time_is_the_clocks_and_never_goes_back(self, log: EventLog, clock: ManualClock) -> None:
        # The clock is the broker's and not the sender's, and can't be set here; the next test has one that goes back.
        before_ms = time.time_ns() // 1_000_000
        for _ in range(5):
            await log.append(0, b"x")
        after_ms = time.time_ns() // 1_000_000
        times = [record.appended_at_ms for record in await take(log.read(0, 0), 5)]
        assert times == sorted(times)
        assert before_ms <= times[0] <= times[-1] <= after_ms


async def test_times_never_go_back_where_the_brokers_clock_does(brokers: KafkaBrokers) -> None:
    # A topic of the other kind keeps the senders' times, so that they can go back.
    clock, topic = ManualClock(1_000), await new_topic_of_senders_times(brokers)
    async with opened(brokers, topic, clock=clock) as log:
        await EventLogContract().test_the_append_time_is_the_clocks_and_never_goes_back(log, clock)


async def new_topic_of_senders_times(brokers: KafkaBrokers) -> str:
    # These times are long ago.
    name, configuration = "senders.times", {"message.timestamp.type": "CreateTime", "retention.ms": "-1"}
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(name, 1, 1, topic_configs=configuration)])
    await admin.close()
    return name


async def test_a_record_whose_acknowledgement_was_lost_is_there_once(brokers: KafkaBrokers) -> None:
    async with opened(brokers, await new_topic(brokers), append_within_s=LONG_S) as log:
        await log.append(0, b"before")
        with brokers.paused(1):
            # Sent, given up after 2 s, and sent again over another connection: the broker will find both when it wakes.
            appending = asyncio.ensure_future(log.append(0, b"once"))
            await asyncio.sleep(5)
        await appending
        await log.append(0, b"after")
        assert await everything(log) == [b"before", b"once", b"after"]


async def test_two_processes_append_to_one_partition_each_in_its_order(brokers: KafkaBrokers) -> None:
    topic, count = await new_topic(brokers), 300
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", APPENDER, brokers.bootstrap, topic, name, str(count), stdout=asyncio.subprocess.PIPE
        )
        for name in "ab"
    ]
    outputs = [await process.communicate() for process in processes]
    assert [len(output.splitlines()) for output, _ in outputs] == [count, count]
    async with opened(brokers, topic) as log:
        records = await everything(log)
        assert len(records) == 2 * count
        for name in (b"a", b"b"):
            assert [record for record in records if record.startswith(name)] == [
                b"%s %d" % (name, n) for n in range(count)
            ]


async def test_what_was_acknowledged_is_there_though_its_sender_was_killed(brokers: KafkaBrokers) -> None:
    topic = await new_topic(brokers)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", APPENDER, brokers.bootstrap, topic, "a", "1000000", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    acknowledged = [int(await process.stdout.readline()) for _ in range(200)]
    process.kill()
    await process.communicate()
    async with opened(brokers, topic) as log:
        records = await everything(log)
        assert records[: len(acknowledged)] == [b"a %d" % number for number in acknowledged]
        assert len(set(records)) == len(records)


async def test_a_topic_that_takes_less_than_was_said_refuses_what_is_too_large_for_it(brokers: KafkaBrokers) -> None:
    async with opened(brokers, await new_topic(brokers), record_bytes_max=3_000_000) as log:
        await log.append(0, b"before")
        with pytest.raises(RecordTooLarge):
            await log.append(0, b"x" * 2_000_000)
        # By another producer: brokers would refuse whatever the same one sent now, for the gap in its sequence.
        await log.append(0, b"after")
        assert await everything(log) == [b"before", b"after"]


async def test_what_was_written_in_a_transaction_is_an_error_and_never_a_jump(brokers: KafkaBrokers) -> None:
    topic = await new_topic(brokers)
    async with opened(brokers, topic) as log:
        producer = AIOKafkaProducer(bootstrap_servers=brokers.bootstrap, transactional_id="another")
        await producer.start()
        async with producer.transaction():
            await producer.send_and_wait(topic, b"0", partition=0)
        await producer.stop()
        # Offset 1 is the marker of its end, which is no record, and comes a little later.
        end = 1
        while end == 1:
            end = await log.end(0)
        await log.append(0, b"2")
        assert await read(log, 0, 1) == [b"0"]
        with pytest.raises(RecordsGone, match="nothing from 1 to 1"):
            await read(log, 0, 2)


async def test_topics_are_made_as_they_must_be_and_once(brokers: KafkaBrokers) -> None:
    week_ms = 7 * 24 * 3_600_000
    topics = [Topic("made.a", 3, week_ms), Topic("made.b", 2, None)]
    # Five processes start at once.
    await asyncio.gather(*(ensure_topics(brokers.servers, topics) for _ in range(5)))
    await ensure_topics(brokers.servers, topics)


async def test_each_deviation_of_a_topic_is_said_with_what_to_do(brokers: KafkaBrokers) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers.bootstrap)
    await admin.start()
    wrong = {"cleanup.policy": "compact", "retention.ms": "1000", "max.message.bytes": "500000"}
    await admin.create_topics([NewTopic("wrong", 2, 1, topic_configs=wrong)])
    await admin.close()
    with pytest.raises(TopicsWrong) as caught:
        await ensure_topics(brokers.servers, [Topic("wrong", 3, None)])
    says = str(caught.value).splitlines()
    assert [line.split("=")[0].split(", or")[0] for line in says] == [
        "wrong has 2 partitions and must have 3, as tenants belong to partitions by that number: ask for 2",
        "wrong has cleanup.policy",
        "wrong has message.timestamp.type",
        "wrong has retention.ms",
        "wrong has max.message.bytes",
    ]


@pytest.mark.parametrize(
    ("topic", "why"),
    [
        (Topic("more.replicas", 1, None, replication=2), "there are not so many brokers"),
        (Topic("not a name", 1, None), "the name is invalid"),
    ],
)
async def test_a_topic_that_can_not_be_made_is_said(brokers: KafkaBrokers, topic: Topic, why: str) -> None:
    with pytest.raises(TopicsWrong, match=why):
        await ensure_topics(brokers.servers, [topic])
