"""Reads contacts.inbound for the partition's owner, a bounded way ahead of what is decided."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from services.router.envelopes import Envelope, UpgradeFinished
from services.router.log_codec import Unreadable, decode_envelope
from services.shared.event_log import EventLog, LogRecord, LogUnavailable

log = structlog.get_logger()

AHEAD_MAX = 1_000
RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """A record of contacts.inbound; `envelope` is None when it is nothing to the router, or nobody can read it."""

    offset: int
    appended_at_ms: int
    envelope: Envelope | UpgradeFinished | None


class InboundReader:
    """Fills `waiting`, and says of each arrival that it is there; whoever takes the first one calls `took`."""

    def __init__(self, inbound: EventLog, partition: int, arrived: Callable[[Arrival], None]) -> None:
        self.waiting: deque[Arrival] = deque()
        self.unreadable = 0
        self._inbound = inbound
        self._partition = partition
        self._arrived = arrived
        self._room = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self, from_offset: int, tasks: asyncio.TaskGroup) -> None:
        """Read from there on, until `stop`. The group fails with RecordsGone if the log starts later than that."""
        self.stop()
        self._task = tasks.create_task(self._read(from_offset))

    def stop(self) -> None:
        """Read no more, and forget what was read."""
        if self._task is not None:
            self._task.cancel()
        self._task = None
        self.waiting.clear()

    def took(self) -> None:
        """The first that waits is taken care of."""
        self.waiting.popleft()
        self._room.set()

    async def _read(self, from_offset: int) -> None:
        next_offset = from_offset
        while True:
            try:
                async for record in self._inbound.read(self._partition, next_offset):
                    next_offset = record.offset + 1
                    await self._add(record)
            except LogUnavailable as error:
                log.warning("inbound_unavailable", partition=self._partition, error=str(error))
                await asyncio.sleep(RETRY_S)

    async def _add(self, record: LogRecord) -> None:
        arrival = Arrival(record.offset, record.appended_at_ms, self._decode(record))
        self.waiting.append(arrival)
        self._arrived(arrival)
        while len(self.waiting) >= AHEAD_MAX:
            self._room.clear()
            await self._room.wait()

    def _decode(self, record: LogRecord) -> Envelope | UpgradeFinished | None:
        try:
            return decode_envelope(record.record)
        except Unreadable as error:
            self.unreadable += 1
            log.error("inbound_unreadable", partition=self._partition, offset=record.offset, error=str(error))
            return None
