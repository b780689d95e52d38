"""The appends of one partition, one request after the other, each to its deadline.

A lane keeps what waits in the order of the calls, and sends as much of it at once as one request takes. When a request
fails, nobody knows whether its records are in the log: they and all that wait behind them fail together, so that
nothing overtakes, and the producer is killed.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.structs import TopicPartition

from services.shared.clock import Clock
from services.shared.event_log import LogUnavailable, RecordTooLarge
from services.shared.kafka_metrics import APPEND_S, APPENDS_FAILED
from services.shared.kafka_one_life import KILL_WITHIN_S, OneLifeProducer

# Appends that wait for one partition; beyond it they are refused at once, before the process runs out of memory.
WAITING_BYTES_MAX = 16 * 1024 * 1024

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    record: bytes
    done: asyncio.Future[None]
    since_s: float


class KafkaLane:
    """`make_producer` gives a producer that was not started yet; `within_s` is what an append has altogether."""

    def __init__(
        self, partition: TopicPartition, make_producer: Callable[[], OneLifeProducer], clock: Clock, within_s: float
    ) -> None:
        self._topic: str = partition.topic
        self._partition: int = partition.partition
        self._make_producer = make_producer
        self._clock = clock
        self._within_s = within_s
        self._producer: OneLifeProducer | None = None
        self._queue: deque[_Waiting] = deque()
        self._waiting_bytes = 0
        self._writing: asyncio.Task[None] | None = None
        self._closed = False

    async def append(self, record: bytes) -> None:
        """Append behind all that was called for before. Raises RecordTooLarge, LogUnavailable, both in time.

        Cancelling it leaves the outcome unknown, and the others undisturbed.
        """
        if self._closed:
            raise LogUnavailable(f"{self._topic} was closed by this process")
        if self._waiting_bytes + len(record) > WAITING_BYTES_MAX:
            raise LogUnavailable(f"{self._waiting_bytes} bytes wait for {self._here}; try again later")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(record, loop.create_future(), loop.time())
        self._waiting_bytes += len(record)
        self._queue.append(waiting)
        if self._writing is None or self._writing.done():
            self._writing = loop.create_task(self._write_all(), name=f"append to {self._here}")
        await waiting.done

    async def close(self) -> None:
        """Send what waits, or fail it, within its deadlines; then end the producer."""
        self._closed = True
        if self._writing is not None:
            await asyncio.wait([self._writing], timeout=self._within_s + KILL_WITHIN_S)
            self._writing.cancel()
            await asyncio.wait([self._writing])
        await self._end_producer()

    @property
    def _here(self) -> str:
        return f"{self._topic}/{self._partition}"

    async def _write_all(self) -> None:
        while self._queue:
            group: list[_Waiting] = []
            try:
                await self._write(group)
            except asyncio.CancelledError:
                self._settle([*group, *self._all_waiting()], LogUnavailable(f"{self._topic} was closed meanwhile"))
                raise
            except MessageSizeTooLargeError:
                # Refused whole; its sequence numbers are lost, and with them the producer.
                self._settle(group, self._too_large(group))
                await self._end_producer()
            except Exception as error:  # noqa: BLE001  # whatever it was: those who wait are told, and the lane goes on
                self._settle([*group, *self._all_waiting()], self._unavailable(error))
                await self._end_producer()
            else:
                self._settle(group, None)

    async def _write(self, group: list[_Waiting]) -> None:
        """Append the next ones, which are added to `group` before anything is sent."""
        async with asyncio.timeout_at(self._queue[0].since_s + self._within_s):
            producer = self._producer or await self._start_producer()
            batch = producer.create_batch()
            now_ms = self._clock.wall_ms()
            while self._queue and batch.append(key=None, value=self._queue[0].record, timestamp=now_ms) is not None:
                group.append(self._queue.popleft())
            # The library leaves a batch open for more; closed, it is what is in the group.
            batch.close()
            acknowledged = await producer.send_batch(batch, self._topic, partition=self._partition)
            await acknowledged

    async def _start_producer(self) -> OneLifeProducer:
        # Kept before it has begun: what failed half-way has to be ended, too.
        self._producer = producer = self._make_producer()
        await producer.begin()
        return producer

    async def _end_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.kill()

    def _all_waiting(self) -> list[_Waiting]:
        waiting = list(self._queue)
        self._queue.clear()
        return waiting

    def _settle(self, group: list[_Waiting], error: Exception | None) -> None:
        for waiting in group:
            self._waiting_bytes -= len(waiting.record)
            self._count(waiting, error)
            if waiting.done.done():
                continue  # cancelled
            if error is None:
                waiting.done.set_result(None)
            else:
                # One for each: an exception that is raised in many places gathers all their tracebacks.
                waiting.done.set_exception(type(error)(str(error)))

    def _count(self, waiting: _Waiting, error: Exception | None) -> None:
        if error is None:
            APPEND_S.labels(self._topic).observe(asyncio.get_running_loop().time() - waiting.since_s)
        else:
            APPENDS_FAILED.labels(self._topic).inc()

    def _too_large(self, group: list[_Waiting]) -> Exception:
        largest = max(len(waiting.record) for waiting in group)
        says = f"the brokers refused {largest} bytes for {self._here}: its max.message.bytes is too small"
        # Of several, each may well be small enough to be taken alone.
        return RecordTooLarge(says) if len(group) == 1 else LogUnavailable(says)

    def _unavailable(self, error: Exception) -> LogUnavailable:
        why = f"no answer within {self._within_s:g} s" if isinstance(error, TimeoutError) else repr(error)
        log.warning("kafka_append_failed", topic=self._topic, partition=self._partition, why=why)
        return LogUnavailable(f"{self._here} was not appended to: {why}; the record may be there after all")
