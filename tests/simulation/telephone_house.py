"""A contact centre with telephones in one event loop: real router, voice channel and switchboard, simulated carrier.

Everything is in memory and in virtual time. Ingest can be killed and begun anew; logs, documents and the carrier stay.
"""

import asyncio
from collections.abc import Callable
from random import Random
from urllib.parse import parse_qsl, urlsplit

from services.agents.bells import Bells
from services.agents.catching_up import CatchingUp
from services.agents.filing import Filing
from services.agents.followers import followers
from services.agents.people import add_person
from services.agents.plan_words import PlanWords
from services.cli.carrier.exchange.exchange import Behaviour, Exchange
from services.cli.carrier.exchange.numbers import Number, Numbers
from services.cli.carrier.exchange.web import Account, Address, Unreachable, WebAnswer, WebRequest
from services.ingest.addresses import Addresses
from services.ingest.callback.parts import CallBackFolds, CallBackSettings, make_callback, make_numbers
from services.ingest.carriers.webhook import NotTaken, Webhook
from services.ingest.channels.callback import CallBack
from services.ingest.channels.voice import Voice
from services.ingest.front_door import FrontDoor, Unavailable
from services.ingest.outbound import Outbound
from services.ingest.plans import Plans
from services.ingest.router_log.follower import RouterLogFollower
from services.ingest.voice.calls import Calls
from services.ingest.voice.connects import Connects
from services.ingest.voice.ids import CallIds
from services.ingest.voice.legs import Legs
from services.ingest.voice.parts import make_voice
from services.ingest.voice.reports import Reports
from services.ingest.voice.room import WaitingRoom
from services.ingest.voice.surroundings import Manners, Surroundings
from services.plan.compiled import Address as Place
from services.plan.compiled import Channel, Choice, Company, Disposition, Menu, Plan, Prompt, Route
from services.router.caller_lists import CallerLists
from services.router.partition_logs import PartitionLogs
from services.router.partition_loop import PartitionLoop
from services.shared.connections import Connections
from services.shared.document_store import StoreUnavailable
from services.shared.event_log import LogUnavailable
from services.shared.memory_event_log import MemoryEventLog
from services.shared.serve import Part, background
from services.shared.tokens import Role
from tests.fakes.exchange_carrier import ExchangeCarrier
from tests.fakes.memory_blob_store import MemoryBlobStore
from tests.fakes.memory_document_store import MemoryDocumentStore
from tests.fakes.virtual_time import VirtualClock
from tests.unit.router.core.builders import TENANT, agent, entry_point, plan

KEY = b"k" * 32
HOME = "https://contact.example"
LINE, MENU_LINE, CALL_BACK_LINE = "+4930999990", "+4930999991", "+4930999992"
TELEPHONES = {"ann": "+4930100001", "bob": "sip:bob@phones.example", "cat": "+4930100003"}
UNHEARD_MS = 60_000


def telephone_plan() -> Plan:
    """Acme has a number without a menu and one with: 1 sales, 2 a menu of its own, 3 German."""
    addresses = (
        Place(Channel.VOICE, LINE, "en"),
        Place(Channel.VOICE, MENU_LINE, "en", "main"),
        Place(Channel.CALLBACK, CALL_BACK_LINE, "en"),
    )
    said = (Prompt("en", "Press a key."), Prompt("de", "Drücken Sie eine Taste."))
    return plan(
        *(agent(name) for name in TELEPHONES),
        companies=(Company("acme", "Acme", addresses, (Disposition("solved", "Solved"),)),),
        queues=plan().queues[:2],
        entry_points=(entry_point("bills", Route("billing"), ivr_path=("more", "bills")),),
        menus=(
            Menu(
                "main",
                "acme",
                said,
                (Choice("1", "sales"), Choice("2", "more", "more"), Choice("3", "german", "more", "de")),
            ),
            Menu("more", "acme", said, (Choice("1", "bills"), Choice("*", "back", "main"))),
        ),
    )


class AwayLog(MemoryEventLog):
    """A log that can be away; what was appended then may be in it all the same."""

    def __init__(self, clock: VirtualClock, chance: Random) -> None:
        super().__init__(clock=clock)
        self.is_away = False
        self._chance = chance

    async def append(self, partition: int, record: bytes) -> None:
        if not self.is_away or self._chance.random() < 0.5:
            await super().append(partition, record)
        if self.is_away:
            raise LogUnavailable("away")


class Ingest:
    """One life of ingest's telephone side."""

    def __init__(self, connections: Connections, carrier: ExchangeCarrier, clock: VirtualClock) -> None:
        addresses, plans, room, callbacks = Addresses(), Plans(), WaitingRoom(), CallBackFolds()
        listeners = (addresses, plans, room, callbacks.offices, callbacks.requests)
        follower = RouterLogFollower(connections.router_log, *(listener.learn for listener in listeners))
        door = FrontDoor(connections.inbound, connections.blobs)
        settings, documents = CallBackSettings(frozenset(), 100, 100, KEY), connections.documents
        numbers = make_numbers(settings, addresses, callbacks, clock)
        around = Surroundings(
            addresses,
            plans,
            room,
            Calls(connections.documents, clock, UNHEARD_MS),
            Connects(connections.documents),
            Legs(connections.documents, clock, UNHEARD_MS),
            Reports(door, CallIds(KEY), clock),
            _url,
            clock,
            Manners(),
            follower.not_ready_because,
            numbers=numbers,
        )
        voice = make_voice(around, carrier)
        self.voice: Voice = voice.channel
        callback = make_callback(settings, door, carrier, self.voice, documents, numbers, callbacks, clock)
        self.callback: CallBack = callback.channel
        outbound = Outbound(connections.outbound, (self.voice, self.callback), door, documents, KEY, clock)
        self._parts: list[Part] = [
            background(lambda: follower.follow(0), "router-log"),
            background(lambda: outbound.follow(0), "outbound"),
            *voice.parts,
            *callback.parts,
        ]

    async def start(self) -> None:
        for part in self._parts:
            await part.start()

    async def kill(self) -> None:
        for part in self._parts:
            await part.stop()

    async def answer(self, request: WebRequest) -> WebAnswer:
        """What the edge does once it has checked the signature."""
        parts = urlsplit(request.url)
        hook = self.voice.hooks[parts.path.removeprefix("/twilio")]
        webhook = Webhook(
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name: (value,) for name, value in request.form.items()},
        )
        try:
            document = await hook(webhook)
        except NotTaken as wrong:
            return WebAnswer(wrong.status, str(wrong).encode(), "text/plain")
        except (Unavailable, StoreUnavailable):
            return WebAnswer(503, b"", "text/plain")
        return WebAnswer(200 if document else 204, (document or "").encode())


class House:
    """All of it. `asked`: every request that reached ingest, with what was answered."""

    def __init__(self, seed: int, behaviour: Behaviour, heard: Callable[[WebRequest, WebAnswer], None]) -> None:
        self.clock = VirtualClock()
        self.inbound = AwayLog(self.clock, Random(seed))
        self.router_log = MemoryEventLog(clock=self.clock)
        self.documents = MemoryDocumentStore()
        self.connections = Connections(
            self.inbound, MemoryEventLog(clock=self.clock), self.router_log, self.documents, MemoryBlobStore()
        )
        self.carrier_is_away = False
        self.carrier = ExchangeCarrier(lambda: self.carrier_is_away)
        names = Random(seed)
        # `every` so that call-backs and agents' calls come from numbers of ours.
        number = Number(voice=Address(f"{HOME}/twilio/voice"), status=Address(f"{HOME}/twilio/voice/status"))
        self.exchange = self.carrier.exchange = Exchange(
            Account("AC" + "0" * 32, "the token of a test"),
            self,
            Numbers({LINE: number, MENU_LINE: number, CALL_BACK_LINE: number}),
            behaviour,
            self.clock,
            lambda letters: letters + f"{names.getrandbits(128):032x}",
        )
        self.router = PartitionLoop(
            PartitionLogs(self.inbound, self.router_log, 0),
            CallerLists(MemoryBlobStore(), KEY),
            self.clock,
            "router:8082",
            names.randbytes,
        )
        self.ingest: Ingest | None = None
        self._heard = heard
        filing = Filing(self.documents, PlanWords(self.documents), Bells())
        self._switchboard = followers(self.connections, filing, self.clock, CatchingUp(self.clock))
        self._routing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        for name, phone in TELEPHONES.items():
            await add_person(self.documents, tenant=TENANT, name=name, role=Role.AGENT, agent=name, phone=phone)
        self.router.assign()
        self._routing = asyncio.create_task(self.router.run())
        for part in self._switchboard:
            await part.start()
        await self.begin_ingest()

    async def begin_ingest(self) -> None:
        self.ingest = Ingest(self.connections, self.carrier, self.clock)
        await self.ingest.start()

    async def kill_ingest(self) -> None:
        if self.ingest is not None:
            ingest, self.ingest = self.ingest, None
            await ingest.kill()

    async def stop(self) -> None:
        await self.exchange.stop()
        await self.kill_ingest()
        for part in self._switchboard:
            await part.stop()
        if self._routing is not None:
            self._routing.cancel()
            await asyncio.wait([self._routing])
        await self.documents.close()

    async def ask(self, request: WebRequest) -> WebAnswer:
        """The carrier's way to us."""
        if self.ingest is None:
            raise Unreachable("ingest is being started")
        answer = await self.ingest.answer(request)
        self._heard(request, answer)
        return answer


def _url(path: str, **query: str) -> str:
    return f"{HOME}/twilio{path}" + (
        f"?{'&'.join(f'{name}={value}' for name, value in query.items())}" if query else ""
    )
