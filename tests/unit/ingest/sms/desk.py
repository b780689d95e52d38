"""An agent's side of SMS: what is sent, with a carrier in memory, documents in a file, and time in the test's hand."""

from dataclasses import dataclass, field

from services.ingest.carriers.carrier import Message, MessageState
from services.ingest.envelopes import Content, Delivered, Failed, Outgoing
from services.ingest.front_door import FrontDoor
from services.ingest.log_codec import decode
from services.ingest.sends import LEASE_MS, Sends
from services.ingest.sms.keywords import Keyword
from services.ingest.sms.opt_outs import OptOuts
from services.ingest.sms.outgoing import SENDS, OutgoingSms
from services.plan.compiled import Channel
from services.shared.sqlite_document_store import SqliteDocumentStore
from tests.fakes.fake_carrier import FakeCarrier
from tests.fakes.manual_clock import ManualClock
from tests.fakes.memory_blob_store import MemoryBlobStore
from tests.unit.ingest.web.house import FailingLog, records

KEY = b"k" * 32
OURS, THEIRS = "+15005550006", "+14155552671"


@dataclass
class Desk:
    documents: SqliteDocumentStore
    carrier: FakeCarrier = field(default_factory=FakeCarrier)
    clock: ManualClock = field(default_factory=ManualClock)
    inbound: FailingLog = field(default_factory=FailingLog)

    @property
    def opt_outs(self) -> OptOuts:
        return OptOuts(self.documents, KEY)

    @property
    def sends(self) -> Sends:
        return Sends(self.documents, self.clock, SENDS)

    def process(self) -> OutgoingSms:
        """A process of ingest: nothing of it is kept but what is in the stores."""
        door = FrontDoor(self.inbound, MemoryBlobStore())
        return OutgoingSms(door, self.carrier, self.sends, self.opt_outs, self.clock, urls, KEY)

    async def write(
        self,
        text: str = "It is on its way.",
        id: str = "o1",
        to: str = THEIRS,
        contact_id: str = "c1",
        *,
        automatic: bool = False,
    ) -> None:
        """An agent writes, or a route."""
        content = Content(text=text)
        at_ms = self.clock.wall_ms()
        await self.process().claim(
            Outgoing(id, "demo", "acme", contact_id, Channel.SMS, "ana", to, OURS, content, at_ms, automatic=automatic),
        )

    async def work(self, process: OutgoingSms | None = None) -> None:
        """One look at what is due."""
        outgoing = process or self.process()
        for send in await outgoing.sends.take_due(10):
            await outgoing.attempt(send)

    async def work_for(self, span_ms: int, step_ms: int = LEASE_MS) -> None:
        """Time passes, and what comes due is looked at."""
        for _ in range(span_ms // step_ms):
            self.clock.pass_ms(step_ms)
            await self.work()

    async def report(self, message_id: str, state: MessageState, error_code: int = 0) -> None:
        """The carrier calls our URL."""
        send_id = self.carrier.messages[message_id][0].status_url.rpartition("=")[2]
        await self.process().report(send_id, Message(message_id, state, error_code))

    async def told(self) -> list[Delivered | Failed]:
        """What the agent has been told, each event once as the router does."""
        envelopes = {envelope.event_id: envelope for envelope in map(decode, await records(self.inbound))}
        return [each.what for each in envelopes.values() if isinstance(each.what, Delivered | Failed)]

    async def stop_word(self) -> None:
        await self.opt_outs.note("demo", OURS, THEIRS, Keyword.STOP, "SM1")


def urls(path: str, **query: str) -> str:
    return f"https://us.example/twilio{path}?" + "&".join(f"{name}={value}" for name, value in query.items())
