"""The demonstration: real contacts through the real edges, worked by simulated agents, and told one by one."""

import asyncio
import contextlib
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Any

import httpx2

from services.cli.demonstration.customers import Customers
from services.cli.demonstration.daily_life import DailyLife
from services.cli.demonstration.floor import Floor
from services.cli.demonstration.invitation import invitation
from services.cli.demonstration.mailbox import Mailbox
from services.cli.demonstration.pace import Pace
from services.cli.demonstration.people import ADMIN, GUEST, telephone_of
from services.cli.demonstration.persistence import AT_ONCE, MISFORTUNES, Persistence
from services.cli.demonstration.seats import Places, Seat, log_in
from services.cli.demonstration.show import SUCCESS, Show
from services.cli.demonstration.story import BY_PHONE, ON_PAPER, VISITS, Visit
from services.cli.demonstration.system import DemonstrationFailed, Find, System, Where
from services.cli.demonstration.telephone import Telephone
from services.cli.demonstration.told import Told
from services.cli.demonstration.tour import PATIENT, Patience, Tour
from services.cli.grpc_client import RouterClient

POLL_S = 0.1
PLAYED_WITHIN_S = 165
# So that one can watch, and agents become free in between.
NEXT_VISIT_S = 0.3
# A token lasts 15 minutes: there are two more tries when one fails.
TOKEN_RENEWED_S = 240
HTTP_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Programme:
    """What is played: these visits; then, if it `stays`, until it is stopped, visitors to the seat left free.

    `within_s`: how long all that comes before staying may take, in seconds.
    """

    stays: bool
    visits: tuple[Visit, ...] = VISITS
    patience: Patience = PATIENT
    within_s: float = PLAYED_WITHIN_S


class Demonstration:
    """A part: plays on the system that `find` finds when it starts."""

    def __init__(self, find: Find, mailbox: Mailbox, show: Show, programme: Programme) -> None:
        self.all_completed = False
        self._find = find
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
        async with httpx2.AsyncClient(timeout=HTTP_TIMEOUT_S) as http:
            system, floor = await self._told_in_time(http)
            if self._programme.stays:
                await self._stay(http, system, floor)

    async def _stay(self, http: httpx2.AsyncClient, system: System, floor: Floor) -> None:
        try:
            self._show.invite(await invitation(http, system, floor.token))
            self._show.doing("Ctrl-C ends it all.")
            self._pace.slow_down()
            self._begin(DailyLife(Customers(system, self._mailbox, http), self._visits, MISFORTUNES).run())
            await Tour(system, floor, self._show, self._programme.patience).run()
        except httpx2.ConnectError:
            raise DemonstrationFailed(f"what ran at {system.where.agents} has ended: start it again") from None

    async def _told_in_time(self, http: httpx2.AsyncClient) -> tuple[System, Floor]:
        within_s = self._programme.within_s
        try:
            async with asyncio.timeout(within_s):
                system = await self._find()
                await until_ready(http, system.where, system.persistence)
                floor = await self._prepare(http, system)
                await self._tell_all(Customers(system, self._mailbox, http), floor)
        except TimeoutError:
            words = f"after {within_s:.0f} s only {self._ended} of {len(self._visits)} contacts had ended"
            raise DemonstrationFailed(words) from None
        except MISFORTUNES as error:
            raise DemonstrationFailed(f"the services did not answer as they should ({_words(error)})") from error
        return system, floor

    async def _prepare(self, http: httpx2.AsyncClient, system: System) -> Floor:
        agents_url, keys = system.where.agents, system.keys
        if not system.where.carrier:
            self._leave_out(BY_PHONE, "No simulated carrier runs here, so calls, SMS and call-backs are left out.")
        if system.documents is None:
            self._leave_out(ON_PAPER, "No folder for documents is known here, so faxes and letters are left out.")
        self._show.step(f"{system.runs}; the desk is {agents_url}.")
        token = await system.persistence.keep_trying(lambda: log_in(http, agents_url, keys.by_person[ADMIN]))
        floor = Floor(system.where.reporting, http, token, system.persistence)
        self._begin(self._renew(http, agents_url, floor, keys.by_person[ADMIN]))
        await self._put_plan_in_force(system, floor)
        await self._take_seats(http, system, floor)
        return floor

    def _leave_out(self, channels: tuple[str, ...], words: str) -> None:
        self._visits = tuple(visit for visit in self._visits if visit.channel not in channels)
        self._show.step(words)

    async def _take_seats(self, http: httpx2.AsyncClient, system: System, floor: Floor) -> None:
        where, seats = system.where, system.keys.simulated()
        places = Places(where.agents, where.router_grpc, where.carrier, system.control_key, system.tls)
        if where.carrier:
            await Telephone(telephone_of(GUEST), where.carrier, system.control_key, http).answers()
        for agent, key in seats.items():
            self._begin(Seat(agent, key, places, http, self._pace).run())
        for agent in seats:
            await floor.until_free(agent)
        self._show.step(f"{len(seats)} simulated agents are on duty.")

    async def _put_plan_in_force(self, system: System, floor: Floor) -> None:
        plan = files("services.plan").joinpath("demonstration.yaml").read_bytes()
        async with RouterClient(system.where.router_grpc, lambda: floor.token, system.tls) as router:
            activated = await system.persistence.keep_trying(lambda: router.activate_plan(plan))
        if activated.defects:
            raise DemonstrationFailed(f"the plan of the demonstration was refused: {activated.defects[0]}")
        self._show.step(f"Plan {activated.version} is in force: what two companies want to happen with their contacts.")

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


async def until_ready(http: httpx2.AsyncClient, where: Where, persistence: Persistence = AT_ONCE) -> None:
    """Wait until every service says that it is."""
    for url in (where.router, where.agents, where.ingest, where.reporting):
        ready = False
        while not ready:
            await asyncio.sleep(POLL_S)
            ready = (await persistence.keep_trying(partial(http.get, f"{url}/readyz"))).status_code == 200


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
