"""All of ingest's mail on real parts: an inbox on a free port, a worker process, and a relay that keeps its mails."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib

from services.ingest.checkpoints import Checkpoints
from services.ingest.envelopes import Arrived, Changed, Content, Delivered, Envelope, Failed, Outgoing
from services.ingest.front_door import FrontDoor
from services.ingest.log_codec import decode, encode_outgoing
from services.ingest.mail.inbox import Inbox
from services.ingest.mail.mailroom import Mailroom
from services.ingest.mail.parsed_mail import MAIL_PARSING
from services.ingest.mail.reader import MailReader
from services.ingest.mail.relay import SmtpRelay
from services.ingest.mail.sender import SENDS, MailSender
from services.ingest.mail.threads import Threads
from services.ingest.send_loop import Persistence
from services.ingest.sends import Sends
from services.ingest.workers.worker_pool import WorkerPool
from services.plan.compiled import Channel
from services.shared.file_blob_store import FileBlobStore
from services.shared.memory_event_log import MemoryEventLog
from services.shared.serve import Part, background, stop_all
from services.shared.sqlite_document_store import SqliteDocumentStore
from tests.fakes.known_addresses import KnownAddresses, KnownPlace
from tests.fakes.mail_sink import MailSink
from tests.fakes.manual_clock import ManualClock
from tests.fakes.unreliable_log import UnreliableLog

KEY = b"a key for tests"
PLACES = (
    KnownPlace("acme", "pumps", "help@pumps.test", "en"),
    KnownPlace("acme", "fans", "help@fans.test"),
    KnownPlace("zeta", "zeta", "help@zeta.test"),
)
PATIENCE = Persistence(first_ms=1_000, longest_ms=60_000, give_up_ms=600_000, look_every_s=0.01)


@dataclass
class MailHouse:
    documents: SqliteDocumentStore
    blobs: FileBlobStore
    sink: MailSink
    clock: ManualClock = field(default_factory=ManualClock)
    inbound: UnreliableLog = field(default_factory=lambda: UnreliableLog(MemoryEventLog()))
    outbound: MemoryEventLog = field(default_factory=MemoryEventLog)
    parts: list[Part] = field(default_factory=list)
    port: int = 0

    async def start(self) -> None:
        """Also after `stop`: then with new objects on the same logs and stores."""
        door, threads, pool = (
            FrontDoor(self.inbound, self.blobs),
            Threads(self.documents, KEY),
            WorkerPool(MAIL_PARSING, 1),
        )
        reader = MailReader(door, pool, threads, Checkpoints(self.documents, "reader"), self.clock, KEY)
        sender = MailSender(
            self.outbound,
            door,
            SmtpRelay("127.0.0.1", self.sink.port, answer_s=5, whole_s=10),
            Sends(self.documents, self.clock, SENDS),
            threads,
            Checkpoints(self.documents, "sender"),
            self.clock,
            KEY,
            PATIENCE,
        )
        inbox = Inbox(Mailroom(door, KnownAddresses(*PLACES), self.clock, KEY), "127.0.0.1", 0, next_free=False)
        self.parts = [
            pool,
            background(lambda: reader.follow(0), "read"),
            sender,
            background(sender.send_all, "send"),
            background(lambda: sender.follow(0), "claim"),
            inbox,
        ]
        for part in self.parts:
            await part.start()
        self.port = inbox.port

    async def stop(self) -> None:
        await stop_all(self.parts)

    async def receive(
        self, mail: EmailMessage | bytes, to: str = "help@pumps.test", sender: str = "ann@example.org"
    ) -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=self.port, start_tls=False) as client:
            await client.sendmail(sender, [to], bytes(mail))

    async def receive_and_read(
        self, mail: EmailMessage | bytes, to: str = "help@pumps.test"
    ) -> tuple[Envelope, Changed]:
        """The arrival, and what it says."""
        before = await self.inbound.end(0)
        await self.receive(mail, to)
        arrival = await self.wait_for(lambda one: isinstance(one.what, Arrived), before)
        read = await self.wait_for(
            lambda one: one.contact_id == arrival.contact_id and isinstance(one.what, Changed), before
        )
        assert isinstance(read.what, Changed)
        return arrival, read.what

    async def answer(
        self, contact_id: str, text: str, *, id: str = "o1", to: str = "", automatic: bool = False, **said: object
    ) -> None:
        message, agent = Content(text=text, **said), "" if automatic else "bob"  # type: ignore[arg-type]
        outgoing = Outgoing(
            id,
            "acme",
            "pumps",
            contact_id,
            Channel.EMAIL,
            agent,
            to,
            "help@pumps.test",
            message,
            self.clock.wall_ms(),
            automatic=automatic,
        )
        await self.outbound.append(0, encode_outgoing(outgoing))

    async def fate(self, outbound_id: str = "o1") -> Delivered | Failed:
        """What came of an answer."""
        told = await self.wait_for(
            lambda one: isinstance(one.what, Delivered | Failed) and one.what.outbound_id == outbound_id
        )
        assert isinstance(told.what, Delivered | Failed)
        return told.what

    async def wait_for(self, wanted: Callable[[Envelope], bool], after: int = 0) -> Envelope:
        async for record in self.inbound.read(0, after):
            if wanted(envelope := decode(record.record)):
                return envelope
        raise AssertionError


@asynccontextmanager
async def mail_house(folder: Path) -> AsyncIterator[MailHouse]:
    sink = MailSink()
    await sink.start()
    documents = await SqliteDocumentStore.open(folder / "documents.db")
    house = MailHouse(documents, FileBlobStore(folder / "blobs"), sink)
    await house.start()
    try:
        yield house
    finally:
        await house.stop()
        await sink.stop()
        await documents.close()
        await asyncio.sleep(0)


def a_mail(
    subject: str = "It leaks", text: str = "My pump leaks.", id: str = "<1@example.org>", **headers: str
) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = headers.pop("From", "Ann Lee <ann@example.org>")
    mail["Subject"] = subject
    mail["Message-ID"] = id
    mail.set_content(text)
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    return mail
