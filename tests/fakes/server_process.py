"""A server that runs as a process of its own, on a port of its own; its log is kept for whoever has to find out why."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

UP_WITHIN_S = 60.0
DOWN_WITHIN_S = 30.0
POLL_S = 0.02


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class ServerProcess:
    """Starts, stops, kills and freezes one command. Blocks for as long as that takes."""

    def __init__(self, command: Sequence[str], port: int, log: Path, environment: dict[str, str] | None = None) -> None:
        self._command = list(command)
        self._port = port
        self._log = log
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when its port is listened on. Raises RuntimeError, with what it said, when it does not come up."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(  # noqa: S603  # the command is a fake's own
                self._command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=self._environment
            )
        give_up_at = time.monotonic() + UP_WITHIN_S
        while not self._is_listening():
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                self.kill()
                raise RuntimeError(f"{self._command[0]} did not start: {self._log.read_text(errors='replace')[-2000:]}")
            time.sleep(POLL_S)

    def stop(self) -> None:
        """Ask it to end, and wait; nothing happens when it does not run."""
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(DOWN_WITHIN_S)
        self.kill()

    def kill(self) -> None:
        """End it at once, as `kill -9` does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(DOWN_WITHIN_S)
        self._process = None

    def freeze(self) -> None:
        """It stays, takes connections, and answers nothing. Returns when it stands."""
        os.kill(self._pid(), signal.SIGSTOP)
        os.waitpid(self._pid(), os.WUNTRACED)

    def thaw(self) -> None:
        """It goes on where it stood."""
        os.kill(self._pid(), signal.SIGCONT)

    def _pid(self) -> int:
        assert self._process is not None, "it does not run"
        return self._process.pid

    def _is_listening(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
        except OSError:
            return False
        return True
