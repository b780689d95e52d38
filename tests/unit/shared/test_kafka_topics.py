"""What a topic has to be, and what is said of one that is not."""

from collections.abc import Iterator

import pytest

from services.shared.event_log import LogUnavailable
from services.shared.kafka_servers import KafkaServers
from services.shared.kafka_topics import (
    BATCH_BYTES_MIN,
    OVERHEAD_BYTES,
    REASONS,
    Topic,
    deviations,
    ensure_topics,
    look_at,
)
from tests.fakes.kafka_cluster import KafkaCluster

LOG = Topic("router.log", 12, None, replication=3, min_insync=2)
REPLICAS = [3] * 12


@pytest.fixture
def cluster() -> Iterator[KafkaCluster]:
    cluster = KafkaCluster()
    yield cluster
    cluster.close()


def test_a_topic_as_it_was_asked_for_has_no_deviations() -> None:
    assert list(deviations(LOG, REPLICAS, LOG.configuration())) == []


def test_what_was_decided_is_kept_for_ever_and_what_the_world_says_as_long_as_was_asked_for() -> None:
    assert LOG.configuration()["retention.ms"] == "-1"
    assert Topic("contacts.inbound", 1, 604_800_000).configuration()["retention.ms"] == "604800000"


@pytest.mark.parametrize("name", LOG.configuration())
def test_each_deviation_says_what_why_and_what_to_do(name: str) -> None:
    (says,) = deviations(LOG, REPLICAS, LOG.configuration() | {name: "7"})
    assert says.startswith(f"router.log has {name}=7 and must have {LOG.configuration()[name]}, or {REASONS[name]}: ")
    assert f"--add-config {name}={LOG.configuration()[name]}" in says


def test_all_deviations_are_said_at_once() -> None:
    assert len(list(deviations(LOG, [1, 1], {}))) == 2 + len(LOG.configuration())


def test_partitions_that_differ_are_never_right_neither_fewer_nor_more() -> None:
    for number in (11, 13):
        (says,) = deviations(LOG, [3] * number, LOG.configuration())
        assert says.startswith(f"router.log has {number} partitions and must have 12")


def test_one_partition_with_fewer_replicas_is_a_deviation() -> None:
    (says,) = deviations(LOG, [*REPLICAS[1:], 2], LOG.configuration())
    assert says.startswith("router.log has partitions with 2 replicas and must have 3")


def test_a_topic_that_takes_larger_messages_than_are_written_is_right() -> None:
    assert list(deviations(LOG, REPLICAS, LOG.configuration() | {"max.message.bytes": "99999999"})) == []


@pytest.mark.parametrize("record_bytes_max", [1_000, BATCH_BYTES_MIN, 5_000_000])
def test_the_largest_record_fits_into_the_largest_message(record_bytes_max: int) -> None:
    topic = Topic("log", 1, None, message_bytes_max=record_bytes_max)
    assert int(topic.configuration()["max.message.bytes"]) >= record_bytes_max + OVERHEAD_BYTES


async def test_topics_of_brokers_that_are_away_are_unavailable(cluster: KafkaCluster) -> None:
    with cluster.down(), pytest.raises(LogUnavailable, match="was not asked for its topics"):
        await ensure_topics(KafkaServers(cluster.bootstrap), [LOG])


async def test_brokers_that_are_away_can_not_be_looked_at(cluster: KafkaCluster) -> None:
    with cluster.down(), pytest.raises(LogUnavailable, match="was not asked for its topics"):
        await look_at(KafkaServers(cluster.bootstrap), [LOG.name])


async def test_topics_that_are_not_there_are_left_out_and_not_made(cluster: KafkaCluster) -> None:
    for _ in range(2):
        assert await look_at(KafkaServers(cluster.bootstrap), [LOG.name]) == {}
