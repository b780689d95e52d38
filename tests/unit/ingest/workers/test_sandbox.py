"""What a worker process can no longer do: tried in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from services.ingest.workers.worker_pool import ROOT

TRIES = {
    "to write a file": ("forbid_writing()", "open('made', 'wb', 0).write(b'x')"),
    "to open a file": ("forbid_opening()", "open('/etc/hostname')"),
    "to open a socket": ("forbid_opening()", "import_socket.socket()"),
    "to start a program": ("forbid_opening()", "subprocess.run(['true'], capture_output=True)"),
    "to take much memory": ("limit_memory(200_000_000)", "bytearray(2_000_000_000)"),
}


def outcome(setting: str, attempt: str, folder: Path) -> str:
    code = (
        "import subprocess, socket as import_socket\n"
        "from services.ingest.workers.worker import forbid_opening, forbid_writing, limit_memory\n"
        f"{setting}\n"
        f"try:\n    {attempt}\n    print('done')\n"
        "except (OSError, MemoryError):\n    print('refused')\n"
    )
    done = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-B", "-c", code],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("what", TRIES)
def test_a_worker_is_not_able(what: str, tmp_path: Path) -> None:
    setting, attempt = TRIES[what]
    assert outcome(setting, attempt, tmp_path) == "refused"
    assert outcome("pass", attempt, tmp_path) == "done"
