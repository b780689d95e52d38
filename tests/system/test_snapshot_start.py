"""The whole process is killed and starts from a snapshot, on a log whose beginning is only in the archive."""

import asyncio
import secrets
import signal
from pathlib import Path

import httpx2
import pytest

from services.cli.archived_log import objects_of
from services.cli.data_folder import Addresses, DataFolder
from services.cli.demonstration.people import ADMIN
from services.cli.demonstration.seats import log_in
from services.cli.grpc_client import Desk, RouterClient
from services.router.snapshots.shelf import Kept, Shelf
from services.shared.archive import Archive
from services.shared.archived_event_log import ArchivedEventLog
from services.shared.object_names import ROUTER_LOG
from services.shared.sqlite_event_log import SqliteEventLog
from tests.system.running import bearer
from tests.system.test_kill import prepared, process

CONTACTS = 25
LONG_AGO_MS = 10**15
PATIENCE_S = 60


async def fill_in_forms(addresses: Addresses) -> list[str]:
    """The contacts' ids, once they are acknowledged."""
    url = addresses.url(addresses.ingest)
    found: list[str] = []
    async with httpx2.AsyncClient(timeout=30) as http:
        for _ in range(CONTACTS):
            entry = {"token": secrets.token_hex(16), "message": "Hello", "email_or_phone": "ivy@customer.example"}
            answer = await http.post(f"{url}/v1/forms/acme-contact", json=entry)
            assert answer.status_code == 202, answer.text
            found.append(answer.json()["contact_id"])
    return found


async def snapshots(folder: DataFolder, at_least: int) -> list[Kept]:
    shelf = Shelf(objects_of(folder.path), 0)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = await shelf.all()
            if found and found[0].offset >= at_least:
                return found
            await asyncio.sleep(0.05)


async def log_end(folder: DataFolder) -> int:
    log = await SqliteEventLog.open(folder.path / "router-log.sqlite")
    end = await log.end(0)
    await log.close()
    return end


async def behead_log(folder: DataFolder, below: int) -> int:
    """Archive and delete what is below that offset; where the log starts now."""
    kept = await SqliteEventLog.open(folder.path / "router-log.sqlite")
    log = ArchivedEventLog(kept, Archive(objects_of(folder.path), ROUTER_LOG, segment_records=2))
    await log.archive(0, below, LONG_AGO_MS)
    start = await log.delete_archived(0, below)
    await kept.close()
    return start


async def offered(addresses: Addresses, key: str) -> Desk:
    """The desk of an agent who is there, as soon as something is offered."""
    async with httpx2.AsyncClient(timeout=60) as http:
        token = await log_in(http, addresses.url(addresses.agents), key)
    async with RouterClient(f"{addresses.host}:{addresses.router_grpc}", lambda: token) as router:
        await router.set_presence("available")
        async with asyncio.timeout(PATIENCE_S):
            async for desk in router.desks():
                if desk.items:
                    return desk
    raise AssertionError("the stream has ended")


async def timelines(addresses: Addresses, key: str, contacts: list[str]) -> None:
    """Reporting tells of each, or this never ends."""
    url = addresses.url(addresses.reporting)
    async with httpx2.AsyncClient(timeout=30) as http, asyncio.timeout(PATIENCE_S):
        token = await log_in(http, addresses.url(addresses.agents), key)
        for contact_id in contacts:
            while True:
                answer = await http.get(f"{url}/v1/contacts/{contact_id}/timeline", headers=bearer(token))
                if answer.status_code == 200:
                    break
                await asyncio.sleep(0.1)


async def test_a_process_that_was_killed_starts_from_a_snapshot_without_the_beginning_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWITCHROOM_ROUTER_SNAPSHOT_COMMITS", "5")
    folder = DataFolder(tmp_path / "data")
    folder.path.mkdir(mode=0o700)
    keys = await prepared(folder)
    async with process(folder) as (started, addresses):
        contacts = await fill_in_forms(addresses)
        newest, *_ = await snapshots(folder, 4)
        started.send_signal(signal.SIGKILL)
        await started.wait()

    start = await behead_log(folder, newest.offset)
    assert 0 < start <= newest.offset <= await log_end(folder)

    async with process(folder) as (_, addresses):
        desk = await offered(addresses, keys["ana"])
        assert desk.items[0].contact_id in contacts
        await timelines(addresses, keys[ADMIN], contacts)
    said = (folder.path.parent / "up.log").read_text()
    assert "begins_at_snapshot" in said
    assert "snapshot_refused" not in said
