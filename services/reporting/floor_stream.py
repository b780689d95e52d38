"""The live floor as server-sent events: first a snapshot, then one event for each fact, and a beat in between.

There is no resuming at an offset: whoever comes back gets a new snapshot, which says all that was missed.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from typing import Any, assert_never

from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from starlette.types import Receive, Scope, Send

from services.reporting.answers import what_happened
from services.reporting.floor_watchers import FloorWatchers, Watcher
from services.reporting.projections.floor import AgentChanged, AllAnew, Change, ContactMoved, Floor
from services.shared.clock import Clock

BEAT_S = 4.0
# A little less, so that a wait of that long is always followed by one.
BEAT_MS = 3_900
ENDS_WITHIN_S = 1.0
MS_PER_S = 1_000

# The service level of each queue, as far as the watcher may see them.
Levels = Callable[[], dict[str, float]]


class FloorStream(StreamingResponse):
    """What one watcher hears until they go, their token expires, they do not read, or nothing more will come."""

    def __init__(self, watchers: FloorWatchers, watcher: Watcher, clock: Clock, levels: Levels) -> None:
        super().__init__(self._events(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        self._watchers = watchers
        self._watcher = watcher
        self._clock = clock
        self._levels = levels
        self._next_beat_ms = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve. One whose connection takes nothing more is left without an end of the answer."""
        serving = asyncio.create_task(super().__call__(scope, receive, send))
        over = asyncio.create_task(self._over())
        try:
            await asyncio.wait((serving, over), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._watchers.leave(self._watcher)
            for task in (serving, over):
                task.cancel()
            await asyncio.gather(serving, over, return_exceptions=True)

    async def _over(self) -> None:
        await self._watcher.over.wait()
        # Time for the stream to see it and to end properly, which it can't while it waits for the reader.
        await asyncio.sleep(ENDS_WITHIN_S)

    async def _events(self) -> AsyncIterator[bytes]:
        while not self._watcher.over.is_set() and not self._expired():
            for each in await self._watcher.news(BEAT_S):
                yield self._told(each)
            if self._beat_is_due():
                yield _event("beat", {"now_ms": self._clock.wall_ms(), "service_levels": self._levels()})

    def _beat_is_due(self) -> bool:
        now_ms = self._clock.monotonic_ms()
        if now_ms < self._next_beat_ms or self._watcher.over.is_set():
            return False
        self._next_beat_ms = now_ms + BEAT_MS
        return True

    def _expired(self) -> bool:
        return self._clock.wall_ms() >= self._watcher.identity.expires_at_s * MS_PER_S

    def _told(self, news: Floor | Change) -> bytes:
        match news:
            case Floor():
                return _event("snapshot", {"now_ms": self._clock.wall_ms()} | floor_answer(news))
            case ContactMoved():
                what = what_happened(news.happened.fact)
                return _event("contact", {"at_ms": news.happened.at_ms, "what": what} | asdict(news.contact))
            case AgentChanged():
                return _event("agent", {"at_ms": news.happened.at_ms} | asdict(news.agent))
            case AllAnew():
                raise TypeError("another plan or owner is told by a snapshot, never by itself")
            case _:
                assert_never(news)


def floor_answer(floor: Floor) -> dict[str, Any]:
    """A snapshot in plain values."""
    return asdict(floor) | {"channel_units": dict(floor.channel_units)}


def _event(name: str, data: dict[str, Any]) -> bytes:
    return format_sse_event(event=name, data_str=json.dumps(data, separators=(",", ":")))
