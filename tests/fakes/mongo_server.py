"""A server of MongoDB's protocol on a folder and a port of its own, as a process of its own; it can be told to fail."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from tests.fakes.server_process import ServerProcess, free_port

PROGRAM = Path(sys.executable).with_name("secantusd-py")
needs_mongo = pytest.mark.skipif(
    not PROGRAM.exists(),
    reason="the MongoDB cases DID NOT RUN: secantusdb, the server they need, has no wheel for this Python or machine",
)


class MongoServer:
    """The only member of a replica set (or, `alone`, of none). Its data outlives it; its port stays the same.

    Without `durable` a write is not forced to the disk: quicker, and a kill of the process still loses nothing of it.
    """

    def __init__(self, folder: Path, *, port: int = 0, alone: bool = False, durable: bool = False) -> None:
        self.port = port or free_port()
        command = [str(PROGRAM), "--host", "127.0.0.1", "--port", str(self.port), "--enable-test-commands"]
        command += ["--storage-path", str(folder / "mongo"), "--log-level", "WARNING"]
        command += ["--standalone"] * alone + ["--sync-on-commit"] * durable
        command += self.more_words()
        self._process = ServerProcess(command, self.port, folder / "mongo.log")
        self.start, self.stop, self.kill = self._process.start, self._process.stop, self._process.kill
        self.freeze, self.thaw = self._process.freeze, self._process.thaw

    def more_words(self) -> Sequence[str]:
        """Of its command, where a server is made from this one."""
        return ()

    @property
    def url(self) -> str:
        """Where clients reach it."""
        return f"mongodb://127.0.0.1:{self.port}/"

    def fail(self, *commands: str, times: int = 0, **how: Any) -> None:
        """Let these commands of Switchroom fail from now on, or so many `times`; `how` is the fail point's data."""
        mode = {"times": times} if times else "alwaysOn"
        data = {"failCommands": list(commands), "appName": "switchroom", **how}
        self.command("configureFailPoint", "failCommand", mode=mode, data=data)

    def work(self) -> None:
        """Let nothing fail any more."""
        self.command("configureFailPoint", "failCommand", mode="off")

    def command(self, name: str, value: Any = 1, *, database: str = "admin", **more: Any) -> dict[str, Any]:
        """Tell it something as its administrator."""
        with MongoClient[dict[str, Any]](self.url, directConnection=True, serverSelectionTimeoutMS=10_000) as client:
            return client[database].command(name, value, **more)
