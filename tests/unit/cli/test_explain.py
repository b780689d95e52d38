"""`switchroom explain` on a data folder: in words, as JSON, while the system runs, and what it says when it can't."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.app import app
from services.cli.explain import Asked, explain
from services.router.core.commands import DeclineOffer
from services.shared.sqlite_event_log import SqliteEventLog
from tests.unit.router.core.builders import SECOND, TENANT, Core, agent, arrive, plan
from tests.unit.router.test_retrace import commands_of, logged


async def kept_in(folder: Path, *cores: tuple[str, Core]) -> SqliteEventLog:
    """The data folder's log, open, with what the cores decided."""
    memory = await logged(*(command for tenant, core in cores for command in commands_of(core, tenant)))
    log = await SqliteEventLog.open(folder / "router-log.sqlite")
    end = await memory.end(0)
    async for record in memory.read(0, 0):
        await log.append(0, record.record)
        if record.offset == end - 1:
            break
    return log


def declined_by_ann() -> Core:
    core = Core(plan(agent("ann"), agent("bob"))).on_duty("ann", "bob")
    core.do(arrive())
    core.pass_ms(SECOND)
    core.do(DeclineOffer("ann", "c1", core.contact().offer_id))
    return core


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    async def keep() -> None:
        await (await kept_in(tmp_path, (TENANT, declined_by_ann()))).close()

    asyncio.run(keep())
    return tmp_path


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["explain", *words])
    return done.exit_code, done.stdout, done.stderr


def test_the_newest_offer_is_explained_in_words(folder: Path) -> None:
    status, said, complaints = run("c1", "--data", str(folder))
    assert (status, complaints) == (0, "")
    lines = said.splitlines()
    assert lines[0].startswith("c1 (web_chat, for acme) was offered to bob at ")
    assert lines[0].endswith(": offer 2 of 2.")
    assert "- ann declined it a moment ago." in lines


def test_an_earlier_offer_as_json(folder: Path) -> None:
    status, said, _ = run("c1", "--data", str(folder), "--offer", "1", "--json")
    told = json.loads(said)
    assert status == 0
    assert (told["moment"], told["offer"], told["offers"], told["agent"]) == ("offer", 1, 2, "ann")
    assert [each["agent"] for each in told["explanation"]["agents"]] == ["ann", "bob"]
    assert told["words"][0].endswith(": offer 1 of 2.")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("c9",), "the log has no contact c9"),
        (("c1", "--offer", "3"), "c1 was offered 2 times, not 3"),
        (("c1", "--tenant", "reef"), "the log has no contact c1"),
    ],
)
def test_what_is_not_there_is_said_in_a_line(folder: Path, words: tuple[str, ...], complaint: str) -> None:
    status, said, complaints = run(*words, "--data", str(folder))
    assert (status, said) == (1, "")
    assert complaints.startswith(f"switchroom: {complaint}")


def test_a_folder_without_a_log_stays_as_it_is(tmp_path: Path) -> None:
    status, _, complaints = run("c1", "--data", str(tmp_path))
    assert status == 1
    assert "there is no router-log.sqlite" in complaints
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_log_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "router-log.sqlite").write_bytes(b"nonsense" * 200)
    status, _, complaints = run("c1", "--data", str(tmp_path))
    assert status == 1
    assert "can't be read" in complaints


async def test_it_works_while_another_process_has_the_log_and_goes_on_writing(tmp_path: Path) -> None:
    log = await kept_in(tmp_path, (TENANT, declined_by_ann()))
    said: list[str] = []
    status = await asyncio.to_thread(explain, Asked(tmp_path, "c1"), said.append, json=False)
    assert status == 0
    assert "was offered to bob" in said[0]
    await log.append(0, b"more")
    await log.close()


async def test_of_two_tenants_with_such_a_contact_one_has_to_be_named(tmp_path: Path) -> None:
    theirs = Core(plan(agent("zoe")))
    theirs.do(arrive())
    await (await kept_in(tmp_path, (TENANT, declined_by_ann()), ("lagoon", theirs))).close()
    said: list[str] = []
    assert await asyncio.to_thread(explain, Asked(tmp_path, "c1"), said.append, json=False) == 1
    asked = Asked(tmp_path, "c1", tenant="lagoon")
    assert await asyncio.to_thread(explain, asked, said.append, json=False) == 0
    assert "What would do: if zoe came on duty." in said[0]
