"""How the bench appends contacts to Kafka: one producer for one partition, as ingest has it."""

import asyncio
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer


class KafkaAppends:
    """Use it as an async context manager."""

    def __init__(self, kafka: str, topic: str, partition: int) -> None:
        self._producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True)
        self._topic = topic
        self._partition = partition

    async def __aenter__(self) -> Self:
        await self._producer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._producer.stop()

    def append(self, record: bytes) -> "asyncio.Future[Any]":
        """Begin to append; done when it is durable."""
        return asyncio.ensure_future(self._append(record))

    async def _append(self, record: bytes) -> object:
        return await self._producer.send_and_wait(self._topic, record, partition=self._partition)
