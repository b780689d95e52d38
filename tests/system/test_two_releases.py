"""Routers of this release and of the next one on one log, forward and back, and the raise of the format between."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.shared.event_log import LogRecord
from services.shared.fence import FORMAT, Barrier, Batch, Fence, Verdict
from services.shared.log_codec import decode_record
from services.shared.sqlite_event_log import SqliteEventLog
from switchroom.v1 import log_pb2
from tests.house_rules import ROOT
from tests.system.next_release import NEXT_FORMAT, make_next_release

pytestmark = pytest.mark.timeout(180)
PATIENCE_S = 60.0
THIS, NEXT = "this", "next"


class Release:
    """A router of one release, as a process."""

    def __init__(self, code: Path, folder: Path, name: str) -> None:
        self.errors = folder / f"{name}.errors"
        with self.errors.open("a") as errors:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "tests.system.release_router", str(folder), name],
                cwd=code,
                env={**os.environ, "PYTHONPATH": str(code)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def __call__(self, what: str, *given: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([what, *given]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, self.errors.read_text()
        return json.loads(answer)

    def decides(self) -> bool:
        return bool(self("status")["deciding"])

    def stopped(self) -> str:
        return str(self("status")["stopped"])

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


class Releases:
    """A folder of logs, and routers of both releases on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.code = {THIS: ROOT, NEXT: folder / "next"}
        make_next_release(self.code[NEXT])
        self.running: list[Release] = []

    def start(self, release: str) -> Release:
        router = Release(self.code[release], self.folder, release)
        self.running.append(router)
        return router

    def operator(self, command: str) -> None:
        """Who has the next release at hand, and the data."""
        words = [sys.executable, "-m", "services.cli", "upgrade", command, "--data", str(self.folder)]
        code = self.code[NEXT]
        subprocess.run(words, cwd=code, env={**os.environ, "PYTHONPATH": str(code)}, check=True)  # noqa: S603

    async def records(self) -> list[LogRecord]:
        log = await SqliteEventLog.open(self.folder / "router-log.sqlite")
        end = await log.end(0)
        found: list[LogRecord] = []
        async for record in log.read(0, 0):
            found.append(record)
            if record.offset == end - 1:
                break
        await log.close()
        return found

    async def envelopes(self) -> list[Barrier | Batch]:
        return [decode_record(record.record) for record in await self.records()]

    async def owners(self) -> list[str]:
        """The releases that claimed the partition, one after the other, each turn once."""
        names: list[str] = []
        for envelope in await self.envelopes():
            if isinstance(envelope, Barrier) and envelope.owner_address.split(":")[0] not in names[-1:]:
                names.append(envelope.owner_address.split(":")[0])
        return names


@pytest.fixture
def releases(tmp_path: Path) -> Iterator[Releases]:
    made = Releases(tmp_path)
    yield made
    for router in made.running:
        router.kill()


def until(condition: Callable[[], bool]) -> None:
    give_up_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up_s, "it does not come to that"
        time.sleep(0.05)


async def test_an_upgrade_goes_forward_and_back_until_it_is_finished_and_then_only_forward(releases: Releases) -> None:
    this = releases.start(THIS)
    this("work", "c1")
    await each_takes_over_from_the_other(releases, this)
    await finished_too_early_nothing_is_raised(releases, this)
    next_ = await the_next_release_raises_the_format_and_this_one_stops(releases, this)
    await this_one_started_again_claims_nothing(releases)
    this.kill()
    await upgraded_it_takes_over_and_goes_on(releases, next_)


async def each_takes_over_from_the_other(releases: Releases, this: Release) -> None:
    next_ = releases.start(NEXT)
    until(next_.decides)
    next_("work", "c2")
    until(this.decides)
    this("work", "c3")
    assert (await releases.owners())[:3] == [THIS, NEXT, THIS]
    # The way back: the next release is gone again.
    next_.kill()
    until(this.decides)
    this("work", "c4")
    assert this("fold")["format"] == FORMAT


async def finished_too_early_nothing_is_raised(releases: Releases, this: Release) -> None:
    """Its owner cannot read the next format."""
    releases.operator("finish")
    this("work", "c5")
    assert this("fold")["format"] == FORMAT
    assert "format_not_raised" in this.errors.read_text()


async def the_next_release_raises_the_format_and_this_one_stops(releases: Releases, this: Release) -> Release:
    next_ = releases.start(NEXT)
    until(next_.decides)
    await both_make_the_same_of_it(next_, this)
    assert not await greetings(releases)
    releases.operator("finish")
    until(lambda: bool(next_("fold")["format"] == NEXT_FORMAT))
    until(lambda: bool(this.stopped()))
    assert f"raised to format {NEXT_FORMAT}, and this release reads 1 to {FORMAT}. Nothing is lost" in this.stopped()
    next_("work", "c6")
    assert min(await greetings(releases)) > await raised_at(releases), "a new kind stands behind the raise only"
    return next_


async def both_make_the_same_of_it(next_: Release, this: Release) -> None:
    until(lambda: bool(next_("fold") == this("fold")))
    assert this("fold")["format"] == FORMAT


async def this_one_started_again_claims_nothing(releases: Releases) -> None:
    end = len(await releases.records())
    again = releases.start(THIS)
    until(lambda: bool(again.stopped()))
    again.kill()
    assert not [each for each in (await releases.envelopes())[end:] if isinstance(each, Barrier)]


async def upgraded_it_takes_over_and_goes_on(releases: Releases, before: Release) -> None:
    upgraded = releases.start(NEXT)
    until(upgraded.decides)
    upgraded("work", "c7")
    until(lambda: bool(upgraded("fold") == before("fold")))
    assert upgraded("fold")["format"] == NEXT_FORMAT
    barriers = [each for each in await releases.envelopes() if isinstance(each, Barrier)]
    assert (barriers[0].format, barriers[-1].format) == (FORMAT, NEXT_FORMAT), "a claim carries the format in force"


async def raised_at(releases: Releases) -> int:
    """The offset of the batch that raised the format; it says so."""
    for record, batch in await accepted(releases):
        if log_pb2.Decided.FromString(batch.decided).HasField("format_raised"):
            assert batch.format == NEXT_FORMAT
            return record.offset
    raise AssertionError("nothing raised the format")


async def greetings(releases: Releases) -> list[int]:
    """Where events stand of a kind that this release does not know."""
    return [
        record.offset
        for record, batch in await accepted(releases)
        for command in log_pb2.Decided.FromString(batch.decided).commands
        for event in command.events
        if event.WhichOneof("kind") is None
    ]


async def accepted(releases: Releases) -> list[tuple[LogRecord, Batch]]:
    fence, found = Fence(format_max=NEXT_FORMAT), []
    for record in await releases.records():
        envelope = decode_record(record.record)
        if fence.judge(envelope, record.offset) is Verdict.ACCEPTED and isinstance(envelope, Batch):
            found.append((record, envelope))
    return found
