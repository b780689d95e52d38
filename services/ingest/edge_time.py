"""Since when the request is being served in whose course something is done."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from services.shared.clock import Clock


@dataclass(slots=True)
class _Serving:
    began_ms: int
    over: bool = False


_serving: ContextVar[_Serving | None] = ContextVar("serving", default=None)


@contextmanager
def serving(clock: Clock) -> Iterator[None]:
    """A request is served within this. Tasks that outlive it don't count as served by it."""
    this = _Serving(clock.wall_ms())
    before = _serving.set(this)
    try:
        yield
    finally:
        this.over = True
        _serving.reset(before)


def began_ms(now_ms: int) -> int:
    """When the request came, wall clock; `now_ms` where none is being served."""
    this = _serving.get()
    return now_ms if this is None or this.over else this.began_ms


class EdgeTime:
    """ASGI middleware: each request is served from when it came. A socket lives long, and is none."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with serving(self._clock):
            await self._app(scope, receive, send)
