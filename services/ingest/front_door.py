"""The one way into contacts.inbound: what every channel of ingest puts its envelopes through."""

from dataclasses import dataclass, replace

from services.ingest.envelopes import Arrived, Attachment, Changed, Content, Envelope, MessageAdded
from services.ingest.log_codec import encode
from services.shared.blob_store import BlobStore, BlobUnavailable
from services.shared.event_log import EventLog, LogUnavailable, RecordTooLarge
from services.shared.partition import partition_of

PRIVATE_BYTES_MAX = 256 * 1024
# What is left of a text that went to the blob store, so that the desk has something to show at once.
EXCERPT_CHARACTERS = 4096


class Unavailable(Exception):
    """It was not, or may not have been, taken in: the sender must try again later."""


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """Appends envelopes to the tenant's partition."""

    log: EventLog
    blobs: BlobStore

    async def put(self, envelope: Envelope) -> None:
        """Append; durable when it returns. Raises Unavailable; appending the same again does no harm."""
        try:
            record = encode(await self._within_limits(envelope))
            await self.log.append(partition_of(envelope.tenant, self.log.partitions), record)
        except (LogUnavailable, BlobUnavailable) as error:
            raise Unavailable("the log or the blob store is away: try again later") from error
        except RecordTooLarge as error:
            raise Unavailable("the log takes no records of this size: raise its limit") from error

    async def _within_limits(self, envelope: Envelope) -> Envelope:
        what = envelope.what
        if len(encode(envelope)) <= PRIVATE_BYTES_MAX or not isinstance(what, Arrived | Changed | MessageAdded):
            return envelope
        if what.message is None:
            return envelope
        return replace(envelope, what=replace(what, message=await self._outsourced(what.message)))

    async def _outsourced(self, content: Content) -> Content:
        moved = []
        for name, media_type, text in (
            ("message.txt", "text/plain; charset=utf-8", content.text),
            ("message.html", "text/html; charset=utf-8", content.html),
        ):
            if len(text) > EXCERPT_CHARACTERS:
                data = text.encode(errors="replace")
                moved.append(Attachment(name, media_type, len(data), await self.blobs.put(data)))
        return replace(
            content,
            subject=content.subject[:EXCERPT_CHARACTERS],
            text=content.text[:EXCERPT_CHARACTERS],
            html="" if len(content.html) > EXCERPT_CHARACTERS else content.html,
            attachments=(*moved, *content.attachments),
        )
