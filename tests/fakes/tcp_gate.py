"""A gate before a server: it hands bytes on, can be shut, loses answers, and knows what was asked."""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

CHUNK = 1 << 20


class TcpGate:
    """Listens on `port`, which stays its own while it is shut. It has a thread, so nobody has to wait for it.

    Of several servers behind it each connection goes to the next that takes it, whoever makes it.
    `rewrite` changes what is asked on its way, a chunk as it was read at a time.
    """

    def __init__(self, *behind: int, port: int = 0, rewrite: Callable[[bytes], bytes] = bytes) -> None:
        self.port = port
        self.asked: list[bytes] = []
        self._behind = deque(behind)
        self._rewrite = rewrite
        self._to_lose = b""
        self._times = 0
        self._server: asyncio.Server | None = None
        self._ways: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tcp-gate", daemon=True)
        self._thread.start()

    def open(self) -> None:
        """Let connections through."""
        self._do(self._open())

    def shut(self) -> None:
        """Refuse connections, and cut those that there are."""
        self._do(self._shut())

    def end(self) -> None:
        """Shut it for good."""
        self.shut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def lose_answers_to(self, marker: bytes, *, times: int = 1) -> None:
        """The next questions that have these bytes reach the server; instead of its answer the connection ends."""
        self._to_lose, self._times = marker, times

    def _do(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._let_through, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _shut(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for way in self._ways:
            way.cancel()
        await asyncio.gather(*self._ways, return_exceptions=True)
        self._server = None

    async def _let_through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        own = asyncio.current_task()
        assert own is not None
        self._ways.add(own)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._connect(reader, writer)
        finally:
            self._ways.discard(own)
            writer.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind_writer = await self._next_behind()
        losing = asyncio.Event()
        ways = {
            asyncio.create_task(self._ask(reader, behind_writer, losing)),
            asyncio.create_task(self._answer(behind_reader, writer, losing)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            behind_writer.close()

    async def _next_behind(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for _ in range(len(self._behind) - 1):
            with contextlib.suppress(OSError):
                return await self._open_next()
        return await self._open_next()

    async def _open_next(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self._behind.rotate(-1)
        return await asyncio.open_connection("127.0.0.1", self._behind[-1])

    async def _ask(self, reader: asyncio.StreamReader, to: asyncio.StreamWriter, losing: asyncio.Event) -> None:
        while chunk := await reader.read(CHUNK):
            self.asked.append(chunk)
            if self._times and self._to_lose in chunk:
                self._times -= 1
                losing.set()
            to.write(self._rewrite(chunk))
            await to.drain()

    async def _answer(self, reader: asyncio.StreamReader, to: asyncio.StreamWriter, losing: asyncio.Event) -> None:
        while (chunk := await reader.read(CHUNK)) and not losing.is_set():
            to.write(chunk)
            await to.drain()
