"""`switchroom demo`, as whoever calls it sees it: what it prints, what it leaves, how it ends."""

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.cli.demonstration.story import BY_PHONE, VISITS

LINK = re.compile(r"http://127\.0\.0\.1:\d+/login/\S+")
LINES_TO_THE_LINK_MAX = 400
CHANNELS = {"voice", "email", "sms", "fax", "letter", "web_form", "web_chat", "callback"}
NO_MENU = "+442079460110"
FIELDS = [
    "channel",
    "contact_id",
    "company",
    "caller",
    "dialed",
    "ivr_path",
    "language",
    "queue",
    "agent",
    "reason",
    "answer",
    "outcome",
    "waited_ms",
]


class Terminal:
    """A command in a process group of its own, as a terminal has it."""

    def __init__(self, *words: str) -> None:
        self.said: list[str] = []
        self._process = subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, "-m", "services.cli", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def until(self, good: Callable[[str], object], lines_max: int = LINES_TO_THE_LINK_MAX) -> str:
        """Read until there is a line as the test waits for."""
        assert self._process.stdout is not None
        for _ in range(lines_max):
            line = self._process.stdout.readline()
            assert line, f"it ended with {self._process.wait()}:\n{''.join(self.said[-30:])}"
            self.said.append(line)
            if good(line):
                return line
        pytest.fail(f"not within {lines_max} lines:\n{''.join(self.said[-30:])}")

    def ctrl_c(self) -> int:
        """Press it; the exit status. Nothing of it must be left running."""
        os.killpg(self._process.pid, signal.SIGINT)
        return self.end()

    def end(self) -> int:
        """Wait for its end; the exit status."""
        assert self._process.stdout is not None
        self.said += self._process.stdout.readlines()
        self._process.wait()
        with pytest.raises(ProcessLookupError):
            os.killpg(self._process.pid, 0)
        return self._process.returncode

    def kill(self) -> None:
        if self.running:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


@pytest.fixture
def switchroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Terminal]]:
    """Starts commands; those that are left at the end are killed. One test at a time has the usual ports."""
    started: list[Terminal] = []

    def start(*words: str) -> Terminal:
        started.append(Terminal(*words))
        return started[-1]

    with (tmp_path_factory.getbasetemp().parent / "usual-ports").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        yield start
        for terminal in reversed(started):
            terminal.kill()


def no_litter(terminal: Terminal) -> None:
    """Nothing of the log, and no traceback, between the lines of the story."""
    text = "".join(terminal.said)
    assert "Traceback" not in text
    assert "owns_partition" not in text
    assert '"level"' not in text


def test_the_demonstration_for_programs_prints_an_object_for_each_contact_and_nothing_else() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "services.cli", "demo", "--json"],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )

    told: list[dict[str, Any]] = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert len(told) == len(VISITS)
    assert [list(each) for each in told] == [FIELDS] * len(VISITS)
    assert {each["channel"] for each in told} == CHANNELS
    assert {each["outcome"] for each in told} == {"completed"}
    assert all(each["reason"] and each["answer"] and each["agent"] and each["queue"] for each in told)
    assert all(isinstance(each["waited_ms"], int) and isinstance(each["ivr_path"], list) for each in told)
    assert len({each["contact_id"] for each in told}) == len(VISITS)
    assert {each["language"] for each in told} >= {"", "de", "hi", "ko", "tl", "fa"}
    assert all(each["ivr_path"] for each in told if each["channel"] == "voice" and each["dialed"] != NO_MENU)
    logged = [json.loads(line) for line in ended.stderr.splitlines() if line.startswith("{")]
    assert [each for each in logged if each["level"] not in ("warning", "error", "critical")] == []
    assert "Traceback" not in ended.stderr


def test_the_demonstration_tells_of_its_contacts_then_invites_and_ends_with_ctrl_c(
    switchroom: Callable[..., Terminal], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    first = switchroom("demo", "--data", str(data))
    link = LINK.search(first.until(LINK.search))
    assert sum("completed" in line and "waited" in line for line in first.said) == len(VISITS)
    assert any(f"{len(VISITS)} of {len(VISITS)}" in line for line in first.said)

    second = switchroom("demo", "--data", str(data))
    another = LINK.search(second.until(LINK.search))
    assert second.end() == 0
    assert first.running
    assert link is not None
    assert another is not None
    assert link.group() != another.group()

    assert first.ctrl_c() == 0
    no_litter(first)
    no_litter(second)
    assert any(str(data / "switchroom.log") in line for line in first.said)
    assert "owns_partition" in (data / "switchroom.log").read_text()


def test_the_demonstration_joins_what_runs_and_says_when_that_ends(
    switchroom: Callable[..., Terminal], tmp_path: Path
) -> None:
    data = str(tmp_path / "data")
    up = switchroom("up", "--data", data)
    up.until(lambda line: "Switchroom runs" in line)

    demo = switchroom("demo", "--data", data)
    demo.until(LINK.search)

    assert any("joins" in line for line in demo.said)
    in_writing = [visit for visit in VISITS if visit.channel not in BY_PHONE]
    assert sum("completed" in line and "waited" in line for line in demo.said) == len(in_writing)
    assert any("No simulated carrier" in line for line in demo.said)
    assert up.ctrl_c() == 0
    assert demo.end() == 1
    assert any("has ended" in line for line in demo.said)
    no_litter(demo)
    assert "Traceback" not in "".join(up.said)


@pytest.mark.parametrize("moment", ["Starting", "services run", "customers make contact"])
def test_ctrl_c_while_it_starts_ends_it_as_cleanly(
    switchroom: Callable[..., Terminal], tmp_path: Path, moment: str
) -> None:
    demo = switchroom("demo", "--data", str(tmp_path / "data"))
    demo.until(lambda line: moment in line)

    assert demo.ctrl_c() == 0
    no_litter(demo)


def test_a_folder_that_cannot_be_used_is_a_sentence_and_no_traceback(
    switchroom: Callable[..., Terminal], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()

    demo = switchroom("demo", "--data", str(tmp_path / "file" / "data"))

    assert demo.end() == 1
    assert any("switchroom:" in line and str(tmp_path) in line for line in demo.said)
    no_litter(demo)
