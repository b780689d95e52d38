"""The process that reads what strangers sent: one thing after the other from stdin, and what it says to stdout.

What it reads may kill it. So it has limits of its own on memory and processor time, can write no file, and has nothing
of value: no settings, no secrets, no open files.
"""

import contextlib
import json
import math
import os
import resource
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import BinaryIO

from services.ingest.workers.frames import READY, read_frame, write_frame
from services.ingest.workers.unreadable import Unreadable

Read = Callable[[bytes], list[bytes]]


def limit_memory(memory_bytes: int) -> None:
    """Bound the address space, and leave no core dump (it would hold what was sent)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):  # macOS knows the limit but does not set it
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def forbid_writing() -> None:
    """From now on no byte can be written to a file; pipes are none."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def forbid_opening() -> None:
    """From now on no file and no socket can be opened, also no module: import everything before."""
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, free))


def renew_cpu_limit(cpu_s: int) -> None:
    """Let the process be killed (SIGXCPU) when it has used so many seconds of processor time more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime) + cpu_s, hard))


def answer(read: Read, raw: bytes) -> list[bytes]:
    """The frames that answer for what was sent: what it says, or why it cannot be read."""
    try:
        return read(raw)
    except Unreadable as error:
        reason = str(error)
    except RecursionError:
        reason = "it is nested too deep"
    except MemoryError:
        reason = "it needs too much memory"
    except Exception as error:  # noqa: BLE001  # the top of this process: whatever comes, it is answered for
        reason = f"it is malformed ({type(error).__name__})"
    return [json.dumps({"unreadable": reason}).encode()]


def serve(read: Read, things: BinaryIO, answers: BinaryIO, cpu_s: int) -> None:
    """Say that it is ready, then answer for one thing after the other until there are no more."""
    write_frame(answers, READY)
    answers.flush()
    while True:
        renew_cpu_limit(cpu_s)
        raw = read_frame(things)
        if raw is None:
            return
        renew_cpu_limit(cpu_s)
        for frame in answer(read, raw):
            write_frame(answers, frame)
        answers.flush()


def run(read: Read, get_ready: Callable[[], None] = lambda: None) -> None:
    """Read the limits from the command line, get ready under them, and serve."""
    arguments = ArgumentParser()
    arguments.add_argument("--memory-bytes", type=int, required=True)
    arguments.add_argument("--cpu-s", type=int, required=True)
    given = arguments.parse_args()
    # What a library prints must not get between the frames.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    limit_memory(given.memory_bytes)
    forbid_writing()
    get_ready()
    serve(read, sys.stdin.buffer, answers, given.cpu_s)
