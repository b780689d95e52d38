"""The contact centre that is overloaded: one whole Switchroom as a process of its own, with two tenants."""

import asyncio
import json
import os
import re
import sys
import tempfile
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from services.cli.data_folder import Addresses, DataFolder
from services.cli.grpc_client import RouterClient
from services.shared.clock import SystemClock
from services.shared.tokens import Role, TokenMaker

# The one whose customers all come at once, and its neighbour on the same partition.
CROWDED, QUIET = "crowded", "quiet"
STARTED_WITHIN_S = 120
STOPPED_WITHIN_S = 60
POLL_S = 0.2
CLIENT_HEADER = "x-forwarded-for"
LAG = re.compile(r"^switchroom_ingest_router_lag_records\{[^}]*\} (\S+)$", re.MULTILINE)
# Nobody is on duty: a contact waits a little, is told so, and ends.
PLAN = """
format: 1
tenant: {tenant}
time_zone: UTC
companies:
  - id: acme
    name: Acme
    addresses: [{{channel: web_form, address: {tenant}}}]
    dispositions: [{{id: done, name: Done}}]
queues: [{{id: q, company: acme, name: Q, policy: longest_idle}}]
entry_points:
  - id: all
    match: {{company: acme}}
    route: {{queue: q, steps: [{{after_s: 2, message: Nobody is here at the moment.}}]}}
default: {{queue: q}}
agents: [{{id: ana, companies: acme}}]
"""


class DidNotStart(Exception):
    """The contact centre did not come up."""


@dataclass(frozen=True, slots=True)
class ContactCentre:
    """One that runs."""

    process: Process
    folder: DataFolder
    addresses: Addresses

    @property
    def ingest(self) -> tuple[str, int]:
        """Where forms are taken."""
        return self.addresses.host, self.addresses.ingest

    def memory_bytes(self) -> int:
        """What the process has in memory now."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    async def records_waiting(self, http: httpx2.AsyncClient) -> int:
        """Records of contacts.inbound that are not decided."""
        page = await http.get(self.addresses.url(self.addresses.ingest) + "/metrics")
        return round(sum(float(each) for each in LAG.findall(page.text)))


@asynccontextmanager
async def open_centre(quota_per_minute: int) -> AsyncIterator[ContactCentre]:
    """Start one in a folder of its own, with this quota for each tenant; 0 is none. Raises DidNotStart."""
    with tempfile.TemporaryDirectory(prefix="switchroom-overload-") as path:
        folder = DataFolder(Path(path))
        folder.secrets()
        process = await _started(folder.path, quota_per_minute)
        try:
            async with asyncio.timeout(STARTED_WITHIN_S):
                centre = ContactCentre(process, folder, await _listening(process, folder))
                await _activate_plans(centre)
            yield centre
        except TimeoutError:
            raise DidNotStart(f"it was not ready after {STARTED_WITHIN_S} s: look for what keeps the machine") from None
        finally:
            await _stop(process)


async def _started(path: Path, quota_per_minute: int) -> Process:
    settings = (
        f"SWITCHROOM_INGEST_TENANT_CONTACTS_PER_MINUTE={quota_per_minute}",
        f"SWITCHROOM_INGEST_CLIENT_ADDRESS_HEADER={CLIENT_HEADER}",
    )
    command = ("env", *settings, sys.executable, "-m", "services.cli", "up", "--data", str(path))
    return await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)


async def _listening(process: Process, folder: DataFolder) -> Addresses:
    while (addresses := folder.running()) is None:
        if process.returncode is not None:
            raise DidNotStart(f"its process ended with status {process.returncode}: try switchroom up")
        await asyncio.sleep(POLL_S)
    return addresses


async def _activate_plans(centre: ContactCentre) -> None:
    tokens = TokenMaker(centre.folder.secrets().token_private_key.encode(), SystemClock())
    address = f"{centre.addresses.host}:{centre.addresses.router_grpc}"
    async with httpx2.AsyncClient(timeout=STARTED_WITHIN_S, trust_env=False) as http:
        await _until(http, centre.addresses.url(centre.addresses.router_http) + "/readyz")
        for tenant in (CROWDED, QUIET):
            token = tokens.make(tenant, (), Role.ADMIN, "", "bench")
            async with RouterClient(address, lambda token=token: token) as router:  # type: ignore[misc]
                activated = await router.activate_plan(PLAN.format(tenant=tenant).encode())
            if activated.defects:
                raise DidNotStart(f"its plan has defects: {json.dumps([each.what for each in activated.defects])}")
            await _until(http, centre.addresses.url(centre.addresses.ingest) + f"/f/{tenant}")


async def _until(http: httpx2.AsyncClient, url: str) -> None:
    while (await http.get(url)).status_code != 200:  # noqa: ASYNC110  # it is asked over HTTP
        await asyncio.sleep(POLL_S)


async def _stop(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(STOPPED_WITHIN_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
