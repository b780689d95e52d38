"""The log as a Kafka topic: durable when `append` returns, for many machines.

Appends of a partition go through its lane (`kafka_lane.py`), each reading has a consumer (`kafka_reader.py`), and one
more asks for starts and ends. There are no groups, no commits and no transactions: Kafka has to append, to keep the
order, and to be read from an offset. The topic is made and checked by `kafka_topics.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence

from aiokafka.admin import RecordsToDelete
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from services.shared.clock import Clock, SystemClock
from services.shared.event_log import LogRecord, LogUnavailable, RecordTooLarge
from services.shared.kafka_clients import KafkaClients
from services.shared.kafka_lane import KafkaLane
from services.shared.kafka_logs import say_less
from services.shared.kafka_metrics import READS_FAILED
from services.shared.kafka_offsets import KafkaOffsets
from services.shared.kafka_reader import KafkaReader
from services.shared.kafka_servers import KafkaServers

__all__ = ["KafkaEventLog", "KafkaServers"]

RECORD_BYTES_MAX = 1024 * 1024
# Whoever appends has an answer after this: intake has to refuse within 5 s what it can't keep.
APPEND_WITHIN_S = 3.0
ANSWER_WITHIN_S = 4.0


class KafkaEventLog:
    """Made by `open`, in the event loop that will use it; ended by `close`."""

    def __init__(self, topic: str, clients: KafkaClients, offsets: KafkaOffsets, lanes: Sequence[KafkaLane]) -> None:
        """`lanes`: one for each partition; `open` puts it together."""
        self.topic = topic
        self._clients = clients
        self._offsets = offsets
        self._lanes = lanes
        self._readers: set[KafkaReader] = set()
        self._closed = False

    @staticmethod
    async def open(
        servers: KafkaServers,
        topic: str,
        *,
        record_bytes_max: int = RECORD_BYTES_MAX,
        clock: Clock | None = None,
        append_within_s: float = APPEND_WITHIN_S,
    ) -> "KafkaEventLog":
        """Connect to a topic that there is. Raises LogUnavailable, and OSError where a file of TLS can't be used."""
        say_less()
        clients = KafkaClients(servers, record_bytes_max)
        offsets = KafkaOffsets(clients.asker, topic, ANSWER_WITHIN_S)
        partitions = range(await offsets.partitions())
        tells_time = clock or SystemClock()
        lanes = [KafkaLane(TopicPartition(topic, p), clients.producer, tells_time, append_within_s) for p in partitions]
        return KafkaEventLog(topic, clients, offsets, lanes)

    @property
    def partitions(self) -> int:
        return len(self._lanes)

    @property
    def record_bytes_max(self) -> int:
        return self._clients.record_bytes_max

    async def append(self, partition: int, record: bytes) -> None:
        """Append a record; it is on all replicas in sync when this returns. Raises RecordTooLarge, LogUnavailable.

        Cancelling it leaves the outcome unknown.
        """
        self._check(partition)
        if len(record) > self.record_bytes_max:
            raise RecordTooLarge(f"the record has {len(record)} bytes; the log takes {self.record_bytes_max}")
        await self._lanes[partition].append(record)

    async def read(self, partition: int, from_offset: int) -> AsyncIterator[LogRecord]:
        """Yield the records from an offset on, and go on as records come. Raises RecordsGone, LogUnavailable.

        Times are the brokers', and never go back in what one reader reads.
        """
        self._check(partition)
        reader = self._reader(partition, from_offset)
        try:
            await reader.start()
            while True:
                for message in await reader.page():
                    yield reader.record(message)
        except LogUnavailable:
            READS_FAILED.labels(self.topic).inc()
            raise
        finally:
            self._readers.discard(reader)
            await reader.stop()

    async def start(self, partition: int) -> int:
        """The first offset that can still be read. Raises LogUnavailable."""
        self._check(partition)
        return await self._offsets.start(partition)

    async def end(self, partition: int) -> int:
        """The offset after the last record. Raises LogUnavailable."""
        self._check(partition)
        return await self._offsets.end(partition)

    async def delete_before(self, partition: int, offset: int) -> None:
        """Delete the records below an offset. Raises LogUnavailable."""
        below = min(offset, await self.end(partition))
        admin = self._clients.admin()
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await admin.start()
                await admin.delete_records({TopicPartition(self.topic, partition): RecordsToDelete(below)})
        except (KafkaError, OSError, TimeoutError) as error:
            raise LogUnavailable(f"{self.topic}/{partition} may have deleted nothing: {error!r}") from error
        finally:
            await admin.close()

    async def close(self) -> None:
        """Append what waits, then disconnect, within seconds. Appends and reads after this raise LogUnavailable."""
        self._closed = True
        await asyncio.gather(*(lane.close() for lane in self._lanes))
        await asyncio.gather(*(reader.stop() for reader in self._readers))
        await self._offsets.close()

    def _reader(self, partition: int, from_offset: int) -> KafkaReader:
        try:
            consumer = self._clients.reader()
        except OSError as error:
            raise LogUnavailable(f"{self.topic}/{partition} can't be read: {error!r}") from error
        reader = KafkaReader(consumer, TopicPartition(self.topic, partition), from_offset)
        self._readers.add(reader)
        return reader

    def _check(self, partition: int) -> None:
        if not 0 <= partition < self.partitions:
            raise ValueError(f"there is no partition {partition}: {self.topic} has {self.partitions}")
        if self._closed:
            raise LogUnavailable(f"{self.topic} was closed by this process")
