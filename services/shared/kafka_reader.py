"""Reading one partition of a topic: by a consumer of its own, without a group, from an offset and then along the tail.

A consumer for each reading, rather than one for all: the library asks each broker for all partitions of a consumer in
one request, and does not ask again before every one of them was read, so one slow reader would hold up all the others.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from aiokafka.errors import ConsumerStoppedError, KafkaError, OffsetOutOfRangeError
from aiokafka.structs import TopicPartition

from services.shared.event_log import LogRecord, LogUnavailable, RecordsGone
from services.shared.kafka_one_life import OneLifeConsumer

PAGE_RECORDS_MAX = 512
# How long one look for records takes; closing the log is noticed after one.
LOOK_MS = 1_000
START_WITHIN_S = 10.0
# A look ends by itself, and a question about offsets should: this is for when the library hangs.
ASK_WITHIN_S = 5.0
# Brokers answer twice a second even when there is nothing new. After this without an answer the consumer is given up.
SILENCE_S = 10.0

# A method of a consumer: the offsets where partitions start, or end.
Question = Callable[[list[TopicPartition]], Any]

log = structlog.get_logger(__name__)


class KafkaReader:
    """Used once: `start`, then `page` and its records again and again, `stop`."""

    def __init__(
        self, consumer: OneLifeConsumer, partition: TopicPartition, from_offset: int, silence_s: float = SILENCE_S
    ) -> None:
        self._consumer = consumer
        self._silence_s = silence_s
        self._partition = partition
        self._next = from_offset
        self._newest_ms = 0
        self._answered: Any = None
        self._stopped = False

    async def start(self) -> None:
        """Connect. Raises LogUnavailable."""
        try:
            async with asyncio.timeout(START_WITHIN_S):
                await self._consumer.begin()
        except (KafkaError, OSError, TimeoutError) as error:
            raise LogUnavailable(f"{self._here} can't be read: {error!r}") from error
        self._consumer.assign([self._partition])
        self._consumer.seek(self._partition, self._next)

    async def page(self) -> list[Any]:
        """The next messages, at least one, for `record`. Raises RecordsGone, LogUnavailable."""
        loop = asyncio.get_running_loop()
        quiet_until_s = loop.time() + self._silence_s
        while not (messages := await self._look()):
            if self._has_answered():
                quiet_until_s = loop.time() + self._silence_s
            if loop.time() > quiet_until_s:
                raise LogUnavailable(f"{self._here} can't be read: no answer for {self._silence_s:g} s")
        return messages

    def record(self, message: Any) -> LogRecord:
        """What a message is; for each message, in order. Raises RecordsGone."""
        if message.offset != self._next:
            raise RecordsGone(
                f"{self._here} has nothing from {self._next} to {message.offset - 1}: it was compacted, or written in "
                "transactions, and neither must be"
            )
        self._next += 1
        # The clock of a broker may be set back, and another broker's may be behind.
        self._newest_ms = max(self._newest_ms, message.timestamp)
        return LogRecord(message.offset, message.value, self._newest_ms)

    async def stop(self) -> None:
        """Disconnect; whoever waits for a page gets LogUnavailable."""
        if not self._stopped:
            self._stopped = True
            await self._consumer.kill()

    @property
    def _here(self) -> str:
        return f"{self._partition.topic}/{self._partition.partition}"

    async def _look(self) -> list[Any]:
        if self._stopped:
            raise LogUnavailable(f"{self._partition.topic} was closed by this process")
        try:
            async with asyncio.timeout(ASK_WITHIN_S):
                pages = await self._consumer.getmany(self._partition, timeout_ms=LOOK_MS, max_records=PAGE_RECORDS_MAX)
        except OffsetOutOfRangeError as error:
            raise await self._out_of_range() from error
        except (KafkaError, ConsumerStoppedError, OSError, TimeoutError) as error:
            raise LogUnavailable(f"{self._here} can't be read: {error!r}") from error
        return list(pages.get(self._partition, []))

    async def _out_of_range(self) -> Exception:
        start = await ask(self._consumer.beginning_offsets, self._partition, ASK_WITHIN_S)
        if self._next < start:
            return RecordsGone(f"offset {self._next} of {self._here} was deleted; the log starts at {start}")
        end = await ask(self._consumer.end_offsets, self._partition, ASK_WITHIN_S)
        return LogUnavailable(
            f"{self._here} ends at {end}, before offset {self._next}: is it another log, or did brokers lose records?"
        )

    def _has_answered(self) -> bool:
        """Whether brokers have answered since this was asked last."""
        before, self._answered = self._answered, self._consumer.last_poll_timestamp(self._partition)
        return bool(self._answered != before)


async def ask(question: Question, partition: TopicPartition, within_s: float) -> int:
    """What a consumer says of a partition's start or end. Raises LogUnavailable."""
    try:
        async with asyncio.timeout(within_s):
            return int((await question([partition]))[partition])
    except (KafkaError, OSError, TimeoutError) as error:
        here = f"{partition.topic}/{partition.partition}"
        raise LogUnavailable(f"{here} did not say where it starts and ends: {error!r}") from error
