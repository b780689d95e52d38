"""Worker processes seen from the event loop: nothing that strangers sent can hold it, or harm what is read next."""

import asyncio
import contextlib
import json
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import services
from services.ingest.workers.craft import Craft
from services.ingest.workers.frames import FRAME_BYTES_MAX, LENGTH_BYTES, READY, BrokenFrame, receive_frame
from services.ingest.workers.unreadable import Unreadable

T = TypeVar("T")

# Where the package is; the worker gets no other environment, for that may hold secrets.
ROOT = Path(services.__file__).resolve().parents[1]
START_S = 30.0
DYING_S = 1.0
# So much is handed to the pipe at a time, that other tasks may run in between.
PIECE_BYTES = 256 * 1024


class WorkerUnavailable(Exception):
    """No worker can be started; this says nothing about what it was to read."""


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """Of one reading: processor time and memory (the kernel enforces them) and time by the clock (the pool does)."""

    cpu_s: int = 5
    memory_bytes: int = 512 * 1024 * 1024
    wall_s: float = 10.0


class WorkerPool(Generic[T]):
    """So many workers of one craft; each is started when it is first needed, and again after it died."""

    def __init__(self, craft: Craft[T], workers: int = 1, limits: WorkerLimits | None = None) -> None:
        self._workers = [_Worker(craft, limits or WorkerLimits()) for _ in range(workers)]
        self._free: asyncio.Queue[_Worker[T]] = asyncio.Queue()
        for worker in self._workers:
            self._free.put_nowait(worker)

    @property
    def size(self) -> int:
        """How many things are read at a time."""
        return len(self._workers)

    async def read(self, raw: bytes) -> T:
        """What it says. Raises Unreadable, WorkerUnavailable."""
        if len(raw) > FRAME_BYTES_MAX:
            raise Unreadable(f"it is larger than {FRAME_BYTES_MAX} bytes")
        worker = await self._free.get()
        try:
            return await worker.read(raw)
        finally:
            self._free.put_nowait(worker)

    async def start(self) -> None:
        """Nothing: a worker is started when there is something to read."""

    async def stop(self) -> None:
        """End the processes."""
        await asyncio.gather(*(worker.kill() for worker in self._workers))


class _Worker(Generic[T]):
    def __init__(self, craft: Craft[T], limits: WorkerLimits) -> None:
        self._craft = craft
        self._limits = limits
        self._process: Process | None = None

    async def read(self, raw: bytes) -> T:
        """What it says. Raises Unreadable and WorkerUnavailable; the worker survives only what it answered."""
        answered = False
        try:
            process = await self._running()
            described, contents = await self._exchange(process, raw)
            answered = True
        finally:
            if not answered:  # also when this call was cancelled: its answer must not be taken for the next one's
                await self.kill()
        return self._craft.result(described, contents)

    async def kill(self) -> None:
        """End the process; the next reading starts a new one."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()

    async def _exchange(self, process: Process, raw: bytes) -> tuple[dict[str, Any], list[bytes]]:
        try:
            async with asyncio.timeout(self._limits.wall_s):
                return await _asked(process, raw, self._craft.contents_of)
        except TimeoutError:
            raise Unreadable(f"reading it took longer than {self._limits.wall_s:g} seconds") from None
        except (BrokenFrame, ConnectionError, ValueError):
            raise Unreadable(await self._why_it_died(process)) from None

    async def _running(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            await self.kill()
            self._process = await self._started()
            await self._greeted(self._process)
        return self._process

    async def _started(self) -> Process:
        limits = [f"--memory-bytes={self._limits.memory_bytes}", f"--cpu-s={self._limits.cpu_s}"]
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            *("-m", self._craft.module),
            *limits,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            start_new_session=True,
        )

    async def _greeted(self, process: Process) -> None:
        try:
            async with asyncio.timeout(START_S):
                ready = await receive_frame(_pipes(process)[1]) == READY
        except (BrokenFrame, TimeoutError):
            ready = False
        if not ready:
            craft = self._craft
            hint = f"run `python -m {craft.module} --help` to see why"
            raise WorkerUnavailable(f"no process that reads {craft.things} can be started: {hint}")

    async def _why_it_died(self, process: Process) -> str:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DYING_S):
                await process.wait()
        if process.returncode == -signal.SIGXCPU:
            return f"reading it took more than {self._limits.cpu_s} seconds of processor time"
        return "reading it ended the process that did it"


async def _asked(
    process: Process, raw: bytes, contents_of: Callable[[dict[str, Any]], int]
) -> tuple[dict[str, Any], list[bytes]]:
    to_worker, from_worker = _pipes(process)
    to_worker.write(len(raw).to_bytes(LENGTH_BYTES, "big"))
    for begin in range(0, len(raw), PIECE_BYTES):
        to_worker.write(raw[begin : begin + PIECE_BYTES])
        await to_worker.drain()
    described = json.loads(await receive_frame(from_worker))
    return described, [await receive_frame(from_worker) for _ in range(contents_of(described))]


def _pipes(process: Process) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
    if process.stdin is None or process.stdout is None:
        raise BrokenFrame("the worker has no pipes")
    return process.stdin, process.stdout
