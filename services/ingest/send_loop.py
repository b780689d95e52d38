"""Works off the sends that are due, some at a time, for as long as it takes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from services.ingest.sends import LEASE_MS, Send, Sends
from services.shared.logs import about

STOP_S = 20.0
Attempt = Callable[[Send], Awaitable[None]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Persistence:
    """How long and how hard sending is tried: first again after `first_ms`, then twice as long each time."""

    first_ms: int = 2_000
    longest_ms: int = 15 * 60_000
    give_up_ms: int = 2 * 24 * 3_600_000
    at_once: int = 8
    look_every_s: float = 1.0

    def after_ms(self, attempts: int) -> int:
        """How long to wait after so many attempts that failed before this one."""
        return int(min(self.longest_ms, self.first_ms * 2 ** min(attempts, 20)))


@dataclass(frozen=True, slots=True)
class SendLoop:
    """`channel` is for the log. An attempt that raises is logged: its send comes due again after the lease."""

    sends: Sends
    attempt: Attempt
    persistence: Persistence
    channel: str
    _come: asyncio.Event = field(default_factory=asyncio.Event)
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    def wake(self) -> None:
        """There is something to send."""
        self._come.set()

    async def run(self) -> None:
        """Send what is due until cancelled. Raises StoreUnavailable: call it again."""
        while True:
            self._come.clear()
            free = self.persistence.at_once - len(self._running)
            for send in await self.sends.take_due(free) if free else []:
                with about(send.outgoing.tenant, send.outgoing.contact_id):
                    self._begin(send)
            await self._something_new()

    def _begin(self, send: Send) -> None:
        task = asyncio.ensure_future(self.attempt(send))
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def finish(self) -> None:
        """Wait for the attempts that run (20 s), so that none is made twice."""
        if self._running:
            await asyncio.wait(self._running, timeout=STOP_S)

    async def _something_new(self) -> None:
        try:
            async with asyncio.timeout(self.persistence.look_every_s):
                await self._come.wait()
        except TimeoutError:
            return

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._come.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            because = type(error).__name__
            log.error("sending failed", channel=self.channel, again_after_ms=LEASE_MS, because=because)
