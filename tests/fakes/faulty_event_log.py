"""A log that fails in every way a log can: around another log, which holds what really was appended."""

import asyncio
from collections.abc import AsyncIterator, Callable
from enum import Enum, auto

from services.shared.event_log import EventLog, LogRecord, LogUnavailable, RecordTooLarge


class Fault(Enum):
    """What becomes of one append."""

    NONE = auto()
    # Nothing is appended, and that is said (as "unknown", since a log cannot say more).
    REFUSED = auto()
    # It is appended; the acknowledgement is lost.
    UNACKNOWLEDGED = auto()
    # It is said to have failed, and is appended a while after that.
    LATE = auto()
    # It is appended and acknowledged, and appended again a while after that.
    TWICE = auto()
    # It is appended after a while, and then acknowledged.
    SLOW = auto()
    # Nothing is appended, and nothing is ever said.
    HANGS = auto()
    # It is appended, and nothing is ever said.
    SILENT = auto()
    # The log has become stricter than it said.
    TOO_LARGE = auto()


def script(*faults: Fault) -> Callable[[], Fault]:
    """These faults, one an append; then none any more."""
    rest = list(faults)
    return lambda: rest.pop(0) if rest else Fault.NONE


class FaultyEventLog:
    """One process's way to the log. Appends that are late land even when the process is gone."""

    def __init__(
        self,
        log: EventLog,
        next_fault: Callable[[], Fault] = lambda: Fault.NONE,
        *,
        delay_s: Callable[[], float] = lambda: 1.0,
        read_fails: Callable[[], bool] = lambda: False,
    ) -> None:
        self.next_fault = next_fault
        self.is_away = False
        # What has been appended is seen by readers while this is set.
        self.readable = asyncio.Event()
        self.readable.set()
        # Each append that was asked for, with the loop's time of it (seconds).
        self.asked: list[tuple[float, bytes]] = []
        self._log = log
        self._delay_s = delay_s
        self._read_fails = read_fails
        self._on_the_way: set[asyncio.Task[None]] = set()

    @property
    def partitions(self) -> int:
        return self._log.partitions

    @property
    def record_bytes_max(self) -> int:
        return self._log.record_bytes_max

    async def append(self, partition: int, record: bytes) -> None:
        self.asked.append((asyncio.get_running_loop().time(), record))
        self._check_away()
        fault = self.next_fault()
        if fault is Fault.TOO_LARGE:
            raise RecordTooLarge("the log takes less than it said")
        if fault is Fault.SLOW:
            await asyncio.shield(self._send(partition, record))
            return
        if fault in {Fault.LATE, Fault.TWICE}:
            self._send(partition, record)
        if fault in {Fault.NONE, Fault.UNACKNOWLEDGED, Fault.TWICE, Fault.SILENT}:
            await self._log.append(partition, record)
        if fault in {Fault.HANGS, Fault.SILENT}:
            await asyncio.Event().wait()
        if fault in {Fault.REFUSED, Fault.UNACKNOWLEDGED, Fault.LATE}:
            raise LogUnavailable(fault.name)

    async def read(self, partition: int, from_offset: int) -> AsyncIterator[LogRecord]:
        self._check_away()
        async for record in self._log.read(partition, from_offset):
            await self.readable.wait()
            self._check_away()
            if self._read_fails():
                raise LogUnavailable("while reading")
            yield record

    async def start(self, partition: int) -> int:
        self._check_away()
        return await self._log.start(partition)

    async def end(self, partition: int) -> int:
        self._check_away()
        return await self._log.end(partition)

    async def landed(self) -> None:
        """Wait until all that is on the way has landed."""
        await asyncio.gather(*self._on_the_way)

    def _send(self, partition: int, record: bytes) -> "asyncio.Task[None]":
        task = asyncio.create_task(self._land(partition, record))
        self._on_the_way.add(task)
        task.add_done_callback(self._on_the_way.discard)
        return task

    async def _land(self, partition: int, record: bytes) -> None:
        await asyncio.sleep(self._delay_s())
        await self._log.append(partition, record)

    def _check_away(self) -> None:
        if self.is_away:
            raise LogUnavailable("away")
