"""Starts what is in the image as a cluster would: an ordinary user, processes of its own, files that cannot be changed.

There need be no container engine: buildah lays the image's files out, and Linux does the rest. Needs root.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pytest

from tests.fakes.server_process import free_port

ANSWERS_WITHIN_S = 120.0
STOPS_WITHIN_S = 60.0
POLL_S = 0.1
# In namespaces of its own: nothing can be written but to /tmp, then it becomes the image's user and command.
INSIDE = """
set -eu
mount --bind "$0" "$0"
mount -o remount,bind,ro "$0"
mount -t tmpfs -o size=64m tmpfs "$0/tmp"
mount -t proc proc "$0/proc"
exec chroot --userspec="$1" "$0" /usr/bin/env --ignore-environment --chdir=/var/lib/switchroom "${@:2}"
"""


@dataclass(frozen=True, slots=True)
class Image:
    """An image laid out in a folder."""

    root: Path
    config: dict[str, Any]

    def run(self, words: Sequence[str], variables: Mapping[str, str], output: IO[bytes]) -> "Running":
        """Start its entry point with these words."""
        variables = dict(entry.split("=", 1) for entry in self.config["Env"]) | dict(variables)
        inside = [f"{name}={value}" for name, value in variables.items()]
        unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--", "bash", "-c", INSIDE]
        command = [*unshare, str(self.root), self.config["User"], *inside, *self.config["Entrypoint"], *words]
        return Running(subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL))  # noqa: S603


@dataclass(slots=True)
class Running:
    """A container; `status` is known once it has ended."""

    process: subprocess.Popen[bytes]
    port: int = field(default=0)

    def wait(self, within_s: float = STOPS_WITHIN_S) -> int:
        """Its exit status."""
        return self.process.wait(within_s)

    def stop(self) -> int:
        """Ask it to end as Kubernetes does, and wait; its exit status."""
        os.kill(self._first(), signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """End it however it is."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait(STOPS_WITHIN_S)

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of what it answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()

    def get_once_it_answers(self, path: str) -> tuple[int, str]:
        """The same, waiting for it to listen."""
        give_up_at = time.monotonic() + ANSWERS_WITHIN_S
        while True:
            try:
                return self.get(path)
            except OSError:
                assert self.process.poll() is None, "it ended"
                assert time.monotonic() < give_up_at, "it does not answer"
                time.sleep(POLL_S)

    def _first(self) -> int:
        """The process that is number 1 in there."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])


@contextlib.contextmanager
def laid_out() -> Iterator[Image]:
    """The image that scripts/deployment built. Skips the test where there is none."""
    name = os.environ.get("SWITCHROOM_TEST_IMAGE", "")
    if not name or shutil.which("buildah") is None:
        pytest.skip("there is no image: scripts/deployment builds it, as root, with buildah")
    config = json.loads(_buildah("inspect", "--type", "image", name))["OCIv1"]["config"]
    container = _buildah("from", "--pull-never", name)
    try:
        yield Image(Path(_buildah("mount", container)), config)
    finally:
        _buildah("rm", container)


def _buildah(*arguments: str) -> str:
    done = subprocess.run(["buildah", *arguments], capture_output=True, text=True, timeout=120, check=False)  # noqa: S603, S607
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def listening_at(name: str) -> tuple[dict[str, str], int]:
    """Variables that give a service ports of its own, and the one of its health."""
    port, other = str(free_port()), str(free_port())
    variables = {
        "ingest": {"SWITCHROOM_INGEST_HTTP_PORT": port, "SWITCHROOM_INGEST_SMTP_PORT": other},
        "router": {"SWITCHROOM_ROUTER_HTTP_PORT": port, "SWITCHROOM_ROUTER_GRPC_PORT": other},
        "agents": {"SWITCHROOM_AGENTS_PORT": port},
        "reporting": {"SWITCHROOM_REPORTING_PORT": port},
        "carrier": {"SWITCHROOM_CARRIER_PORT": port},
    }[name]
    return variables, int(port)
