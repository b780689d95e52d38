"""The process that parses mails: it reads each from stdin and writes what it says to stdout.

A mail may kill it. So it has limits of its own on memory and processor time, and nothing of value: no settings, no
secrets, no open files.
"""

import contextlib
import json
import math
import os
import resource
import sys
from argparse import ArgumentParser
from typing import BinaryIO

from services.ingest.mail.frames import READY, read_frame, write_frame
from services.ingest.mail.limits import Unreadable
from services.ingest.mail.parsed_mail import to_frames
from services.ingest.mail.parser import parse


def limit_memory(memory_bytes: int) -> None:
    """Bound the address space, and leave no core dump (it would hold the mail)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):  # macOS knows the limit but does not set it
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def renew_cpu_limit(cpu_s: int) -> None:
    """Let the process be killed (SIGXCPU) when it has used so many seconds of processor time more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime) + cpu_s, hard))


def answer(raw: bytes) -> list[bytes]:
    """The frames that answer for a mail: what it says, or why it cannot be read."""
    try:
        return to_frames(parse(raw))
    except Unreadable as error:
        reason = str(error)
    except RecursionError:
        reason = "the mail is nested too deep"
    except MemoryError:
        reason = "the mail needs too much memory"
    except Exception as error:  # noqa: BLE001  # the top of this process: whatever a mail does, it is answered for
        reason = f"the mail is malformed ({type(error).__name__})"
    return [json.dumps({"unreadable": reason}).encode()]


def serve(mails: BinaryIO, answers: BinaryIO, cpu_s: int) -> None:
    """Say that it is ready, then answer for one mail after the other until there are no more."""
    write_frame(answers, READY)
    answers.flush()
    while True:
        renew_cpu_limit(cpu_s)
        raw = read_frame(mails)
        if raw is None:
            return
        renew_cpu_limit(cpu_s)
        for frame in answer(raw):
            write_frame(answers, frame)
        answers.flush()


def main() -> None:
    """Read the limits from the command line and serve."""
    arguments = ArgumentParser()
    arguments.add_argument("--memory-bytes", type=int, required=True)
    arguments.add_argument("--cpu-s", type=int, required=True)
    given = arguments.parse_args()
    # What a library prints must not get between the frames.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    limit_memory(given.memory_bytes)
    serve(sys.stdin.buffer, answers, given.cpu_s)


if __name__ == "__main__":
    main()
