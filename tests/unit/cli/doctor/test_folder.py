"""`switchroom doctor --data`: a folder that is well, in use, damaged, or none; as a table and as JSON."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.app import app
from services.cli.data_folder import DataFolder
from services.cli.doctor.folder import is_held
from services.router.log_codec import encode_decided
from services.shared.fence import FORMAT, ZERO_DIGEST, Barrier, Batch, next_digest
from services.shared.log_codec import encode_record
from services.shared.sqlite_event_log import SqliteEventLog

CLAIM = b"A" * 16
DECIDED = encode_decided(0, -1, [])


def lay(folder: Path, *records: Barrier | Batch) -> Path:
    """A data folder with these records."""

    async def lay_down() -> None:
        for name, kept in (("router-log", records), ("contacts-inbound", ())):
            log = await SqliteEventLog.open(folder / f"{name}.sqlite")
            for record in kept:
                await log.append(0, encode_record(record))
            await log.close()

    asyncio.run(lay_down())
    DataFolder(folder).secrets()
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    first = Batch(1, CLAIM, 1, ZERO_DIGEST, FORMAT, DECIDED)
    second = Batch(1, CLAIM, 2, next_digest(ZERO_DIGEST, FORMAT, DECIDED), FORMAT, DECIDED)
    return lay(tmp_path, Barrier(1, CLAIM, "127.0.0.1:1", FORMAT), first, first, second)


def doctor(folder: Path) -> tuple[int, dict[str, tuple[str, str]]]:
    done = CliRunner().invoke(app, ["doctor", "--data", str(folder), "--json"])
    told = json.loads(done.stdout)
    assert told["status"] == done.exit_code
    return done.exit_code, {each["check"]: (each["state"], each["saw"]) for each in told["findings"]}


def test_a_folder_that_is_well_is_verified_record_by_record(folder: Path) -> None:
    status, found = doctor(folder)
    assert status == 0, found
    assert found["digest chain"] == ("ok", "all 4 records verified, 1 of them dropped, epoch 1")
    assert found["owner router.log/0"] == ("ok", "127.0.0.1:1, epoch 1")
    assert found["lock"] == ("ok", f"no process runs on {folder}")


def test_a_record_that_was_changed_breaks_the_chain(tmp_path: Path) -> None:
    status, found = doctor(
        lay(tmp_path, Barrier(1, CLAIM, "127.0.0.1:1", FORMAT), Batch(1, CLAIM, 1, b"x" * 32, FORMAT, DECIDED))
    )
    assert status == 2
    assert found["digest chain"][0] == "fail"
    assert "reading stopped at offset 1" in found["digest chain"][1]


def test_records_that_are_gone_are_told(folder: Path) -> None:
    async def delete() -> None:
        log = await SqliteEventLog.open(folder / "router-log.sqlite")
        await log.delete_before(0, 2)
        await log.close()

    asyncio.run(delete())
    status, found = doctor(folder)
    assert status == 2
    assert found["kept router.log/0"] == ("fail", "the log starts at 2, and only records before 0 are archived")
    assert found["digest chain"][1].startswith("not verified: the log starts at 2")


def test_a_folder_in_use_says_so_and_its_silent_owner_fails(folder: Path) -> None:
    using = DataFolder(folder)
    using.lock()
    status, found = doctor(folder)
    assert found["lock"] == ("ok", f"a process runs on {folder}")
    assert (status, found["owner router.log/0"][0]) == (2, "fail")
    assert is_held(folder)
    using.unlock()
    assert not is_held(folder)


def test_secrets_that_others_may_read_are_a_warning(folder: Path) -> None:
    (folder / "secrets.json").chmod(0o644)
    status, found = doctor(folder)
    assert (status, found["secrets"][0]) == (1, "warn")


def test_what_is_no_log_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "router-log.sqlite")) as other:
        other.execute("CREATE TABLE something (id INTEGER)")
    status, found = doctor(tmp_path)
    assert status == 2
    assert "no log of ours" in found["logs"][1]
    assert not (tmp_path / "contacts-inbound.sqlite").exists()


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    status, found = doctor(tmp_path / "none")
    assert (status, found["folder"][0]) == (2, "fail")
    assert not (tmp_path / "none").exists()


def test_the_table_says_why_and_what_to_do(folder: Path) -> None:
    (folder / "secrets.json").chmod(0o644)
    said = CliRunner().invoke(app, ["doctor", "--data", str(folder)]).stdout
    assert "why: whoever has read them is the system" in said
    assert "do:  chmod 600 " in said
    assert said.rstrip().endswith("1 warn, 0 fail")
