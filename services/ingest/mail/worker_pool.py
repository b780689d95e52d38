"""Worker processes that parse mails, seen from the event loop: no mail can hold it, or harm the next mail."""

import asyncio
import contextlib
import json
import signal
import sys
from asyncio.subprocess import Process
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import services
from services.ingest.mail.frames import LENGTH_BYTES, READY, BrokenFrame, receive_frame
from services.ingest.mail.limits import Unreadable
from services.ingest.mail.parsed_mail import ParsedMail, attachments_in, from_frames

# Where the package is; the worker gets no other environment, for that may hold secrets.
ROOT = Path(services.__file__).resolve().parents[1]
MODULE = "services.ingest.mail.worker"
START_S = 30.0
DYING_S = 1.0


class WorkerUnavailable(Exception):
    """No worker can be started; this says nothing about the mail."""


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """Of one mail: processor time and memory (the kernel enforces them) and time by the clock (the pool does)."""

    cpu_s: int = 5
    memory_bytes: int = 512 * 1024 * 1024
    wall_s: float = 10.0


class WorkerPool:
    """So many workers; each is started when it is first needed, and again after it died."""

    def __init__(self, workers: int = 1, limits: WorkerLimits | None = None) -> None:
        self._workers = [_Worker(limits or WorkerLimits()) for _ in range(workers)]
        self._free: asyncio.Queue[_Worker] = asyncio.Queue()
        for worker in self._workers:
            self._free.put_nowait(worker)

    @property
    def size(self) -> int:
        """How many mails are parsed at a time."""
        return len(self._workers)

    async def parse(self, raw: bytes) -> ParsedMail:
        """What a mail says. Raises Unreadable, WorkerUnavailable."""
        worker = await self._free.get()
        try:
            return await worker.parse(raw)
        finally:
            self._free.put_nowait(worker)

    async def start(self) -> None:
        """Nothing: a worker is started when there is a mail for it."""

    async def stop(self) -> None:
        """End the processes."""
        await asyncio.gather(*(worker.kill() for worker in self._workers))


class _Worker:
    def __init__(self, limits: WorkerLimits) -> None:
        self._limits = limits
        self._process: Process | None = None

    async def parse(self, raw: bytes) -> ParsedMail:
        """What a mail says. Raises Unreadable and WorkerUnavailable; the worker survives only what it answered."""
        answered = False
        try:
            process = await self._running()
            described, contents = await self._exchange(process, raw)
            answered = True
        finally:
            if not answered:  # also when this call was cancelled: its answer must not be taken for the next mail's
                await self.kill()
        if "unreadable" in described:
            raise Unreadable(described["unreadable"])
        return from_frames(described, contents)

    async def kill(self) -> None:
        """End the process; the next mail starts a new one."""
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
                return await _asked(process, raw)
        except TimeoutError:
            raise Unreadable(f"parsing took longer than {self._limits.wall_s:g} seconds") from None
        except (BrokenFrame, ConnectionError, ValueError):
            raise Unreadable(await self._why_it_died(process)) from None

    async def _running(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            await self.kill()
            self._process = await self._started()
            await _greeted(self._process)
        return self._process

    async def _started(self) -> Process:
        limits = [f"--memory-bytes={self._limits.memory_bytes}", f"--cpu-s={self._limits.cpu_s}"]
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            *("-m", MODULE),
            *limits,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            start_new_session=True,
        )

    async def _why_it_died(self, process: Process) -> str:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DYING_S):
                await process.wait()
        if process.returncode == -signal.SIGXCPU:
            return f"parsing took more than {self._limits.cpu_s} seconds of processor time"
        return "parsing the mail ended the process that did it"


async def _greeted(process: Process) -> None:
    try:
        async with asyncio.timeout(START_S):
            ready = await receive_frame(_pipes(process)[1]) == READY
    except (BrokenFrame, TimeoutError):
        ready = False
    if not ready:
        raise WorkerUnavailable(f"the mail parser does not start: run `python -m {MODULE} --help` to see why")


async def _asked(process: Process, raw: bytes) -> tuple[dict[str, Any], list[bytes]]:
    to_worker, from_worker = _pipes(process)
    to_worker.write(len(raw).to_bytes(LENGTH_BYTES, "big"))
    to_worker.write(raw)
    await to_worker.drain()
    described = json.loads(await receive_frame(from_worker))
    count = 0 if "unreadable" in described else attachments_in(described)
    return described, [await receive_frame(from_worker) for _ in range(count)]


def _pipes(process: Process) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
    if process.stdin is None or process.stdout is None:
        raise BrokenFrame("the worker has no pipes")
    return process.stdin, process.stdout
