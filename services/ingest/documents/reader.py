"""Follows contacts.inbound for documents that arrived, has them made pictures, and says there what came of it."""

from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from services.ingest.checkpoints import Checkpoints, follow
from services.ingest.documents.converted import ConvertedDocument
from services.ingest.documents.folder import CHANNELS
from services.ingest.envelopes import Arrived, Attachment, Changed, Content, Envelope
from services.ingest.front_door import FrontDoor
from services.ingest.log_codec import UnreadableEnvelope, decode
from services.ingest.workers.unreadable import Unreadable
from services.ingest.workers.worker_pool import WorkerPool
from services.shared.clock import Clock
from services.shared.event_log import LogRecord
from services.shared.keyed_hash import keyed_hash

READER = "document-reader"
PICTURE = "image/png"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Read:
    """A document that arrived, with what became of making pictures of it."""

    arrival: Envelope
    message: Content
    outcome: ConvertedDocument | Unreadable


@dataclass(frozen=True, slots=True)
class DocumentReader:
    """Reading a document twice gives the same event under the same id."""

    door: FrontDoor
    pool: WorkerPool[ConvertedDocument]
    checkpoints: Checkpoints
    clock: Clock
    key: bytes = field(repr=False)

    async def follow(self, partition: int) -> None:
        """Read the documents of a partition until cancelled. Raises an ExceptionGroup: call it again."""
        await follow(self.door.log, partition, self.checkpoints, self, ahead=2 * self.pool.size)

    def begin(self, record: LogRecord) -> Coroutine[Any, Any, Read] | None:
        """Reads the document of a record; None for a record that is no arrival of a document."""
        try:
            envelope = decode(record.record)
        except UnreadableEnvelope as error:
            log.warning("a record of contacts.inbound is passed over", offset=record.offset, because=str(error))
            return None
        arrived = envelope.what
        if not isinstance(arrived, Arrived) or arrived.channel not in CHANNELS or arrived.ready:
            return None
        return self._read(envelope, arrived.message or Content())

    async def finish(self, result: Read) -> None:
        """Append what it says. Raises Unavailable and BlobUnavailable."""
        if isinstance(result.outcome, Unreadable):
            changed = Changed(ready=True, message=result.message, unreadable_because=str(result.outcome))
        else:
            changed = await self._shown(result.message, result.outcome)
        await self.door.put(_answer(self.key, result.arrival, self.clock.wall_ms(), changed))

    async def _read(self, envelope: Envelope, message: Content) -> Read:
        raw = await self.door.blobs.get(message.raw_blob)
        if raw is None:
            return Read(envelope, message, Unreadable("the document is missing or damaged in the blob store"))
        try:
            return Read(envelope, message, await self.pool.read(raw))
        except Unreadable as error:
            return Read(envelope, message, error)

    async def _shown(self, message: Content, document: ConvertedDocument) -> Changed:
        pages = [
            Attachment(f"page-{page.number}.png", PICTURE, len(page.png), await self.door.blobs.put(page.png))
            for page in document.pages
        ]
        content = replace(message, attachments=(*message.attachments, *pages))
        return Changed(ready=True, message=content, unreadable_because=document.incomplete_because)


def _answer(key: bytes, arrival: Envelope, now_ms: int, changed: Changed) -> Envelope:
    event_id = keyed_hash(key, arrival.tenant, arrival.contact_id, "converted")
    return Envelope(event_id, arrival.tenant, arrival.company, arrival.contact_id, now_ms, changed)
