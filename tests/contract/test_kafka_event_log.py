"""The log on Kafka's protocol, against the suite: librdkafka's mock cluster. Real brokers are in tests/integration.

The mock keeps the times that the log's producer sends, so these are the test's clock here; real brokers set their own.
It deletes records by a call of its own instead of a request.
"""

from collections.abc import AsyncIterator, Iterator

import pytest

from services.shared.kafka_event_log import KafkaEventLog, KafkaServers
from tests.contract.event_log_contract import PARTITIONS, RECORD_BYTES_MAX, DeletingEventLog, EventLogContract
from tests.fakes.kafka_cluster import KafkaCluster
from tests.fakes.manual_clock import ManualClock

TOPIC = "log"


class LogOfMock:
    """The log, but that the mock deletes its records."""

    def __init__(self, log: KafkaEventLog, cluster: KafkaCluster) -> None:
        self._cluster = cluster
        self._starts = [0] * log.partitions
        self.partitions = log.partitions
        self.record_bytes_max = log.record_bytes_max
        self.append = log.append
        self.read = log.read
        self.start = log.start
        self.end = log.end

    async def delete_before(self, partition: int, offset: int) -> None:
        # As brokers do. The mock would say that the log starts earlier again, and have nothing there.
        self._starts[partition] = max(self._starts[partition], min(offset, await self.end(partition)))
        self._cluster.delete_before(TOPIC, partition, self._starts[partition])


class TestKafkaEventLog(EventLogContract):
    @pytest.fixture
    def cluster(self) -> Iterator[KafkaCluster]:
        cluster = KafkaCluster()
        cluster.make_topic(TOPIC, PARTITIONS)
        yield cluster
        cluster.close()

    @pytest.fixture
    async def log(self, clock: ManualClock, cluster: KafkaCluster) -> AsyncIterator[DeletingEventLog]:
        opened = await KafkaEventLog.open(
            KafkaServers(cluster.bootstrap), TOPIC, record_bytes_max=RECORD_BYTES_MAX, clock=clock
        )
        yield LogOfMock(opened, cluster)
        await opened.close()
