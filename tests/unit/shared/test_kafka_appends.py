"""What aiokafka's producer does when something fails, and that no record is lost, doubled or overtaken by it.

Each test names one trap; docs/decisions/0009-kafka-as-the-log.md lists them.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator

import pytest
from prometheus_client import REGISTRY

from services.shared import kafka_lane
from services.shared.event_log import LogUnavailable, RecordTooLarge
from services.shared.kafka_event_log import KafkaEventLog, KafkaServers
from tests.contract.event_log_contract import read
from tests.fakes.kafka_cluster import Api, Fault, KafkaCluster

TOPIC = "log"
APPEND_S = 2.0
# What nobody may have to wait for; far above what it takes, as machines of CI are slow.
LONG_S = 20
FOR_EVER = 1_000


@pytest.fixture
def cluster() -> Iterator[KafkaCluster]:
    cluster = KafkaCluster(3)
    cluster.make_topic(TOPIC, 2, 3)
    yield cluster
    cluster.close()


async def opened(cluster: KafkaCluster, append_within_s: float) -> KafkaEventLog:
    return await KafkaEventLog.open(KafkaServers(cluster.bootstrap), TOPIC, append_within_s=append_within_s)


@pytest.fixture
async def log(cluster: KafkaCluster) -> AsyncIterator[KafkaEventLog]:
    """An append gives up soon."""
    log = await opened(cluster, APPEND_S)
    yield log
    await log.close()


@pytest.fixture
async def patient(cluster: KafkaCluster) -> AsyncIterator[KafkaEventLog]:
    log = await opened(cluster, LONG_S)
    yield log
    await log.close()


async def everything(log: KafkaEventLog, partition: int = 0) -> list[bytes]:
    return await read(log, partition, await log.end(partition))


async def append_all(log: KafkaEventLog, records: list[bytes]) -> list[BaseException | None]:
    return await asyncio.gather(*(log.append(0, record) for record in records), return_exceptions=True)


async def test_a_record_that_the_brokers_find_too_large_is_refused_and_the_next_one_is_taken(
    cluster: KafkaCluster, log: KafkaEventLog
) -> None:
    await log.append(0, b"before")
    cluster.fail(Api.PRODUCE, [Fault.MESSAGE_TOO_LARGE])
    with pytest.raises(RecordTooLarge, match=r"max\.message\.bytes"):
        await log.append(0, b"large")
    await log.append(0, b"after")
    assert await everything(log) == [b"before", b"after"]


async def test_of_records_that_were_too_large_together_none_is_called_too_large(
    cluster: KafkaCluster, log: KafkaEventLog
) -> None:
    cluster.fail(Api.PRODUCE, [Fault.MESSAGE_TOO_LARGE])
    results = await append_all(log, [b"a", b"b"])
    assert [type(result) for result in results] == [LogUnavailable, LogUnavailable]
    assert await append_all(log, [b"a", b"b"]) == [None, None]
    assert await everything(log) == [b"a", b"b"]


@pytest.mark.parametrize(
    "fault",
    [Fault.NOT_ENOUGH_REPLICAS, Fault.REQUEST_TIMED_OUT, Fault.NOT_LEADER, Fault.DISCONNECT],
)
async def test_what_passes_is_sat_out_and_the_order_kept(
    cluster: KafkaCluster, patient: KafkaEventLog, fault: Fault
) -> None:
    cluster.fail(Api.PRODUCE, [fault, fault])
    records = [b"%d" % number for number in range(100)]
    assert await append_all(patient, records) == [None] * 100
    assert await everything(patient) == records


async def test_what_does_not_pass_is_unavailable_in_time_though_the_library_would_try_for_ever(
    cluster: KafkaCluster, log: KafkaEventLog
) -> None:
    cluster.fail(Api.PRODUCE, [Fault.NOT_ENOUGH_REPLICAS] * FOR_EVER)
    async with asyncio.timeout(LONG_S):
        results = await append_all(log, [b"a", b"b"])
    assert [type(result) for result in results] == [LogUnavailable, LogUnavailable]
    cluster.heal(Api.PRODUCE)
    await log.append(0, b"after")
    assert await everything(log) == [b"after"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault.OUT_OF_ORDER_SEQUENCE,
        Fault.CORRUPT_MESSAGE,
        Fault.TOPIC_AUTHORIZATION_FAILED,
        Fault.FENCED_INSTANCE_ID,
    ],
)
async def test_a_producer_that_failed_for_good_is_replaced(
    cluster: KafkaCluster, log: KafkaEventLog, fault: Fault
) -> None:
    await log.append(0, b"before")
    cluster.fail(Api.PRODUCE, [fault])
    with pytest.raises(LogUnavailable):
        await log.append(0, b"lost")
    await log.append(0, b"after")
    assert await everything(log) == [b"before", b"after"]


async def test_an_append_that_was_given_up_may_be_there_and_what_waited_behind_it_is_not(
    cluster: KafkaCluster, log: KafkaEventLog
) -> None:
    cluster.lead(TOPIC, 0, 1)
    await log.append(0, b"before")
    cluster.answer_late(1, Api.PRODUCE, after_ms=LONG_S * 1_000)
    uncertain = asyncio.ensure_future(append_all(log, [b"uncertain"]))
    await asyncio.sleep(APPEND_S / 10)
    behind = await append_all(log, [b"behind", b"also behind"])
    assert [type(result) for result in (*await uncertain, *behind)] == [LogUnavailable] * 3
    await log.append(0, b"after")
    assert await everything(log) == [b"before", b"uncertain", b"after"]


async def test_without_brokers_an_append_fails_in_time_and_so_does_what_waits_behind_it(
    cluster: KafkaCluster, log: KafkaEventLog
) -> None:
    await log.append(0, b"before")
    with cluster.down():
        async with asyncio.timeout(LONG_S):
            first = await append_all(log, [b"1", b"2"])
            # Also when it begins without a connection.
            second = await append_all(log, [b"3"])
    assert [type(result) for result in (*first, *second)] == [LogUnavailable] * 3
    async with asyncio.timeout(LONG_S):
        await log.append(0, b"after")
    assert await everything(log) == [b"before", b"after"]


async def test_a_producer_that_was_given_up_sends_nothing_when_the_brokers_are_back(
    cluster: KafkaCluster, log: KafkaEventLog
) -> None:
    await log.append(0, b"before")
    with cluster.down():
        results = await append_all(log, [b"given up"])
    assert [type(result) for result in results] == [LogUnavailable]
    # Its library tries again every 100 ms.
    await asyncio.sleep(1)
    assert await everything(log) == [b"before"]


async def test_a_log_is_closed_in_time_without_brokers_and_whoever_waits_is_told(cluster: KafkaCluster) -> None:
    log = await opened(cluster, APPEND_S)
    await log.append(0, b"before")
    with cluster.down():
        waiting = asyncio.ensure_future(append_all(log, [b"1", b"2"]))
        await asyncio.sleep(APPEND_S / 10)
        async with asyncio.timeout(LONG_S):
            await log.close()
            assert [type(result) for result in await waiting] == [LogUnavailable] * 2


async def test_a_lane_that_is_cancelled_tells_those_who_wait(cluster: KafkaCluster, log: KafkaEventLog) -> None:
    await log.append(0, b"before")
    with cluster.down():
        waiting = asyncio.ensure_future(append_all(log, [b"1", b"2"]))
        await asyncio.sleep(APPEND_S / 10)
        writing = log._lanes[0]._writing
        assert writing is not None
        assert writing.cancel()
        async with asyncio.timeout(LONG_S):
            assert [type(result) for result in await waiting] == [LogUnavailable] * 2


async def test_a_producer_that_gets_no_id_gives_up_in_time(cluster: KafkaCluster, log: KafkaEventLog) -> None:
    cluster.fail(Api.INIT_PRODUCER_ID, [Fault.COORDINATOR_LOADING] * FOR_EVER)
    async with asyncio.timeout(LONG_S):
        results = await append_all(log, [b"lost"])
    assert [type(result) for result in results] == [LogUnavailable]
    cluster.heal(Api.INIT_PRODUCER_ID)
    await log.append(0, b"after")
    assert await everything(log) == [b"after"]


async def test_a_partition_that_fails_leaves_the_others_alone(cluster: KafkaCluster, log: KafkaEventLog) -> None:
    cluster.lead(TOPIC, 0, 1)
    cluster.lead(TOPIC, 1, 2)
    await log.append(0, b"x")
    cluster.answer_late(1, Api.PRODUCE, after_ms=LONG_S * 1_000)
    failing = asyncio.ensure_future(append_all(log, [b"late"]))
    for number in range(20):
        await log.append(1, b"%d" % number)
    assert not failing.done()
    assert [type(result) for result in await failing] == [LogUnavailable]
    assert await everything(log, 1) == [b"%d" % number for number in range(20)]


async def test_leaders_come_and_go_and_the_order_is_kept(cluster: KafkaCluster, patient: KafkaEventLog) -> None:
    records = [b"%d" % number for number in range(200)]

    async def append_them() -> None:
        for record in records:
            await patient.append(0, record)
            await asyncio.sleep(0.005)

    appending = asyncio.ensure_future(append_them())
    for broker in (2, 3, 1, 2):
        await asyncio.sleep(0.2)
        cluster.lead(TOPIC, 0, broker)
    await appending
    assert await everything(patient) == records


async def test_what_waits_while_a_broker_is_slow_goes_in_one_request(
    cluster: KafkaCluster, patient: KafkaEventLog
) -> None:
    await patient.append(0, b"first")
    for broker in cluster.brokers:
        cluster.set_delay(broker, 300)
    records = [b"%d" % number for number in range(200)]
    async with asyncio.timeout(LONG_S):
        # One by one they would take a minute.
        assert await append_all(patient, records) == [None] * 200
    for broker in cluster.brokers:
        cluster.set_delay(broker, 0)
    assert await everything(patient) == [b"first", *records]


async def test_more_than_fits_in_memory_is_refused_at_once(cluster: KafkaCluster, log: KafkaEventLog) -> None:
    record = b"x" * log.record_bytes_max
    fitting = kafka_lane.WAITING_BYTES_MAX // len(record)
    with cluster.down():
        appends = [asyncio.ensure_future(log.append(0, record)) for _ in range(fitting)]
        await asyncio.sleep(0)
        for _ in range(9 * fitting):
            with pytest.raises(LogUnavailable, match="bytes wait"):
                await log.append(0, record)
        assert not any(append.done() for append in appends)
        results = await asyncio.gather(*appends, return_exceptions=True)
    assert {type(result) for result in results} == {LogUnavailable}
    await log.append(0, b"after")


async def test_failures_leave_no_task_behind(cluster: KafkaCluster, caplog: pytest.LogCaptureFixture) -> None:
    before = len(asyncio.all_tasks())
    log = await opened(cluster, APPEND_S)
    for fault in (Fault.MESSAGE_TOO_LARGE, Fault.OUT_OF_ORDER_SEQUENCE, Fault.TOPIC_AUTHORIZATION_FAILED):
        cluster.fail(Api.PRODUCE, [fault])
        await append_all(log, [b"x"])
    with cluster.down():
        await append_all(log, [b"x"])
    await log.append(0, b"x")
    await log.close()
    await asyncio.sleep(0.1)
    # A task that nobody knows any more is complained of when it is collected.
    gc.collect()
    assert len(asyncio.all_tasks()) == before
    assert [record for record in caplog.records if record.name == "asyncio"] == []


async def test_appends_and_failures_are_counted(cluster: KafkaCluster, log: KafkaEventLog) -> None:
    def count(name: str) -> float:
        return REGISTRY.get_sample_value(name, {"topic": TOPIC}) or 0

    before = [count("switchroom_kafka_append_seconds_count"), count("switchroom_kafka_appends_failed_total")]
    await append_all(log, [b"a", b"b"])
    cluster.fail(Api.PRODUCE, [Fault.OUT_OF_ORDER_SEQUENCE])
    await append_all(log, [b"c"])
    after = [count("switchroom_kafka_append_seconds_count"), count("switchroom_kafka_appends_failed_total")]
    assert [now - then for now, then in zip(after, before, strict=True)] == [2, 1]
