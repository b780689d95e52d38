"""What makes the calls of call-backs, with carrier and documents in memory; the test plays router and agents."""

from dataclasses import dataclass, field

from services.ingest.addresses import Addresses
from services.ingest.callback.dialing import CALLS_TO_MAKE, Dialing
from services.ingest.callback.requests import Requests
from services.ingest.envelopes import Connect, Content, Envelope, Outgoing, What
from services.ingest.front_door import FrontDoor
from services.ingest.log_codec import decode
from services.ingest.plans import Plans
from services.ingest.router_log.facts import (
    ContactAccepted,
    ContactEnded,
    ContactOffered,
    ContactQueued,
    ContactReturned,
    Fact,
    Happened,
    OfferAccepted,
)
from services.ingest.sends import Send, Sends
from services.ingest.voice.calls import Call, Calls
from services.ingest.voice.connects import Connects
from services.ingest.voice.ids import CallIds
from services.ingest.voice.legs import Legs
from services.ingest.voice.parts import VoiceParts, make_voice
from services.ingest.voice.reports import Reports
from services.ingest.voice.room import WaitingRoom
from services.ingest.voice.surroundings import Surroundings
from services.plan.compiled import Channel
from tests.fakes.fake_carrier import FakeCarrier
from tests.fakes.manual_clock import ManualClock
from tests.fakes.memory_blob_store import MemoryBlobStore
from tests.fakes.memory_document_store import MemoryDocumentStore
from tests.unit.ingest.web.house import FailingLog

KEY = b"k" * 32
CUSTOMER, OURS, AGENT = "+442079460300", "+442079460150", "+442079460400"


def url_of(path: str, **query: str) -> str:
    return f"https://public.example/twilio{path}?" + "&".join(f"{name}={value}" for name, value in query.items())


@dataclass
class DialingHouse:
    """`make` again is a restart: what is in memory is lost."""

    carrier: FakeCarrier = field(default_factory=FakeCarrier)
    clock: ManualClock = field(default_factory=ManualClock)
    documents: MemoryDocumentStore = field(default_factory=MemoryDocumentStore)
    inbound: FailingLog = field(default_factory=FailingLog)
    room: WaitingRoom = field(default_factory=WaitingRoom)
    requests: Requests = field(default_factory=Requests)
    not_ready: str | None = None

    def __post_init__(self) -> None:
        self.make()

    def make(self) -> None:
        door = FrontDoor(self.inbound, MemoryBlobStore())
        around = Surroundings(
            Addresses(),
            Plans(),
            self.room,
            Calls(self.documents, self.clock, 60_000),
            Connects(self.documents),
            Legs(self.documents, self.clock, 60_000),
            Reports(door, CallIds(KEY), self.clock),
            url_of,
            self.clock,
            not_ready_because=lambda: self.not_ready,
        )
        self.voice: VoiceParts = make_voice(around, self.carrier)
        sends = Sends(self.documents, self.clock, CALLS_TO_MAKE)
        self.dialing = Dialing(self.carrier, self.voice.channel, sends, self.requests, KEY)

    def learn(self, *facts: Fact) -> None:
        for fact in facts:
            happened = Happened("demo", (self.clock.wall_ms(), 0, 0), fact)
            self.room.learn(happened)
            self.requests.learn(happened)

    def waits(self, contact_id: str = "c1") -> None:
        accepted = ContactAccepted(contact_id, Channel.CALLBACK, self.clock.wall_ms(), "hi")
        self.learn(accepted, ContactQueued(contact_id, "q", 0))

    def accepted(self, contact_id: str = "c1", offer_id: str = "o1") -> None:
        self.learn(ContactOffered(contact_id), OfferAccepted(contact_id, "ana", offer_id))

    def returned(self, contact_id: str = "c1") -> None:
        self.learn(ContactReturned(contact_id))

    def ended(self, contact_id: str = "c1") -> None:
        self.learn(ContactEnded(contact_id))

    async def connect(
        self, contact_id: str = "c1", offer_id: str = "o1", *, agent: str = AGENT, customer: str = CUSTOMER
    ) -> None:
        """The agents service says whom to call."""
        await self.dialing.claim(
            Outgoing(
                event_id=f"{contact_id} {offer_id}",
                tenant="demo",
                company="acme",
                contact_id=contact_id,
                channel=Channel.CALLBACK,
                agent="ana",
                to=customer,
                from_=OURS,
                message=Content(),
                written_at_ms=self.clock.wall_ms(),
                connect=Connect(offer_id, agent),
            )
        )

    async def work(self) -> list[Send]:
        """One look at what is due; what was attempted."""
        due = await self.dialing.sends.take_due(8)
        for send in due:
            await self.dialing.attempt(send)
        return due

    async def work_for(self, ms: int, step_ms: int = 500) -> None:
        for _ in range(ms // step_ms):
            await self.work()
            self.clock.pass_ms(step_ms)

    async def told(self) -> list[What]:
        return [envelope.what for envelope in await self.envelopes()]

    async def envelopes(self) -> list[Envelope]:
        end = await self.inbound.end(0)
        kept: list[Envelope] = []
        if end:
            async for record in self.inbound.read(0, 0):
                kept.append(decode(record.record))
                if record.offset + 1 == end:
                    break
        return kept

    async def call(self, contact_id: str = "c1") -> Call | None:
        return await self.voice.channel.around.calls.get(contact_id)
