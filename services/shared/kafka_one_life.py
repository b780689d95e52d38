"""Kafka clients for one life: they are never mended, but killed and replaced, and killing them always ends.

What they build on are inner parts of aiokafka 0.14; the tests of appends and of reading pin what is needed of them.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

KILL_WITHIN_S = 1.0
# What connecting takes where brokers answer; where they don't, there is no connection to forget.
CONNECTED_WITHIN_S = 0.2
# Two are enough; the rest is for a machine that is very busy.
CANCELS_MAX = 100

log = structlog.get_logger(__name__)


class _OneLife:
    """What both have in common."""

    start: Callable[[], Coroutine[Any, Any, None]]
    _beginning: asyncio.Future[None] | None = None

    async def begin(self) -> None:
        """`start`, in a task of its own: cancelled while it connects, the library would forget an open connection."""
        self._beginning = asyncio.ensure_future(self.start())
        await asyncio.shield(self._beginning)

    async def _begun(self) -> None:
        """Wait for what was begun, but only so long."""
        if self._beginning is not None:
            await asyncio.wait([self._beginning], timeout=CONNECTED_WITHIN_S)
            self._beginning.cancel()
            await asyncio.wait([self._beginning], timeout=KILL_WITHIN_S)


class OneLifeProducer(_OneLife, AIOKafkaProducer):  # type: ignore[misc]  # the library has no types
    """For one partition, so that at most one request is under way, and killing it ends exactly that one.

    The library's idempotent producer goes on for ever. A batch that fails for a while never expires, `stop` waits for
    it as long as that takes, and a `stop` that is given up on leaves a task behind that sends the batch whenever the
    brokers are back: long after its sender was told that it failed, and behind what was appended since. After a batch
    that failed for good its sequence numbers have a gap that no later batch gets over.
    """

    async def kill(self) -> None:
        """End it without sending anything more. What was handed to the network before may still be appended."""
        await self._begun()
        sender = self._sender.sender_task
        # Cancelled once, the sender waits for its request; cancelled again while it waits, it cancels the request.
        for _ in range(CANCELS_MAX):
            if sender is None or sender.done():
                break
            sender.cancel()
            await asyncio.wait([sender], timeout=0.01)
        # What is left of the library's `stop`, which would first wait for what nobody will send any more.
        self._closed = True
        await _ended(self.client.close())


class OneLifeConsumer(_OneLife, AIOKafkaConsumer):  # type: ignore[misc]  # the library has no types
    """The library's `stop` raises CancelledError if a request has just failed, and then leaves its connections open."""

    def on_heartbeat(self, heard: Callable[[], None]) -> None:
        """Once begun, with a group: call that after each heartbeat that Kafka has answered well."""
        coordinator = self._coordinator
        beat = coordinator._do_heartbeat  # noqa: SLF001  # the library tells nobody whether it is heard

        async def beat_and_tell() -> bool:
            answered: bool = await beat()
            if answered:
                heard()
            return answered

        coordinator._do_heartbeat = beat_and_tell  # noqa: SLF001  # as above

    async def kill(self) -> None:
        """End it."""
        await self._begun()
        await _ended(self.stop())
        await _ended(self._client.close())


async def _ended(ending: Coroutine[Any, Any, None]) -> None:
    """Wait for it in a task of its own, so that its cancelling is not ours, and only so long."""
    task = asyncio.ensure_future(ending)
    await asyncio.wait([task], timeout=KILL_WITHIN_S)
    if not task.done():
        task.cancel()
    elif not task.cancelled() and (error := task.exception()) is not None:
        log.warning("kafka_client_did_not_stop_cleanly", error=repr(error))
