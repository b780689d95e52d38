"""An event loop that never waits: when nothing is left to do, its time jumps to when something is.

So a test goes through hours in a moment, and each run of it goes the same way. Threads and sockets have no place in it.
"""

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

START_WALL_MS = 1_790_000_000_000
SPINNING_TURNS = 20_000

P = ParamSpec("P")
T = TypeVar("T")


class Standstill(Exception):
    """Everybody waits for somebody else: nothing will ever happen again."""


class Spinning(Exception):
    """Somebody is busy and gets nowhere: time does not move."""


class _JumpingSelector(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.turns = 0
        self._turns_now = 0

    def select(self, timeout: float | None = None) -> Any:
        self.turns += 1
        self._turns_now += 1
        if self._turns_now > SPINNING_TURNS:
            self._turns_now = 0
            raise Spinning(f"{SPINNING_TURNS} turns of the loop at one moment")
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise Standstill("nothing is left to do, and nothing will come")
        if timeout > 0:
            self.now_s += timeout
            self._turns_now = 0
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """`turns` counts how often it went round."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now_s

    @property
    def turns(self) -> int:
        return self._jumping.turns


class VirtualClock:
    """The clock of the loop that runs. `skew_ms`: how far its wall clock is off."""

    def __init__(self, skew_ms: int = 0) -> None:
        self.skew_ms = skew_ms

    def wall_ms(self) -> int:
        return START_WALL_MS + self.skew_ms + self.monotonic_ms()

    def monotonic_ms(self) -> int:
        return round(asyncio.get_running_loop().time() * 1_000)


def in_virtual_time(test: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Make a test of an async function: it runs in a virtual time loop of its own."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            return runner.run(test(*args, **kwargs))

    return run


def turns() -> int:
    """How often the virtual time loop that runs has gone round."""
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualTimeLoop):
        raise TypeError("not in virtual time")
    return loop.turns


async def until(condition: Callable[[], object], within_s: float = 120.0) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110  # a test asks from outside; in virtual time that costs nothing
            await asyncio.sleep(0.005)
