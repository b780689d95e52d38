"""kill -9 of the whole process at random moments under load, on the same folder again and again (mission R1, R4)."""

import asyncio
import contextlib
import os
import random
import secrets
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiosmtplib
import httpx2
import pytest

from services.cli.data_folder import Addresses, DataFolder
from services.cli.demonstration.people import ADMIN, keys_of
from services.cli.demonstration.seats import LoginFailed, log_in
from services.cli.grpc_client import CallFailed, Desk, Item, RouterClient, new_id
from tests.system.log_audit import audit
from tests.system.plans import TWO_COMPANIES
from tests.system.running import bearer, wait_ready

KILLS = int(os.environ.get("SWITCHROOM_KILLS", "5"))
SEED = int(os.environ.get("SWITCHROOM_SEED", "20261122"))
AGENTS = ("ana", "ben", "chen", "dora")
LOST = (httpx2.HTTPError, CallFailed, LoginFailed, OSError, aiosmtplib.SMTPException)


@dataclass
class Said:
    """What the system has acknowledged so far."""

    forms: set[str] = field(default_factory=set)
    mails: int = 0
    accepts: list[tuple[str, str, Item]] = field(default_factory=list)


@asynccontextmanager
async def process(folder: DataFolder) -> AsyncIterator[tuple[asyncio.subprocess.Process, Addresses]]:
    """`switchroom up` in a process of its own, ready; killed at the end whatever happens."""
    (folder.path / "running.json").unlink(missing_ok=True)
    command = (sys.executable, "-m", "services.cli", "up", "--data", str(folder.path))
    with (folder.path.parent / "up.log").open("ab") as output:
        started = await asyncio.create_subprocess_exec(*command, stdout=output, stderr=output)
    try:
        yield started, await ready(folder, started)
    finally:
        with contextlib.suppress(ProcessLookupError):
            started.kill()
        await started.wait()


async def ready(folder: DataFolder, started: asyncio.subprocess.Process) -> Addresses:
    async with asyncio.timeout(60), httpx2.AsyncClient() as http:
        while (addresses := folder.running()) is None:
            assert started.returncode is None, (folder.path.parent / "up.log").read_text()[-4000:]
            await asyncio.sleep(0.05)
        for port in (addresses.router_http, addresses.ingest, addresses.agents, addresses.reporting):
            await wait_ready(http, addresses.url(port))
    return addresses


class Load:
    """Customers and agents who go on until the connection is lost."""

    def __init__(self, addresses: Addresses, keys: dict[str, str], said: Said) -> None:
        self._addresses = addresses
        self._keys = keys
        self._said = said

    async def run(self) -> None:
        async with httpx2.AsyncClient(timeout=5) as http:
            everybody = [self._customer(http), self._customer(http), self._writer()]
            everybody += [self._agent(http, agent) for agent in AGENTS]
            await asyncio.gather(*everybody, return_exceptions=True)

    async def _customer(self, http: httpx2.AsyncClient) -> None:
        url = self._addresses.url(self._addresses.ingest)
        for number in range(10_000):
            page = ("acme-contact", "globex-contact")[number % 2]
            entry = {"token": secrets.token_hex(16), "message": "Hello", "email_or_phone": "ivy@customer.example"}
            answer = await http.post(f"{url}/v1/forms/{page}", json=entry)
            if answer.status_code == 202:
                self._said.forms.add(answer.json()["contact_id"])
            await asyncio.sleep(0.005 if answer.status_code == 202 else 0.2)

    async def _writer(self) -> None:
        for _ in range(10_000):
            mail = f"From: ivy@customer.example\r\nMessage-ID: <{secrets.token_hex(8)}@c.example>\r\n\r\nHello\r\n"
            await aiosmtplib.send(
                mail.encode(),
                sender="ivy@customer.example",
                recipients=["support@acme.example"],
                hostname=self._addresses.host,
                port=self._addresses.smtp,
            )
            self._said.mails += 1
            await asyncio.sleep(0.02)

    async def _agent(self, http: httpx2.AsyncClient, agent: str) -> None:
        token = await log_in(http, self._addresses.url(self._addresses.agents), self._keys[agent])
        async with RouterClient(f"{self._addresses.host}:{self._addresses.router_grpc}", lambda: token) as router:
            await router.set_presence("available")
            async for desk in router.desks():
                await self._work(router, agent, desk)

    async def _work(self, router: RouterClient, agent: str, desk: Desk) -> None:
        for item in desk.items:
            if item.state == "offered":
                command_id = new_id()
                with contextlib.suppress(CallFailed):
                    await router.accept(item, command_id)
                    self._said.accepts.append((agent, command_id, item))
            elif item.state == "active":
                with contextlib.suppress(CallFailed):
                    await router.complete(item, "solved" if item.company == "acme" else "booked")


async def prepared(folder: DataFolder) -> dict[str, str]:
    """People with keys, and a plan in force."""
    keys = (await keys_of(folder)).by_person
    async with process(folder) as (_, addresses), httpx2.AsyncClient(timeout=60) as http:
        token = await log_in(http, addresses.url(addresses.agents), keys[ADMIN])
        async with RouterClient(f"{addresses.host}:{addresses.router_grpc}", lambda: token) as router:
            activated = await router.activate_plan(TWO_COMPANIES.encode())
    assert not activated.defects
    return keys


async def a_retried_command_gets_its_first_answer(addresses: Addresses, keys: dict[str, str], said: Said) -> None:
    agent, command_id, item = said.accepts[-1]
    async with httpx2.AsyncClient(timeout=60) as http:
        token = await log_in(http, addresses.url(addresses.agents), keys[agent])
    async with RouterClient(f"{addresses.host}:{addresses.router_grpc}", lambda: token) as router:
        await router.accept(item, command_id)
        with pytest.raises(CallFailed):
            await router.accept(item)


async def every_acknowledged_contact_is_there(addresses: Addresses, keys: dict[str, str], said: Said) -> None:
    async with httpx2.AsyncClient(timeout=30) as http, asyncio.timeout(60):
        token = await log_in(http, addresses.url(addresses.agents), keys[ADMIN])
        url = addresses.url(addresses.reporting)
        for contact_id in random.Random(SEED).sample(sorted(said.forms), min(20, len(said.forms))):
            while True:
                answer = await http.get(f"{url}/v1/contacts/{contact_id}/timeline", headers=bearer(token))
                if answer.status_code == 200:
                    break
                await asyncio.sleep(0.1)


@pytest.mark.timeout(300 + 60 * KILLS)
async def test_nothing_acknowledged_is_lost_or_doubled_when_the_process_is_killed(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.path.mkdir(mode=0o700)
    keys = await prepared(folder)
    chance, said = random.Random(SEED), Said()

    for round_number in range(KILLS):
        async with process(folder) as (started, addresses):
            if said.accepts:
                await a_retried_command_gets_its_first_answer(addresses, keys, said)
            load = asyncio.create_task(Load(addresses, keys, said).run())
            await asyncio.sleep(chance.uniform(0.3, 2.5))
            started.send_signal(signal.SIGKILL)
            await started.wait()
            await load
        found = await audit(folder.path / "router-log.sqlite")
        assert set(found.accepted.values()) <= {1}, f"round {round_number}, seed {SEED}"

    async with process(folder) as (_, addresses):
        await every_acknowledged_contact_is_there(addresses, keys, said)
        await asyncio.sleep(1)
    found = await audit(folder.path / "router-log.sqlite")
    assert said.forms <= set(found.accepted), f"seed {SEED}"
    assert len(found.accepted) >= len(said.forms) + said.mails
    assert set(found.accepted.values()) == {1}
    assert said.accepts
