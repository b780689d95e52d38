"""All of fax and letters on real parts: a folder, a worker process, and a log that can be away."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services.ingest.admission import Admission
from services.ingest.checkpoints import Checkpoints
from services.ingest.documents.converted import DOCUMENT_CONVERSION, ConvertedDocument
from services.ingest.documents.folder import DocumentFolder
from services.ingest.documents.intake import DocumentIntake
from services.ingest.documents.limits import WORKER_LIMITS
from services.ingest.documents.reader import DocumentReader
from services.ingest.documents.refusals import Pace
from services.ingest.envelopes import Arrived, Changed, Envelope
from services.ingest.front_door import FrontDoor
from services.ingest.log_codec import decode
from services.ingest.quotas import Quotas
from services.ingest.workers.worker_pool import WorkerPool
from services.plan.compiled import Channel
from services.shared.memory_event_log import MemoryEventLog
from services.shared.serve import Part, background, stop_all
from services.shared.sqlite_document_store import SqliteDocumentStore
from tests.fakes.known_addresses import KnownAddresses, KnownPlace
from tests.fakes.manual_clock import ManualClock
from tests.fakes.memory_blob_store import MemoryBlobStore
from tests.fakes.unreliable_log import UnreliableLog

KEY = b"a key for tests"
PACE = Pace(sweep_ms=10, settle_ms=3000, file_bytes_max=4_000_000, keep_days=7)
FAX, LETTER = "+4989123", "post"
PLACES = (
    KnownPlace("acme", "pumps", FAX, "DE", Channel.FAX),
    KnownPlace("acme", "fans", LETTER, "", Channel.LETTER),
)


@dataclass
class DocumentHouse:
    root: Path
    documents: SqliteDocumentStore
    clock: ManualClock = field(default_factory=ManualClock)
    blobs: MemoryBlobStore = field(default_factory=MemoryBlobStore)
    inbound: UnreliableLog = field(default_factory=lambda: UnreliableLog(MemoryEventLog()))
    behind: set[str] = field(default_factory=set)
    quota: int = 0
    not_ready: str | None = None
    parts: list[Part] = field(default_factory=list)
    pool: WorkerPool[ConvertedDocument] = field(init=False)
    reader: DocumentReader = field(init=False)
    intake: DocumentIntake = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """As after a crash: nothing is left but what is on the disk and in the log."""
        self.intake = DocumentIntake(
            DocumentFolder(self.root),
            FrontDoor(self.inbound, self.blobs),
            KnownAddresses(*PLACES),
            self.clock,
            KEY,
            PACE,
            lambda: self.not_ready,
            Admission(self.behind.__contains__, Quotas(self.clock, self.quota)),
        )
        self.intake.folder.prepare()

    async def start(self) -> None:
        """Read what arrives; sweeps stay the test's."""
        self.pool = WorkerPool(DOCUMENT_CONVERSION, 1, WORKER_LIMITS)
        checkpoints = Checkpoints(self.documents, "documents")
        self.reader = DocumentReader(FrontDoor(self.inbound, self.blobs), self.pool, checkpoints, self.clock, KEY)
        self.parts = [self.pool, background(lambda: self.reader.follow(0), "read")]
        for part in self.parts:
            await part.start()

    async def stop(self) -> None:
        await stop_all(self.parts)

    def put(self, name: str, content: bytes, address: str = FAX, channel: str = "fax", slip: bytes = b"") -> Path:
        """Put a file there, as a program would that writes under another name first."""
        folder = self.root / channel / address
        folder.mkdir(parents=True, exist_ok=True)
        for named, written in ((f"{name}.json", slip), (name, content)):
            if named == name or slip:
                (folder / ".part").write_bytes(written)
                (folder / ".part").rename(folder / named)
        return folder / name

    async def settle(self) -> None:
        """Let what lies there be taken."""
        await self.intake.sweep()
        self.clock.pass_ms(PACE.settle_ms)
        while await self.intake.sweep():
            pass

    async def envelopes(self) -> list[Envelope]:
        """Of the documents that arrived; what is said of them afterwards comes when it comes."""
        end, found = await self.inbound.end(0), []
        if end:
            async for record in self.inbound.read(0, 0):
                found.append(decode(record.record))
                if record.offset + 1 == end:
                    break
        return [one for one in found if isinstance(one.what, Arrived)]

    async def arrivals(self) -> list[Arrived]:
        return [one.what for one in await self.envelopes() if isinstance(one.what, Arrived)]

    async def read(self, contact_id: str) -> Changed:
        """What became of a document, once that is known."""
        async for record in self.inbound.read(0, 0):
            one = decode(record.record)
            if one.contact_id == contact_id and isinstance(one.what, Changed):
                return one.what
        raise AssertionError

    async def checked_off(self, next_offset: int) -> None:
        """Wait until all before this offset need not be read again."""
        while (await self.reader.checkpoints.next_offset(0) or 0) < next_offset:
            pass

    def lying(self, below: str) -> list[str]:
        """Names of files, sorted."""
        return sorted(name for _, _, names in os.walk(self.root / below) for name in names)


@asynccontextmanager
async def document_house(folder: Path) -> AsyncIterator[DocumentHouse]:
    documents = await SqliteDocumentStore.open(folder / "documents.db")
    house = DocumentHouse(folder / "watched", documents)
    await house.start()
    try:
        yield house
    finally:
        await house.stop()
        await documents.close()
        await asyncio.sleep(0)
