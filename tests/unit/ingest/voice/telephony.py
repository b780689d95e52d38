"""The voice channel with everything around it in memory; the test is the carrier, the router and the agents service."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from services.ingest.addresses import Addresses
from services.ingest.admission import Admission
from services.ingest.carriers.webhook import Webhook
from services.ingest.channels.voice import Voice
from services.ingest.envelopes import Connect, Content, Envelope, Outgoing, What
from services.ingest.front_door import FrontDoor
from services.ingest.log_codec import decode
from services.ingest.plans import Plans
from services.ingest.quotas import Quotas
from services.ingest.router_log.facts import (
    ContactAccepted,
    ContactQueued,
    Fact,
    Happened,
    OfferAccepted,
    Plan,
    PlanActivated,
)
from services.ingest.voice.acts import Acts
from services.ingest.voice.calls import Calls
from services.ingest.voice.connects import Connects
from services.ingest.voice.ids import CallIds
from services.ingest.voice.legs import Legs
from services.ingest.voice.parts import make_voice
from services.ingest.voice.reports import Reports
from services.ingest.voice.room import WaitingRoom
from services.ingest.voice.surroundings import CallBackNumbers, Manners, Surroundings
from services.plan.compiled import Address, Channel, Choice, Company, Hours, Interval, Menu, Policy, Prompt, Queue
from tests.fakes.fake_carrier import FakeCarrier
from tests.fakes.manual_clock import ManualClock
from tests.fakes.memory_blob_store import MemoryBlobStore
from tests.fakes.memory_document_store import MemoryDocumentStore
from tests.unit.ingest.web.house import FailingLog, records

HOME = "https://contact.example/twilio"
PLAIN, MENUED, CLOSED = "+442079460110", "+442079460100", "+442079460190"
CALLER, AGENT = "+493012345678", "+442079460801"
SID = "CA" + "1" * 32
UNHEARD_MS = 60_000
MAIN = Menu(
    "main",
    "acme",
    (Prompt("en", "Press 1 for bills."), Prompt("de", "Drücken Sie die 1.")),
    (
        Choice("1", "bills"),
        Choice("2", "more", "more"),
        Choice("3", "german", "more", "de"),
        Choice("4", "gone", "no-such-menu"),
        Choice("#", "office", "office"),
    ),
)
MORE = Menu(
    "more", "acme", (Prompt("en", "More?"), Prompt("de", "Mehr?")), (Choice("1", "yes"), Choice("*", "b", "main"))
)
OFFICE = Menu(
    "office", "acme", (Prompt("en", "Open."),), (), "office", (Prompt("en", "", "https://acme.example/no.mp3"),)
)


def the_plan(*menus: Menu, version: int = 1) -> Plan:
    addresses = (
        Address(Channel.VOICE, PLAIN, "de"),
        Address(Channel.VOICE, MENUED, "en", "main"),
        Address(Channel.VOICE, CLOSED, "en", "office"),
    )
    opened = Hours("office", (Interval(0, 1_000),), 10**15)
    queues = (Queue("q", "acme", "Q", Policy.LONGEST_IDLE),)
    companies = (Company("acme", "Acme", addresses),)
    return Plan("demo", version, companies, (), hours=(opened,), menus=menus or (MAIN, MORE, OFFICE), queues=queues)


@dataclass
class Telephony:
    """`decide` is the router's log; `asks` is the carrier's."""

    clock: ManualClock = field(default_factory=ManualClock)
    inbound: FailingLog = field(default_factory=FailingLog)
    documents: MemoryDocumentStore = field(default_factory=MemoryDocumentStore)
    carrier: FakeCarrier = field(default_factory=FakeCarrier)
    room: WaitingRoom = field(default_factory=WaitingRoom)
    plans: Plans = field(default_factory=Plans)
    addresses: Addresses = field(default_factory=Addresses)
    not_ready: str | None = None
    behind: bool = False
    quota: int = 0
    numbers: CallBackNumbers | None = None
    voice: Voice = field(init=False)
    acts: Acts = field(init=False)
    ids: CallIds = field(default_factory=lambda: CallIds(b"k" * 32))
    _offset: int = 0

    def __post_init__(self) -> None:
        self.begin()
        self.decide(PlanActivated(the_plan()))

    def begin(self) -> None:
        """A new process: what is in memory alone is gone."""
        around = Surroundings(
            self.addresses,
            self.plans,
            self.room,
            Calls(self.documents, self.clock, UNHEARD_MS),
            Connects(self.documents),
            Legs(self.documents, self.clock, UNHEARD_MS),
            Reports(FrontDoor(self.inbound, MemoryBlobStore()), self.ids, self.clock),
            lambda path, **query: f"{HOME}{path}" + (f"?{urlencode(query)}" if query else ""),
            self.clock,
            Manners(),
            lambda: self.not_ready,
            Admission(lambda _tenant: self.behind, Quotas(self.clock, self.quota)),
            self.numbers,
        )
        parts = make_voice(around, self.carrier)
        self.voice, self.acts = parts.channel, parts.acts

    def decide(self, *facts: Fact) -> None:
        for fact in facts:
            happened = Happened("demo", (self.clock.wall_ms(), 0, self._offset), fact)
            self._offset += 1
            for fold in (self.addresses, self.plans, self.room):
                fold.learn(happened)

    async def calls(self, to: str = PLAIN, sid: str = SID, from_: str = CALLER, **more: str) -> "Answer":
        return await self.asks(f"{HOME}/voice", CallSid=sid, To=to, From=from_, CallStatus="ringing", **more)

    async def asks(self, url: str, **fields: str) -> "Answer":
        """The carrier asks what to do with a call, in a way that it would be let in."""
        parts = urlsplit(url)
        hook = self.voice.hooks[parts.path.removeprefix("/twilio")]
        given = {"CallSid": SID, "CallStatus": "in-progress", "To": PLAIN, "From": CALLER} | fields
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        document = await hook(Webhook(query, {name: (value,) for name, value in given.items()}))
        return Answer(document or "")

    async def said(self) -> list[Envelope]:
        """What stands in contacts.inbound."""
        return [decode(record) for record in await records(self.inbound)]

    async def told(self) -> list[What]:
        return [envelope.what for envelope in await self.said()]

    def contact(self, sid: str = SID) -> str:
        return self.ids.contact("demo", sid)

    def accepted(self, offer_id: str = "o1", sid: str = SID) -> None:
        """The call waits and an agent takes it."""
        contact_id = self.contact(sid)
        self.decide(
            ContactAccepted(contact_id, Channel.VOICE, self.clock.wall_ms()),
            ContactQueued(contact_id, "q", 0),
            OfferAccepted(contact_id, "ana", offer_id),
        )

    def connect(self, offer_id: str = "o1", address: str = AGENT, sid: str = SID) -> Outgoing:
        """What the agents service says of an accepted offer."""
        return Outgoing(
            f"connect-{offer_id}",
            "demo",
            "acme",
            self.contact(sid),
            Channel.VOICE,
            "ana",
            "",
            "",
            Content(),
            1,
            Connect(offer_id, address),
        )

    async def put_through(self, offer_id: str = "o1") -> "Answer":
        """A call that came in, was accepted, and is now being put through."""
        answer = await self.calls()
        self.accepted(offer_id)
        await self.voice.connect(self.connect(offer_id))
        return await self.asks(answer.goes_on_at)


@dataclass(frozen=True)
class Answer:
    """A TwiML document, read."""

    document: str

    @property
    def root(self) -> ET.Element:
        return ET.fromstring(self.document)  # noqa: S314  # our own

    @property
    def verbs(self) -> list[str]:
        return [verb.tag for verb in self.root]

    def find(self, path: str) -> ET.Element:
        found = self.root.find(path)
        assert found is not None, self.document
        return found

    @property
    def words(self) -> list[str]:
        return [said.text or "" for said in self.root.iter("Say")]

    @property
    def languages(self) -> list[str | None]:
        return [said.get("language") for said in self.root.iter("Say")]

    @property
    def goes_on_at(self) -> str:
        return self.find("Redirect").text or ""

    @property
    def asks_at(self) -> str:
        return self.find("Gather").get("action") or ""
