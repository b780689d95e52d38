"""Where a topic's partitions start and end: one consumer that reads nothing, thrown away when it fails."""

import asyncio
from collections.abc import Callable

from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from services.shared.event_log import LogUnavailable
from services.shared.kafka_one_life import OneLifeConsumer
from services.shared.kafka_reader import Question, ask

RETRY_S = 0.1


class KafkaOffsets:
    """`within_s` is what each question has, connecting included."""

    def __init__(self, make_consumer: Callable[[], OneLifeConsumer], topic: str, within_s: float) -> None:
        self._make_consumer = make_consumer
        self._topic = topic
        self._within_s = within_s
        self._consumer: OneLifeConsumer | None = None
        self._starting = asyncio.Lock()
        self._closed = False

    async def partitions(self) -> int:
        """How many partitions the topic has. Raises LogUnavailable, also if there is no such topic."""
        try:
            async with asyncio.timeout(self._within_s):
                consumer = await self._connected()
                await self._until_known(consumer)
                return len(consumer.partitions_for_topic(self._topic))
        except (KafkaError, OSError, TimeoutError) as error:
            await self._throw_away()
            raise LogUnavailable(f"the topic {self._topic} can't be found: {error!r}; was it made?") from error

    async def start(self, partition: int) -> int:
        """The first offset that was not deleted. Raises LogUnavailable."""
        return await self._ask("starts", lambda consumer: consumer.beginning_offsets, partition)

    async def end(self, partition: int) -> int:
        """The offset after the last record. Raises LogUnavailable."""
        return await self._ask("ends", lambda consumer: consumer.end_offsets, partition)

    async def close(self) -> None:
        """Disconnect; questions after this raise LogUnavailable."""
        self._closed = True
        await self._throw_away()

    async def _ask(self, where: str, question: Callable[[OneLifeConsumer], Question], partition: int) -> int:
        try:
            async with asyncio.timeout(self._within_s):
                consumer = await self._connected()
                return await ask(question(consumer), TopicPartition(self._topic, partition), self._within_s)
        except (KafkaError, OSError, TimeoutError, LogUnavailable) as error:
            await self._throw_away()
            raise LogUnavailable(f"{self._topic}/{partition} did not say where it {where}: {error!r}") from error

    async def _connected(self) -> OneLifeConsumer:
        async with self._starting:
            if self._closed:
                raise LogUnavailable(f"{self._topic} was closed by this process")
            if self._consumer is None:
                self._consumer = await self._begun()
            return self._consumer

    async def _begun(self) -> OneLifeConsumer:
        consumer = self._make_consumer()
        try:
            await consumer.begin()
        except BaseException:
            await consumer.kill()
            raise
        return consumer

    async def _until_known(self, consumer: OneLifeConsumer) -> None:
        while True:
            # Asked for all topics, brokers make none, however they are set up.
            if self._topic in await consumer.topics():
                # Asked for one of them, the client keeps what it hears of its partitions.
                await consumer.end_offsets([TopicPartition(self._topic, 0)])
                return
            # One that was made a moment ago is not yet known to every broker.
            await asyncio.sleep(RETRY_S)

    async def _throw_away(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.kill()
