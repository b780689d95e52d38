"""Simulated agents: each pulls work over gRPC, answers over HTTP as any program would, and completes."""

import asyncio
from dataclasses import dataclass
from hashlib import sha256

import httpx2

from services.cli.demonstration.pace import Pace
from services.cli.demonstration.people import telephone_of
from services.cli.demonstration.story import answer_in
from services.cli.demonstration.telephone import Telephone, TelephoneFailed
from services.cli.grpc_client import CallFailed, Desk, Item, RouterClient
from services.shared.tls_files import TlsFiles

AGAIN_S = 1.0
CALL_S = 60.0
ANSWERED = ("email", "web_chat", "sms")
CALLS = ("voice", "callback")


class LoginFailed(Exception):
    """The agents service did not take the key."""


async def log_in(http: httpx2.AsyncClient, url: str, key: str) -> str:
    """A token for a key. Raises LoginFailed."""
    response = await http.post(f"{url}/v1/login", json={"key": key})
    if response.status_code != 200:
        raise LoginFailed(f"{url} did not take a key: {response.text[:200]}")
    token: str = response.json()["token"]
    return token


@dataclass(frozen=True, slots=True)
class Places:
    """Where the seat's two services are, and its telephone: the carrier, and the key to it."""

    agents_url: str
    router_address: str
    carrier_url: str
    control_key: str
    tls: TlsFiles | None = None


class Seat:
    """One agent. `run` it until cancelled."""

    def __init__(
        self, agent: str, key: str, places: Places, http: httpx2.AsyncClient, pace: Pace | None = None
    ) -> None:
        self.agent = agent
        self._pace = pace or Pace()
        self._key = key
        self._places = places
        self._http = http
        self._token = ""
        self._items: dict[str, Item] = {}
        self._working: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """On duty; begins again when the token or the connection ends."""
        async with RouterClient(self._places.router_address, lambda: self._token, self._places.tls) as router:
            try:
                while True:
                    await self._sit(router)
            finally:
                await self._get_up()

    async def _sit(self, router: RouterClient) -> None:
        try:
            self._token = await log_in(self._http, self._places.agents_url, self._key)
            await router.set_presence("available")
            async for desk in router.desks():
                await self._look(router, desk)
        except (CallFailed, LoginFailed, httpx2.HTTPError):
            await asyncio.sleep(AGAIN_S)

    async def _get_up(self) -> None:
        for task in self._working.values():
            task.cancel()
        await asyncio.gather(*self._working.values(), return_exceptions=True)

    async def _look(self, router: RouterClient, desk: Desk) -> None:
        if desk.presence == "not_responding":
            await router.set_presence("available")
        self._items = {item.contact_id: item for item in desk.items}
        for contact_id in self._items:
            task = self._working.get(contact_id)
            if task is None or task.done():
                self._working[contact_id] = asyncio.create_task(self._work_on(router, contact_id))
        self._working = {contact: task for contact, task in self._working.items() if contact in self._items}

    async def _work_on(self, router: RouterClient, contact_id: str) -> None:
        """Until it is done, or on the desk no more: what fails is tried again, as the desk has it then."""
        while (item := self._items.get(contact_id)) is not None:
            try:
                await self._work(router, item)
            except (CallFailed, httpx2.HTTPError, TelephoneFailed, TimeoutError):
                await asyncio.sleep(AGAIN_S)
            else:
                return

    async def _work(self, router: RouterClient, item: Item) -> None:
        if item.state == "offered":
            await asyncio.sleep(self._pace.thinks_s())
            await router.accept(item)
        if item.state != "wrap_up" and item.channel in ANSWERED and not item.customer_left:
            await self._reply(item)
        if item.state != "wrap_up" and item.channel in CALLS:
            await self._speak(item)
        await self._end(router, item)

    async def _end(self, router: RouterClient, item: Item) -> None:
        """Work on it, then wrap up."""
        pace, is_call = self._pace, item.channel in CALLS
        await asyncio.sleep(pace.thinks_s() if is_call else pace.works_s())
        if pace.wraps_up and not is_call and item.state != "wrap_up":
            await router.finish(item)
        await asyncio.sleep(pace.wraps_up_s())
        await router.complete(item, "solved")

    async def _speak(self, item: Item) -> None:
        """Answer by telephone, and stay on the line until the customer hangs up. Raises TimeoutError."""
        places = self._places
        phone = Telephone(telephone_of(self.agent), places.carrier_url, places.control_key, self._http)
        async with asyncio.timeout(CALL_S):
            await phone.picks_up()
            await asyncio.sleep(self._pace.thinks_s())
            await phone.does("say", text=answer_in(item.language))
            await phone.shows(lambda screen: not screen["speaking"])

    async def _reply(self, item: Item) -> None:
        # Polling tells the agents service that this agent works through it, which is what lets it see their desk.
        await self._post("/v1/next?wait_s=0", {})
        body = {"command_id": self._reply_id(item), "text": answer_in(item.language)}
        for _ in range(5):
            response = await self._post(f"/v1/work/{item.contact_id}/reply", body)
            if response.status_code == 202:
                return
            await asyncio.sleep(AGAIN_S)
        response.raise_for_status()

    def _reply_id(self, item: Item) -> str:
        """The same whenever it is tried again, so that the customer is answered once."""
        return sha256(f"{self.agent} answers {item.contact_id}".encode()).hexdigest()[:32]

    async def _post(self, path: str, body: dict[str, str]) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self._token}"}
        return await self._http.post(f"{self._places.agents_url}{path}", json=body, headers=headers)
