"""The folder of one embedded Switchroom: its files, its secrets, and the lock that lets one process use it."""

import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, TextIO

from services.shared.tokens import make_key_pair

KEY_BYTES = 32
OWNER_ONLY = 0o600
FOLDER_OWNER_ONLY = 0o700


class FolderInUse(Exception):
    """Another process runs on the folder."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Made at the first start; hex but for the PEMs. Whoever has this file is the system."""

    ids_key: str
    customers_key: str
    session_secret: str
    token_private_key: str
    token_public_key: str


def make_secrets() -> Secrets:
    """New ones."""
    private, public = make_key_pair()
    return Secrets(
        ids_key=secrets.token_hex(KEY_BYTES),
        customers_key=secrets.token_hex(KEY_BYTES),
        session_secret=secrets.token_hex(KEY_BYTES),
        token_private_key=private.decode(),
        token_public_key=public.decode(),
    )


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the services of a running process listen."""

    host: str
    agents: int
    ingest: int
    smtp: int
    router_grpc: int
    router_http: int
    reporting: int
    # Where outgoing mail is handed over.
    relay: int
    # The simulated carrier; 0: there is none.
    carrier: int = 0

    def url(self, port: int) -> str:
        """Of an HTTP port."""
        return f"http://{self.host}:{port}"


class DataFolder:
    """Everything below one path."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log_path = path / "switchroom.log"
        self._lock: IO[str] | None = None
        self._stage: IO[str] | None = None

    def lock(self) -> None:
        """Take the folder for this process, making it if need be. Raises FolderInUse."""
        self.path.mkdir(mode=FOLDER_OWNER_ONLY, parents=True, exist_ok=True)
        self._lock = self._locked("lock")
        if self._lock is None:
            raise FolderInUse(f"another process runs on {self.path}: stop it, or give another folder")
        # What a process left that was killed would send others to where nobody listens.
        (self.path / "running.json").unlink(missing_ok=True)

    def lock_stage(self) -> bool:
        """Take the demonstration of this folder for this process; False when another one plays it."""
        self._stage = self._locked("demonstration.lock")
        return self._stage is not None

    def unlock(self) -> None:
        """Give back what was taken. The end of the process does so too, however it ends."""
        if self._lock is not None:
            (self.path / "running.json").unlink(missing_ok=True)
        for lock in (self._lock, self._stage):
            if lock is not None:
                lock.close()
        self._lock = self._stage = None

    def open_log(self) -> TextIO:
        """The file that the process which has the folder writes its log to, begun anew."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        return os.fdopen(os.open(self.log_path, flags, OWNER_ONLY), "w", buffering=1)

    def _locked(self, name: str) -> IO[str] | None:
        lock = (self.path / name).open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return None
        return lock

    def secrets(self) -> Secrets:
        """The folder's secrets, made when there are none."""
        if (kept := self.read("secrets.json")) is not None:
            return Secrets(**kept)
        made = make_secrets()
        self.write("secrets.json", asdict(made))
        return made

    def running(self) -> Addresses | None:
        """Where the process listens that runs on the folder, once it does."""
        kept = self.read("running.json")
        return Addresses(**kept) if kept is not None else None

    def set_running(self, addresses: Addresses) -> None:
        """Tell others where this process listens."""
        self.write("running.json", asdict(addresses))

    def read(self, name: str) -> dict[str, Any] | None:
        """A small JSON file of the folder."""
        try:
            content: dict[str, Any] = json.loads((self.path / name).read_text())
        except FileNotFoundError:
            return None
        return content

    def write(self, name: str, content: dict[str, Any]) -> None:
        """Replace a small JSON file, whole or not at all; only its owner can read it."""
        new = self.path / f"{name}.new"
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY), "w") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path / name)
