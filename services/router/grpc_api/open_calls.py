"""The calls that wait for something to happen: when the server stops they are told, and it need not wait for them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

STOPPING = "this router is stopping: call again, another one or the same will answer; a retry keeps its command_id"


class OpenCalls:
    """Once `closed`, every call that waits ends with UNAVAILABLE."""

    def __init__(self) -> None:
        self.closed = False
        self._wakers: set[Callable[[], None]] = set()

    @contextmanager
    def waits(self, wake: Callable[[], None]) -> Iterator[None]:
        """A call waits meanwhile; `wake` is called when it is to look at `closed`."""
        self._wakers.add(wake)
        try:
            yield
        finally:
            self._wakers.discard(wake)

    def close(self) -> None:
        """Wake all that wait."""
        self.closed = True
        for wake in tuple(self._wakers):
            wake()
