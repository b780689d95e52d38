"""What aiokafka's consumer does when something fails, and that a reader neither jumps, nor repeats, nor hangs by it."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator

import pytest
from aiokafka.structs import TopicPartition

from services.shared.event_log import LogUnavailable
from services.shared.kafka_clients import KafkaClients
from services.shared.kafka_event_log import KafkaEventLog, KafkaServers
from services.shared.kafka_offsets import KafkaOffsets
from services.shared.kafka_reader import PAGE_RECORDS_MAX, KafkaReader
from tests.contract.event_log_contract import read, take
from tests.fakes.kafka_cluster import Api, Fault, KafkaCluster

TOPIC = "log"
LONG_S = 20
FOR_EVER = 1_000


@pytest.fixture
def cluster() -> Iterator[KafkaCluster]:
    cluster = KafkaCluster(3)
    cluster.make_topic(TOPIC, 2, 3)
    yield cluster
    cluster.close()


@pytest.fixture
async def log(cluster: KafkaCluster) -> AsyncIterator[KafkaEventLog]:
    log = await KafkaEventLog.open(KafkaServers(cluster.bootstrap), TOPIC)
    yield log
    await log.close()


async def test_a_reader_goes_on_where_it_was_when_the_brokers_are_back(
    cluster: KafkaCluster, log: KafkaEventLog
) -> None:
    records = log.read(0, 0)
    await log.append(0, b"before")
    assert [record.record for record in await take(records, 1)] == [b"before"]
    with cluster.down():
        waiting = asyncio.ensure_future(take(records, 2))
        await asyncio.sleep(1)
    await log.append(0, b"1")
    await log.append(0, b"2")
    assert [record.record for record in await waiting] == [b"1", b"2"]


@pytest.mark.parametrize(
    "fault", [Fault.NOT_LEADER, Fault.REQUEST_TIMED_OUT, Fault.DISCONNECT, Fault.FENCED_INSTANCE_ID]
)
async def test_what_passes_is_sat_out(cluster: KafkaCluster, log: KafkaEventLog, fault: Fault) -> None:
    for number in range(5):
        await log.append(0, b"%d" % number)
    cluster.fail(Api.FETCH, [fault] * 3)
    assert await read(log, 0, 5) == [b"0", b"1", b"2", b"3", b"4"]


async def test_a_reader_whose_brokers_are_silent_says_so_though_the_library_would_wait_for_ever(
    cluster: KafkaCluster,
) -> None:
    clients = KafkaClients(KafkaServers(cluster.bootstrap), record_bytes_max=1_000)
    reader = KafkaReader(clients.reader(), TopicPartition(TOPIC, 0), 0, silence_s=0.5)
    await reader.start()
    with cluster.down():
        async with asyncio.timeout(LONG_S):
            with pytest.raises(LogUnavailable, match=r"no answer for 0\.5 s"):
                await reader.page()
    await reader.stop()


async def test_a_quiet_log_is_not_a_silent_one(cluster: KafkaCluster) -> None:
    clients = KafkaClients(KafkaServers(cluster.bootstrap), record_bytes_max=1_000)
    reader = KafkaReader(clients.reader(), TopicPartition(TOPIC, 0), 0, silence_s=2.5)
    await reader.start()
    waiting = asyncio.ensure_future(reader.page())
    await asyncio.sleep(4)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.wait([waiting])
    await reader.stop()


async def test_who_may_not_read_is_told(cluster: KafkaCluster, log: KafkaEventLog) -> None:
    cluster.fail(Api.FETCH, [Fault.TOPIC_AUTHORIZATION_FAILED] * FOR_EVER)
    with pytest.raises(LogUnavailable, match="TopicAuthorizationFailed"):
        await take(log.read(0, 0), 1)


async def test_reading_beyond_the_end_is_an_error_and_never_a_jump(log: KafkaEventLog) -> None:
    await log.append(0, b"x")
    with pytest.raises(LogUnavailable, match="ends at 1, before offset 5"):
        await take(log.read(0, 5), 1)


async def test_an_offset_that_is_out_of_range_for_a_moment_moves_nobody(
    cluster: KafkaCluster, log: KafkaEventLog
) -> None:
    for number in range(5):
        await log.append(0, b"%d" % number)
    cluster.fail(Api.FETCH, [Fault.OFFSET_OUT_OF_RANGE])
    with pytest.raises(LogUnavailable):
        await take(log.read(0, 2), 1)
    assert await read(log, 0, 3, from_offset=2) == [b"2", b"3", b"4"]


async def test_a_reader_that_takes_its_time_holds_up_nobody(log: KafkaEventLog) -> None:
    slow = log.read(0, 0)
    for number in range(2 * PAGE_RECORDS_MAX):
        await log.append(number % 2, b"%d" % number)
    await take(slow, 1)
    assert len(await read(log, 1, PAGE_RECORDS_MAX)) == PAGE_RECORDS_MAX


async def test_a_reader_that_waits_is_told_when_the_log_is_closed(log: KafkaEventLog) -> None:
    waiting = [asyncio.ensure_future(take(log.read(partition, 0), 1)) for partition in (0, 1)]
    await asyncio.sleep(0.5)
    async with asyncio.timeout(LONG_S):
        await log.close()
        await log.close()
        for each in waiting:
            with pytest.raises(LogUnavailable, match="closed"):
                await each
    with pytest.raises(LogUnavailable, match="closed"):
        await log.append(0, b"x")
    with pytest.raises(LogUnavailable, match="closed"):
        await log.end(0)
    with pytest.raises(LogUnavailable, match="closed"):
        await take(log.read(0, 0), 1)


async def test_a_log_with_readers_is_closed_in_time_without_brokers(cluster: KafkaCluster, log: KafkaEventLog) -> None:
    waiting = asyncio.ensure_future(take(log.read(0, 0), 1))
    await asyncio.sleep(0.5)
    with cluster.down():
        async with asyncio.timeout(LONG_S):
            await log.close()
            with pytest.raises(LogUnavailable):
                await waiting


async def test_start_and_end_are_unavailable_in_time_without_brokers_and_then_there_again(
    cluster: KafkaCluster, log: KafkaEventLog
) -> None:
    await log.append(0, b"x")
    assert await log.end(0) == 1
    with cluster.down():
        async with asyncio.timeout(LONG_S):
            with pytest.raises(LogUnavailable, match="where it ends"):
                await log.end(0)
            with pytest.raises(LogUnavailable, match="where it starts"):
                await log.start(0)
    async with asyncio.timeout(LONG_S):
        assert await log.end(0) == 1


async def test_the_end_is_asked_again_of_a_new_leader(cluster: KafkaCluster, log: KafkaEventLog) -> None:
    await log.append(0, b"x")
    cluster.fail(Api.LIST_OFFSETS, [Fault.NOT_LEADER, Fault.REQUEST_TIMED_OUT])
    assert await log.end(0) == 1


async def test_a_topic_that_there_is_not_is_neither_found_nor_made(cluster: KafkaCluster) -> None:
    clients = KafkaClients(KafkaServers(cluster.bootstrap), record_bytes_max=1_000)
    for _ in range(2):
        with pytest.raises(LogUnavailable, match="another can't be found"):
            await KafkaOffsets(clients.asker, "another", within_s=1).partitions()


async def test_a_log_is_not_opened_without_brokers(cluster: KafkaCluster) -> None:
    with cluster.down():
        async with asyncio.timeout(LONG_S):
            with pytest.raises(LogUnavailable, match="can't be found"):
                await KafkaEventLog.open(KafkaServers(cluster.bootstrap), TOPIC)


async def test_readers_that_failed_leave_no_task_behind(cluster: KafkaCluster) -> None:
    before = len(asyncio.all_tasks())
    log = await KafkaEventLog.open(KafkaServers(cluster.bootstrap), TOPIC)
    for _ in range(3):
        with pytest.raises(LogUnavailable):
            await take(log.read(0, 5), 1)
    await log.close()
    await asyncio.sleep(0.1)
    assert len(asyncio.all_tasks()) == before


async def test_a_reader_that_is_cancelled_while_it_connects_forgets_no_connection(
    cluster: KafkaCluster, log: KafkaEventLog
) -> None:
    for broker in cluster.brokers:
        cluster.set_delay(broker, 20)
    for after_ms in range(10, 90, 10):
        given_up = asyncio.ensure_future(take(log.read(0, 0), 1))
        await asyncio.sleep(after_ms / 1_000)
        given_up.cancel()
        await asyncio.wait([given_up])
        del given_up
        # A connection that nobody knows any more warns when it is collected, and here that is an error.
        gc.collect()
