"""The demonstration: real contacts through the real edges, worked by simulated agents, and told one by one."""

import asyncio
import contextlib
from collections.abc import Coroutine
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import aiosmtplib
import httpx2
from websockets.exceptions import WebSocketException

from services.cli.carrier.subscription import subscription_of
from services.cli.data_folder import Addresses, DataFolder
from services.cli.demonstration.customers import Customers
from services.cli.demonstration.daily_life import DailyLife
from services.cli.demonstration.floor import Floor
from services.cli.demonstration.invitation import invitation
from services.cli.demonstration.mailbox import Mailbox
from services.cli.demonstration.pace import Pace
from services.cli.demonstration.people import ADMIN, GUEST, Keys, keys_of, telephone_of
from services.cli.demonstration.seats import LoginFailed, Places, Seat, log_in
from services.cli.demonstration.show import SUCCESS, Show
from services.cli.demonstration.story import BY_PHONE, VISITS, Visit
from services.cli.demonstration.telephone import Telephone, TelephoneFailed
from services.cli.demonstration.told import Told
from services.cli.demonstration.tour import PATIENT, Patience, Tour
from services.cli.grpc_client import CallFailed, RouterClient

POLL_S = 0.1
PLAYED_WITHIN_S = 165
# So that one can watch, and agents become free in between.
NEXT_VISIT_S = 0.3
# A token lasts 15 minutes: there are two more tries when one fails.
TOKEN_RENEWED_S = 240
HTTP_TIMEOUT_S = 30.0
MISFORTUNES = (
    OSError,
    httpx2.HTTPError,
    WebSocketException,
    aiosmtplib.SMTPException,
    CallFailed,
    LoginFailed,
    TelephoneFailed,
)


class DemonstrationFailed(Exception):
    """It could not be shown; says why and what to do."""


@dataclass(frozen=True, slots=True)
class Programme:
    """What is played: these visits; then, if it `stays`, until it is stopped, visitors to the seat left free."""

    stays: bool
    visits: tuple[Visit, ...] = VISITS
    patience: Patience = PATIENT


class Demonstration:
    """A part: plays at the addresses that the folder tells."""

    def __init__(self, folder: DataFolder, mailbox: Mailbox, show: Show, programme: Programme) -> None:
        self.all_completed = False
        self._folder = folder
        self._mailbox = mailbox
        self._show = show
        self._programme = programme
        self._ended = 0
        self._pace = Pace()
        self._visits = programme.visits
        self._task: asyncio.Task[None] | None = None
        self._playing: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Begin to play."""
        self._task = asyncio.create_task(self._play())

    async def stop(self) -> None:
        """End the play."""
        if self._programme.stays:
            self._show.doing("\nStopping ...")
        tasks = [*self._playing, *([self._task] if self._task is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def ended(self) -> None:
        """When the play is over. Raises DemonstrationFailed."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def _play(self) -> None:
        addresses = self._folder.running()
        if addresses is None:
            raise DemonstrationFailed(f"nothing runs on {self._folder.path}: start `switchroom up` or `demo` on it")
        async with httpx2.AsyncClient(timeout=HTTP_TIMEOUT_S) as http:
            floor = await self._told_in_time(http, addresses)
            if self._programme.stays:
                await self._stay(http, addresses, floor)

    async def _stay(self, http: httpx2.AsyncClient, addresses: Addresses, floor: Floor) -> None:
        try:
            self._show.invite(await invitation(http, addresses, floor.token, self._folder))
            self._show.doing("Ctrl-C ends it all.")
            self._pace.slow_down()
            customers = Customers(self._folder, addresses, self._mailbox, http)
            self._begin(DailyLife(customers, self._visits, MISFORTUNES).run())
            await Tour(addresses, floor, self._show, self._programme.patience).run()
        except httpx2.ConnectError:
            raise DemonstrationFailed(f"what ran on {self._folder.path} has ended: start it again") from None

    async def _told_in_time(self, http: httpx2.AsyncClient, addresses: Addresses) -> Floor:
        try:
            async with asyncio.timeout(PLAYED_WITHIN_S):
                await until_ready(http, addresses)
                floor = await self._prepare(http, addresses, await keys_of(self._folder))
                await self._tell_all(Customers(self._folder, addresses, self._mailbox, http), floor)
        except TimeoutError:
            words = f"after {PLAYED_WITHIN_S} s only {self._ended} of {len(self._visits)} contacts had ended"
            raise DemonstrationFailed(words) from None
        except MISFORTUNES as error:
            raise DemonstrationFailed(f"the services did not answer as they should ({_words(error)})") from error
        return floor

    async def _prepare(self, http: httpx2.AsyncClient, addresses: Addresses, keys: Keys) -> Floor:
        agents_url = addresses.url(addresses.agents)
        if not addresses.carrier:
            self._visits = tuple(visit for visit in self._visits if visit.channel not in BY_PHONE)
            self._show.step("No simulated carrier runs here, so calls, SMS and call-backs are left out.")
        self._show.step(f"Four services run in one process, on files in {self._folder.path}; the desk is {agents_url}.")
        floor = Floor(addresses, http, await log_in(http, agents_url, keys.by_person[ADMIN]))
        self._begin(self._renew(http, agents_url, floor, keys.by_person[ADMIN]))
        await self._put_plan_in_force(addresses, floor)
        places = Places(
            agents_url,
            f"{addresses.host}:{addresses.router_grpc}",
            addresses.url(addresses.carrier),
            subscription_of(self._folder).control_key,
        )
        seats = keys.simulated()
        if addresses.carrier:
            await Telephone(telephone_of(GUEST), places.carrier_url, places.control_key, http).answers()
        for agent, key in seats.items():
            self._begin(Seat(agent, key, places, http, self._pace).run())
        for agent in seats:
            await floor.until_free(agent)
        self._show.step(f"{len(seats)} simulated agents are on duty.")
        return floor

    async def _put_plan_in_force(self, addresses: Addresses, floor: Floor) -> None:
        plan = files("services.plan").joinpath("demonstration.yaml").read_bytes()
        async with RouterClient(f"{addresses.host}:{addresses.router_grpc}", lambda: floor.token) as router:
            version, defects = await router.activate_plan(plan)
        if defects:
            raise DemonstrationFailed(f"the plan of the demonstration was refused: {defects[0]}")
        self._show.step(f"Plan {version} is in force: what two companies want to happen with their contacts.")

    async def _tell_all(self, customers: Customers, floor: Floor) -> None:
        visits = self._visits
        self._show.doing(f"{len(visits)} customers make contact, on every channel. What became of each:")
        telling = []
        for visit in visits:
            telling.append(self._begin(self._tell(visit, customers, floor)))
            await asyncio.sleep(NEXT_VISIT_S)
        told = await asyncio.gather(*telling)
        completed = sum(each.outcome == SUCCESS and bool(each.answer) for each in told)
        self.all_completed = completed == len(visits)
        self._show.step(f"{completed} of {len(visits)} contacts ended completed, with an answer.")

    async def _tell(self, visit: Visit, customers: Customers, floor: Floor) -> Told:
        told = await floor.told(visit, await customers.visit(visit))
        self._ended += 1
        self._show.told(told, visit.message, str(self._ended))
        return told

    async def _renew(self, http: httpx2.AsyncClient, url: str, floor: Floor, key: str) -> None:
        while True:
            await asyncio.sleep(TOKEN_RENEWED_S)
            with contextlib.suppress(*MISFORTUNES):
                floor.token = await log_in(http, url, key)

    def _begin(self, coroutine: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        task = asyncio.create_task(coroutine)
        self._playing.add(task)
        task.add_done_callback(self._playing.discard)
        return task


async def until_ready(http: httpx2.AsyncClient, addresses: Addresses) -> None:
    """Wait until every service says that it is."""
    for port in (addresses.router_http, addresses.agents, addresses.ingest, addresses.reporting):
        ready = False
        while not ready:
            await asyncio.sleep(POLL_S)
            ready = (await http.get(f"{addresses.url(port)}/readyz")).status_code == 200


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
