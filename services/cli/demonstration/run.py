"""The demonstration: real contacts through the real edges, worked by simulated agents, and told one by one."""

import asyncio
from collections.abc import Coroutine
from importlib.resources import files
from typing import Any

import httpx2

from services.cli.data_folder import Addresses, DataFolder
from services.cli.demonstration.customers import Customers
from services.cli.demonstration.floor import Floor, Told
from services.cli.demonstration.mailbox import Mailbox
from services.cli.demonstration.people import ADMIN, GUEST, Keys, keys_of, person_id
from services.cli.demonstration.seats import Places, Seat, log_in
from services.cli.demonstration.show import Show
from services.cli.demonstration.story import TOUR, VISITS, Visit
from services.cli.grpc_client import RouterClient

READY_WITHIN_S = 60
POLL_S = 0.1
STORY_WITHIN_S = 150
TOUR_EVERY_S = 2.0
# So that one can watch, and agents become free in between.
NEXT_VISIT_S = 0.3
TOKEN_RENEWED_S = 600
HTTP_TIMEOUT_S = 30.0
SUCCESS = "completed"


class DemonstrationFailed(Exception):
    """It could not be shown; says why and what to do."""


class Demonstration:
    """A part: plays at the addresses that the folder tells. `stays`: goes on until stopped, with a seat left free."""

    def __init__(self, folder: DataFolder, mailbox: Mailbox, show: Show, *, stays: bool) -> None:
        self.all_completed = False
        self._folder = folder
        self._mailbox = mailbox
        self._show = show
        self._stays = stays
        self._task: asyncio.Task[None] | None = None
        self._playing: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Begin to play."""
        self._task = asyncio.create_task(self._play())

    async def stop(self) -> None:
        """End the play."""
        tasks = [*self._playing, *([self._task] if self._task is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def ended(self) -> None:
        """When the play is over. Raises DemonstrationFailed."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def _play(self) -> None:
        addresses = self._addresses()
        async with httpx2.AsyncClient(timeout=HTTP_TIMEOUT_S) as http:
            keys = await keys_of(self._folder)
            await self._ready(http, addresses)
            floor = await self._prepare(http, addresses, keys)
            self._show.progress("Contacts come in by web form, web chat and mail; each is told when it has ended.\n")
            await self._tell_all(Customers(addresses, self._mailbox, http), floor)
            if self._stays:
                await self._stay(http, addresses, floor)

    async def _prepare(self, http: httpx2.AsyncClient, addresses: Addresses, keys: Keys) -> Floor:
        agents_url = addresses.url(addresses.agents)
        floor = Floor(addresses, http, await log_in(http, agents_url, keys.by_person[ADMIN]))
        self._begin(self._renew(http, agents_url, floor, keys.by_person[ADMIN]))
        await self._put_plan_in_force(addresses, floor)
        places = Places(agents_url, f"{addresses.host}:{addresses.router_grpc}")
        seats = keys.simulated()
        for agent, key in seats.items():
            self._begin(Seat(agent, key, places, http).run())
        await self._on_duty(floor, tuple(seats))
        return floor

    async def _on_duty(self, floor: Floor, agents: tuple[str, ...]) -> None:
        async with asyncio.timeout(READY_WITHIN_S):
            for agent in agents:
                await floor.until_free(agent)
        self._show.progress(f"{len(agents)} simulated agents are on duty.")

    async def _put_plan_in_force(self, addresses: Addresses, floor: Floor) -> None:
        plan = files("services.plan").joinpath("demonstration.yaml").read_bytes()
        async with RouterClient(f"{addresses.host}:{addresses.router_grpc}", lambda: floor.token) as router:
            version, defects = await router.activate_plan(plan)
        if defects:
            raise DemonstrationFailed(f"the plan of the demonstration was refused: {defects[0]}")
        self._show.progress(f"Plan {version} is in force: two companies, {len(VISITS)} contacts on their way.")

    async def _tell_all(self, customers: Customers, floor: Floor) -> None:
        telling = []
        for visit in VISITS:
            telling.append(self._begin(self._tell(visit, customers, floor)))
            await asyncio.sleep(NEXT_VISIT_S)
        try:
            async with asyncio.timeout(STORY_WITHIN_S):
                told = await asyncio.gather(*telling)
        except TimeoutError:
            left = sum(not task.done() for task in telling)
            raise DemonstrationFailed(f"{left} contacts had not ended after {STORY_WITHIN_S} s") from None
        self.all_completed = all(each.outcome == SUCCESS and each.answer for each in told)

    async def _tell(self, visit: Visit, customers: Customers, floor: Floor) -> Told:
        told = await floor.told(visit, await customers.visit(visit))
        self._show.told(told)
        return told

    async def _stay(self, http: httpx2.AsyncClient, addresses: Addresses, floor: Floor) -> None:
        link = await self._link(http, addresses, floor)
        self._show.progress(
            f"\nA seat is left free for you. This link logs you in once:\n\n    {link}\n\n"
            f"Customers' pages: {addresses.url(addresses.ingest)}/c/acme-chat and /f/acme-contact\n"
            f"Metrics: {addresses.url(addresses.reporting)}/metrics\nCtrl-C ends it all."
        )
        customers = Customers(addresses, self._mailbox, http)
        while True:
            if await floor.is_free(GUEST):
                await self._tell(TOUR, customers, floor)
            await asyncio.sleep(TOUR_EVERY_S)

    async def _link(self, http: httpx2.AsyncClient, addresses: Addresses, floor: Floor) -> str:
        response = await http.post(
            f"{addresses.url(addresses.agents)}/v1/login-links",
            json={"person": person_id(GUEST)},
            headers={"Authorization": f"Bearer {floor.token}"},
        )
        response.raise_for_status()
        link: str = response.json()["link"]
        return link

    async def _renew(self, http: httpx2.AsyncClient, url: str, floor: Floor, key: str) -> None:
        while True:
            await asyncio.sleep(TOKEN_RENEWED_S)
            floor.token = await log_in(http, url, key)

    async def _ready(self, http: httpx2.AsyncClient, addresses: Addresses) -> None:
        ports = (addresses.router_http, addresses.agents, addresses.ingest, addresses.reporting)
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                for port in ports:
                    await _is_ready(http, f"{addresses.url(port)}/readyz")
        except TimeoutError:
            raise DemonstrationFailed(f"the services were not ready after {READY_WITHIN_S} s: see the log") from None

    def _addresses(self) -> Addresses:
        addresses = self._folder.running()
        if addresses is None:
            raise DemonstrationFailed(f"nothing runs on {self._folder.path}, or it is still starting: try again")
        return addresses

    def _begin(self, coroutine: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        task = asyncio.create_task(coroutine)
        self._playing.add(task)
        task.add_done_callback(self._playing.discard)
        return task


async def _is_ready(http: httpx2.AsyncClient, url: str) -> None:
    ready = False
    while not ready:
        await asyncio.sleep(POLL_S)
        ready = (await http.get(url)).status_code == 200
