"""An S3 server, as a process of its own; it can be away, and has what it had when it is back."""

import http.client
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.fakes.server_process import ServerProcess, free_port
from tests.fakes.tcp_gate import TcpGate

PROGRAM = Path(sys.executable).with_name("moto_server")
needs_s3 = pytest.mark.skipif(
    not PROGRAM.exists(),
    reason="the S3 cases DID NOT RUN: moto, the server they need, cannot be installed on this machine",
)


class S3Server:
    """Keeps its objects in memory; a gate before it makes it be away without forgetting them."""

    access_key = "test-access-key"
    secret_key = "test-secret-key"
    region = "us-east-1"

    def __init__(self, folder: Path) -> None:
        self._behind = free_port()
        command = [str(PROGRAM), "-H", "127.0.0.1", "-p", str(self._behind)]
        self._process = ServerProcess(command, self._behind, folder / "s3.log")
        self._gate = TcpGate(self._behind)
        self._runs = False

    @property
    def endpoint(self) -> str:
        """Where clients reach it, once it was started."""
        return f"http://127.0.0.1:{self._gate.port}"

    def start(self) -> None:
        """Start it, or let it be back."""
        if not self._runs:
            self._process.start()
            self._runs = True
        self._gate.open()

    def make_bucket(self, name: str) -> None:
        """A new, empty bucket; its name has three characters at least."""
        assert self._ask("PUT", name) == 200

    def drop_bucket(self, name: str) -> None:
        """The bucket, which has to be empty, is gone."""
        assert self._ask("DELETE", name) == 204

    def stop(self) -> None:
        """Let it be away: connections are refused."""
        self._gate.shut()

    def freeze(self) -> None:
        """It takes connections and answers nothing."""
        self._process.freeze()

    def thaw(self) -> None:
        """It answers again."""
        self._process.thaw()

    def end(self) -> None:
        """End the process; its objects are gone."""
        self._gate.end()
        self._process.kill()

    def _ask(self, method: str, bucket: str) -> int:
        with closing(http.client.HTTPConnection("127.0.0.1", self._behind, timeout=10)) as connection:
            connection.request(method, f"/{bucket}")
            return connection.getresponse().status
