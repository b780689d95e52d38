"""`switchroom demo --json --system` as a process beside a cluster, and what it has told so far."""

import asyncio
import json
import sys
from typing import Any

from tests.integration.cluster import Cluster


class Played:
    """Begun by `begin`; `told` grows as contacts end."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.told: list[dict[str, Any]] = []
        self.said: list[str] = []
        self._process = process
        self._heard = asyncio.Event()
        self._reading = asyncio.gather(self._read_told(), self._read_said())

    async def until_told(self, count: int) -> None:
        """Wait until so many contacts have ended. Raises AssertionError when it has ended before."""
        while len(self.told) < count:
            assert not self._reading.done(), f"it ended after {len(self.told)} contacts:\n{self.words}"
            self._heard.clear()
            await self._heard.wait()

    async def until_said(self, words: str) -> None:
        """Wait until it has said this on its way."""
        while not any(words in line for line in self.said):
            assert not self._reading.done(), f"it ended without saying {words!r}:\n{self.words}"
            self._heard.clear()
            await self._heard.wait()

    async def end(self) -> int:
        """Wait for its end; the exit status."""
        await self._reading
        return await self._process.wait()

    def kill(self) -> None:
        """End it."""
        if self._process.returncode is None:
            self._process.kill()

    @property
    def words(self) -> str:
        """The last that it said."""
        return "".join(self.said[-40:])

    async def _read_told(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.told.append(json.loads(line))
            self._heard.set()
        self._heard.set()

    async def _read_said(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self.said.append(line.decode(errors="replace"))
            self._heard.set()
        self._heard.set()


async def begin(cluster: Cluster) -> Played:
    """Start it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "services.cli", "demo", "--json", "--system"),
        env=cluster.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    return Played(process)
