"""How far each follower of a log has come, for /metrics: one that stands still is told from one with nothing to do."""

import asyncio
from collections.abc import Sequence

from prometheus_client import Gauge

from services.shared.clock import Clock, SystemClock
from services.shared.event_log import EventLog, LogUnavailable

BEHIND = Gauge(
    "switchroom_follower_behind_records", "Records that a follower has not done yet", ["follower", "partition"]
)
STANDING = Gauge(
    "switchroom_follower_standing_still_seconds",
    "How long a follower that is behind has done nothing; 0 for one that is not behind",
    ["follower", "partition"],
)
LOOK_EVERY_S = 5.0
MS_PER_S = 1_000


class Progress:
    """One follower of one partition; it has not `begun` before it said where."""

    def __init__(self, name: str, followed: EventLog, partition: int, clock: Clock) -> None:
        self.followed, self.partition = followed, partition
        self._name = name
        self._clock = clock
        self._next: int | None = None
        self._waiting_since_ms: int | None = None
        self._behind = BEHIND.labels(name, partition)
        STANDING.labels(name, partition).set_function(self.standing_s)

    def done_to(self, next_offset: int) -> None:
        """All before that offset is done."""
        if next_offset != self._next and self._waiting_since_ms is not None:
            self._waiting_since_ms = self._clock.monotonic_ms()
        self._next = next_offset

    @property
    def begun(self) -> bool:
        return self._next is not None

    def saw(self, start: int, end: int) -> None:
        """What the log has; who has not begun would begin at its start."""
        behind = max(0, end - (start if self._next is None else self._next))
        self._behind.set(behind)
        if not behind:
            self._waiting_since_ms = None
        elif self._waiting_since_ms is None:
            self._waiting_since_ms = self._clock.monotonic_ms()

    def end(self) -> None:
        """It follows no more: nothing is said of it."""
        for gauge in (BEHIND, STANDING):
            gauge.remove(self._name, self.partition)

    def standing_s(self) -> float:
        """How long it has been behind without doing anything."""
        if self._waiting_since_ms is None:
            return 0.0
        return (self._clock.monotonic_ms() - self._waiting_since_ms) / MS_PER_S


class FollowerWatch:
    """All followers of one process."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._all: dict[tuple[str, int], Progress] = {}

    def follower(self, name: str, followed: EventLog, partition: int) -> Progress:
        """One of them; whoever follows again goes on with what there is."""
        known = self._all.get((name, partition))
        if known is None or known.followed is not followed:
            known = self._all[name, partition] = Progress(name, followed, partition, self._clock)
        return known

    def forget(self, name: str, partition: int) -> None:
        """That one follows no more."""
        if (known := self._all.pop((name, partition), None)) is not None:
            known.end()

    async def look_on(self) -> None:
        """Look up the ends of what is followed until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Once. Of a log that does not answer, what was known stays: whoever was behind goes on standing still."""
        places: dict[tuple[int, int], list[Progress]] = {}
        for each in self._all.values():
            places.setdefault((id(each.followed), each.partition), []).append(each)
        for of_one_place in places.values():
            await _look(of_one_place)


async def _look(followers: Sequence[Progress]) -> None:
    followed, partition = followers[0].followed, followers[0].partition
    try:
        start = 0 if all(each.begun for each in followers) else await followed.start(partition)
        end = await followed.end(partition)
    except LogUnavailable:
        return
    for each in followers:
        each.saw(start, end)
