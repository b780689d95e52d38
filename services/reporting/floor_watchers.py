"""Who watches a partition's floors: each has a bounded buffer, and one who does not read is cut off."""

import asyncio
from collections import deque

from services.reporting.facts import Happened
from services.reporting.projections.contact_state import ContactState
from services.reporting.projections.floor import AllAnew, Change, Floor, change_after, floor_of, seen
from services.reporting.projections.live import Live
from services.shared.tokens import Identity

# Some minutes of a busy floor; a browser that is behind by so much is better served with a new snapshot.
BUFFERED_MAX = 1_000
WATCHERS_MAX = 200


class TooManyWatch(Exception):
    """No more may watch at the same time."""


class Watcher:
    """One who watches; `over` is set when nothing more will come."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.over = asyncio.Event()
        self._buffer: deque[Floor | Change] = deque()
        self._woken = asyncio.Event()

    def begin(self, floor: Floor) -> None:
        """A snapshot: what was not read before it is out of date."""
        self._buffer.clear()
        self._put(floor)

    def tell(self, change: Change) -> None:
        """One change more. A reader who is too far behind is cut off."""
        if len(self._buffer) >= BUFFERED_MAX:
            self.end()
        else:
            self._put(change)

    def end(self) -> None:
        """Nothing more will come, and what was not read is dropped."""
        self._buffer.clear()
        self.over.set()
        self._woken.set()

    async def news(self, seconds: float) -> tuple[Floor | Change, ...]:
        """What there is to tell, in order; empty when there was nothing before the time ran out."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return ()
        self._woken.clear()
        found = tuple(self._buffer)
        self._buffer.clear()
        return found

    def _put(self, news: Floor | Change) -> None:
        if not self.over.is_set():
            self._buffer.append(news)
            self._woken.set()


class FloorWatchers:
    """All who watch the floors of one partition. A part that starts last and stops first, so that streams end."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._watchers: dict[str, set[Watcher]] = {}

    def watch(self, identity: Identity) -> Watcher:
        """One more; the first that they hear is a snapshot. Raises TooManyWatch."""
        if self.count >= WATCHERS_MAX:
            raise TooManyWatch
        watcher = Watcher(identity)
        watcher.begin(self._floor(identity))
        self._watchers.setdefault(identity.tenant, set()).add(watcher)
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """They watch no more."""
        mine = self._watchers.get(watcher.identity.tenant, set())
        mine.discard(watcher)
        if not mine:
            self._watchers.pop(watcher.identity.tenant, None)

    @property
    def count(self) -> int:
        """How many watch."""
        return sum(map(len, self._watchers.values()))

    def tell(self, happened: Happened, before: ContactState | None) -> None:
        """Tell who may know of a fact that the figures have just taken."""
        watchers = self._watchers.get(happened.tenant)
        change = change_after(self._live, happened, before) if watchers else None
        if watchers and change is not None:
            for watcher in watchers:
                self._tell(watcher, change)

    def end(self) -> None:
        """Nothing more will be read: whoever watches learns that there is nothing to watch."""
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.end()

    async def start(self) -> None:
        """Nothing: watchers come by themselves."""

    async def stop(self) -> None:
        self.end()

    def _tell(self, watcher: Watcher, change: Change) -> None:
        mine = seen(change, watcher.identity.may_see)
        if isinstance(mine, AllAnew):
            watcher.begin(self._floor(watcher.identity))
        elif mine is not None:
            watcher.tell(mine)

    def _floor(self, identity: Identity) -> Floor:
        return floor_of(self._live, identity.tenant, identity.may_see)
