"""One process of a cluster; any later call of scripts/cluster finds it again by what it has written into the folder."""

# ruff: noqa: INP001  # a part of scripts/cluster

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from scripts.cluster_list import HOST, Listed

POLL_S = 0.1
ANSWERS_WITHIN_S = 5.0
LAST_WORDS = 4_000


class ClusterProcess:
    """Started in a session of its own, so that Ctrl-C in the caller's terminal does not end it."""

    def __init__(self, folder: Path, listed: Listed) -> None:
        self.listed = listed
        self.log = folder / f"{listed.name}.log"
        self._pid_file = folder / f"{listed.name}.pid"

    def start(self, environment: dict[str, str]) -> None:
        """Start it; nothing happens when it runs."""
        if self.pid():
            return
        with self.log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603  # the command stands in our list
                self._command(), env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        self._pid_file.write_text(str(process.pid))
        # In its first moments nobody can see yet which program it is.
        while not self.pid() and process.poll() is None:
            time.sleep(POLL_S)

    def pid(self) -> int:
        """Its number, or 0 when it does not run."""
        with contextlib.suppress(FileNotFoundError, ValueError):
            pid = int(self._pid_file.read_text())
            # Not another program that got the number meanwhile.
            if " ".join(self.listed.command[1:]) in _arguments(pid):
                return pid
        return 0

    def send(self, number: signal.Signals) -> None:
        """A signal, if it runs."""
        if pid := self.pid():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def until_gone(self, within_s: float) -> None:
        """Wait for its end; after that time it is killed."""
        until_s = time.monotonic() + within_s
        while self.pid():
            if time.monotonic() > until_s:
                self.send(signal.SIGKILL)
            time.sleep(POLL_S)

    def why_not_ready(self) -> str:
        """Empty when it is ready; what it says else."""
        try:
            if not self.listed.ready:
                socket.create_connection((HOST, min(self.listed.ports.values())), timeout=ANSWERS_WITHIN_S).close()
            else:
                urllib.request.urlopen(self.listed.ready, timeout=ANSWERS_WITHIN_S).close()  # noqa: S310  # http, ours
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.read().decode(errors="replace")
        except OSError as error:
            return str(error)
        return ""

    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-LAST_WORDS:]

    def _command(self) -> list[str]:
        program, *others = self.listed.command
        # Beside the Python that this runs in.
        return [sys.executable if program == "python" else str(Path(sys.executable).with_name(program)), *others]


def _arguments(pid: int) -> str:
    if (there := Path("/proc")).is_dir():
        with contextlib.suppress(OSError):
            return (there / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return ""
    said = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return said.stdout
