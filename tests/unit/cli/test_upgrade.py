"""`switchroom upgrade`: what it says of the format, whom its word reaches, and what it says when nobody heeds it."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.app import app
from services.cli.data_folder import Addresses, DataFolder
from services.cli.upgrade import Logs, say_finished, say_status
from services.router.envelopes import UpgradeFinished
from services.router.log_codec import decode_envelope, encode_decided
from services.shared.fence import FORMAT, ZERO_DIGEST, Barrier, Batch, next_digest
from services.shared.log_codec import encode_record
from services.shared.memory_event_log import MemoryEventLog
from services.shared.sqlite_event_log import SqliteEventLog
from tests.fakes.virtual_time import in_virtual_time

CLAIM = b"A" * 16
PARTITIONS = 2
NEXT = FORMAT + 1
NOBODY = Addresses("127.0.0.1", 1, 1, 1, 1, 1, 1, 1)


async def claimed(partition: int, log: MemoryEventLog) -> None:
    await log.append(partition, encode_record(Barrier(1, CLAIM, f"router-{partition}:8082", FORMAT)))
    await log.append(partition, encode_record(Batch(1, CLAIM, 1, ZERO_DIGEST, FORMAT, b"")))


async def raise_format(partition: int, log: MemoryEventLog) -> None:
    decided = encode_decided(1, 0, [], raised_to=NEXT)
    digest = next_digest(ZERO_DIGEST, FORMAT, b"")
    await log.append(partition, encode_record(Batch(1, CLAIM, 2, digest, NEXT, decided)))


async def logs() -> tuple[Logs, MemoryEventLog, MemoryEventLog]:
    inbound, router_log = MemoryEventLog(PARTITIONS), MemoryEventLog(PARTITIONS)
    for partition in range(PARTITIONS):
        await claimed(partition, router_log)
    return Logs(inbound, router_log), inbound, router_log


async def test_the_status_names_format_and_owner_of_every_partition() -> None:
    both, _, router_log = await logs()
    await raise_format(1, router_log)
    said: list[str] = []
    assert await say_status(both, said.append) == 0
    assert said == [
        f"partition 0: format {FORMAT}, claimed last by router-0:8082",
        f"partition 1: format {NEXT}, claimed last by router-1:8082",
        f"this release reads the formats up to {FORMAT}",
    ]


@in_virtual_time
async def test_the_word_reaches_each_partition_that_is_lower_and_its_owner_raises_it() -> None:
    both, inbound, router_log = await logs()
    await raise_format(1, router_log)
    said: list[str] = []
    finishing = asyncio.create_task(say_finished(both, said.append, 30, NEXT))
    await asyncio.sleep(1)
    assert [await inbound.end(partition) for partition in range(PARTITIONS)] == [1, 0]
    word = await anext(inbound.read(0, 0))
    assert decode_envelope(word.record) == UpgradeFinished(NEXT)

    await raise_format(0, router_log)
    assert await finishing == 0
    assert said[-1].startswith(f"format {NEXT} is in force")


@in_virtual_time
async def test_partitions_whose_owner_does_not_raise_it_are_named() -> None:
    both, _, router_log = await logs()
    await raise_format(0, router_log)
    said: list[str] = []
    assert await say_finished(both, said.append, 30, NEXT) == 1
    assert said[-1].startswith("not raised yet: 1. ")


async def test_what_is_finished_is_not_said_again() -> None:
    both, inbound, _ = await logs()
    said: list[str] = []
    assert await say_finished(both, said.append, 30) == 0
    assert said == [f"format {FORMAT} is in force already: there is nothing to finish"]
    assert await inbound.end(0) == 0


async def test_while_nobody_decides_the_word_waits_in_the_log() -> None:
    both, inbound, _ = await logs()
    said: list[str] = []
    assert await say_finished(Logs(both.inbound, both.router_log, decided_by_nobody=True), said.append, 30, NEXT) == 0
    assert said == [f"format {NEXT} will be in force when Switchroom runs on this folder again"]
    assert await inbound.end(0) == 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    async def make() -> None:
        for name in ("contacts-inbound.sqlite", "router-log.sqlite"):
            await (await SqliteEventLog.open(tmp_path / name)).close()

    asyncio.run(make())
    DataFolder(tmp_path).set_running(NOBODY)
    return tmp_path


@pytest.mark.parametrize("command", ["status", "finish"])
def test_an_operator_asks_about_a_data_folder(folder: Path, command: str) -> None:
    run = CliRunner().invoke(app, ["upgrade", command, "--data", str(folder)])
    assert run.exit_code == 0
    assert f"{FORMAT}" in run.output


@pytest.mark.parametrize("command", ["status", "finish"])
def test_a_folder_without_logs_is_complained_of(tmp_path: Path, command: str) -> None:
    run = CliRunner().invoke(app, ["upgrade", command, "--data", str(tmp_path)])
    assert run.exit_code == 1
    assert "name the folder that `switchroom up` keeps its data in" in run.output


def test_a_system_that_the_environment_does_not_tell_of_is_complained_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SWITCHROOM_KAFKA_SERVERS", raising=False)
    run = CliRunner().invoke(app, ["upgrade", "status", "--system"])
    assert run.exit_code == 1
    assert "SWITCHROOM_KAFKA_SERVERS" in run.output
