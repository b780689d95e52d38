"""How a log's Kafka clients are made: nothing is left to the library's defaults that a record could be lost by."""

from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient

from services.shared.kafka_one_life import OneLifeConsumer, OneLifeProducer
from services.shared.kafka_servers import KafkaServers
from services.shared.kafka_topics import batch_bytes_max

# One request's time: short enough for a second broker to be tried in the time of one append.
REQUEST_MS = 2_000
# How long a broker waits with its answer when there is nothing new, and a reader's request has to outlast that.
FETCH_WAIT_MS = 500
FETCH_REQUEST_MS = 5_000
PAGE_BYTES_MAX = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class KafkaClients:
    """Each call makes a client that was not started yet; all raise OSError where a file of TLS can't be used."""

    servers: KafkaServers
    record_bytes_max: int

    def producer(self) -> OneLifeProducer:
        """Records are on all replicas in sync when it says so, once, and wait for nothing."""
        size = batch_bytes_max(self.record_bytes_max)
        return OneLifeProducer(
            **self.servers.client_options(REQUEST_MS),
            enable_idempotence=True,
            acks="all",
            linger_ms=0,
            max_batch_size=size,
            max_request_size=size,
        )

    def reader(self) -> OneLifeConsumer:
        """No group and no commits; an offset that is not there is an error, never reset to one that is."""
        return OneLifeConsumer(
            **self.servers.client_options(FETCH_REQUEST_MS),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_partition_fetch_bytes=max(PAGE_BYTES_MAX, batch_bytes_max(self.record_bytes_max)),
            fetch_max_wait_ms=FETCH_WAIT_MS,
            consumer_timeout_ms=FETCH_WAIT_MS,
        )

    def asker(self) -> OneLifeConsumer:
        """Reads nothing, asks for offsets."""
        return OneLifeConsumer(**self.servers.client_options(REQUEST_MS), group_id=None, enable_auto_commit=False)

    def admin(self) -> AIOKafkaAdminClient:
        """Deletes records."""
        return AIOKafkaAdminClient(**self.servers.client_options(REQUEST_MS))
