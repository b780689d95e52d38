"""Routers as processes, to which things happen: killed, stopped for a while, told to end, started again."""

import asyncio
import contextlib
import random
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx2

HOST = "127.0.0.1"
UP_WITHIN_S = 120.0
ENDED_WITHIN_S = 35.0
ASK_AGAIN_S = 0.2
# Below those that systems give to outgoing connections, so that none takes a router's port while it is away.
LOWEST_PORT, HIGHEST_PORT = 20_000, 32_000
PORTS_TRIED = 1_000
LOG_WORDS = 2_000


class RouterFailed(Exception):
    """A router did not come up, or did not end when it was told to; says what it wrote last."""


class RouterProcess:
    """One router with ports of its own, which stay the same."""

    def __init__(self, name: str, folder: Path, variables: Mapping[str, str], ports: tuple[int, int]) -> None:
        self.name = name
        self.address = f"{HOST}:{ports[0]}"
        self.http = f"http://{HOST}:{ports[1]}"
        own = {"SWITCHROOM_ROUTER_GRPC_PORT": str(ports[0]), "SWITCHROOM_ROUTER_HTTP_PORT": str(ports[1])}
        self._variables = {**variables, **own}
        self._log = folder / f"{name}.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def runs(self) -> bool:
        """Whether there is such a process now."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it; `until_up` waits for it."""
        settings = [f"{name}={value}" for name, value in self._variables.items()]
        with self._log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                "env", *settings, sys.executable, "-m", "services.router", stdout=output, stderr=output
            )

    async def until_up(self) -> None:
        """Wait until it says that it is ready. Raises RouterFailed."""
        said = "nothing"
        try:
            async with asyncio.timeout(UP_WITHIN_S), httpx2.AsyncClient(timeout=2) as http:
                while self.runs and (said := await _says(http, f"{self.http}/readyz")):  # noqa: ASYNC110  # asked over HTTP
                    await asyncio.sleep(ASK_AGAIN_S)
        except TimeoutError:
            raise self._failed(f"was not up within {UP_WITHIN_S:.0f} s and says: {said}") from None
        if not self.runs:
            raise self._failed("ended at its start")

    async def kill(self) -> None:
        """SIGKILL."""
        self._send(signal.SIGKILL)
        await self._ended()

    def pause(self) -> None:
        """SIGSTOP: it stands still, and does not know."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._send(signal.SIGCONT)

    async def terminate(self) -> int:
        """SIGTERM; the exit status. Raises RouterFailed."""
        self._send(signal.SIGTERM)
        return await self._ended()

    def last_words(self) -> str:
        """The end of its log."""
        return self._log.read_text(errors="replace")[-LOG_WORDS:] if self._log.exists() else ""

    def _send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self._process is not None:
                self._process.send_signal(number)

    async def _ended(self) -> int:
        if self._process is None:
            return 0
        try:
            async with asyncio.timeout(ENDED_WITHIN_S):
                return await self._process.wait()
        except TimeoutError:
            raise self._failed(f"did not end within {ENDED_WITHIN_S:.0f} s") from None

    def _failed(self, words: str) -> RouterFailed:
        return RouterFailed(f"{self.name} {words}\n{self.last_words()}")


def free_ports(count: int) -> list[int]:
    """So many in a row that nobody listens on now. Raises RouterFailed."""
    for _ in range(PORTS_TRIED):
        first = random.randrange(LOWEST_PORT, HIGHEST_PORT - count)  # noqa: S311  # a place to begin to look at
        ports = list(range(first, first + count))
        if all(_is_free(port) for port in ports):
            return ports
    raise RouterFailed(f"no {count} ports in a row are free from {LOWEST_PORT} to {HIGHEST_PORT}: end what uses them")


def _is_free(port: int) -> bool:
    with contextlib.suppress(OSError), socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        return True
    return False


async def _says(http: httpx2.AsyncClient, url: str) -> str:
    """Why it is not ready; "" when it is."""
    try:
        answer = await http.get(url)
    except httpx2.HTTPError as error:
        return f"{type(error).__name__}: {error}"
    return "" if answer.status_code == 200 else answer.text
