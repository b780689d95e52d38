"""Files that came with a short message: named by the webhook, fetched from the carrier once the message is safe.

The message is a contact at once. What the webhook said of its files is kept in the blob store, under the message's
raw_blob; whoever follows contacts.inbound fetches them, and appends the message with its attachments.
"""

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from services.ingest.carriers.carrier import Carrier, Media, Refused, Unavailable
from services.ingest.carriers.webhook import Webhook
from services.ingest.checkpoints import Checkpoints, follow
from services.ingest.envelopes import Arrived, Attachment, Changed, Content, Envelope
from services.ingest.front_door import FrontDoor
from services.ingest.log_codec import UnreadableEnvelope, decode
from services.ingest.sms.media_types import media_type_of, suffix_of
from services.plan.compiled import Channel
from services.shared.clock import Clock
from services.shared.event_log import LogRecord
from services.shared.keyed_hash import keyed_hash
from services.shared.logs import about

READER = "sms-media"
# Twilio sends up to ten, of 5 MB at most: https://www.twilio.com/docs/messaging/guides/accepted-mime-types
FILES_MAX = 10
FILE_BYTES_MAX = 5_242_880
AT_ONCE = 4
# How long a file is asked for while the carrier is away: four times, a minute in all.
WAITS_S = (2.0, 8.0, 20.0, 30.0)

log = structlog.get_logger(__name__)


def urls_in(webhook: Webhook) -> tuple[str, ...]:
    """Where the files of a message are. Raises NotTaken."""
    told = webhook.field("NumMedia")
    count = int(told) if told.isascii() and told.isdigit() and len(told) < 4 else 0
    found = (webhook.field(f"MediaUrl{number}") for number in range(min(count, FILES_MAX)))
    return tuple(url for url in found if url)


def as_raw(urls: tuple[str, ...]) -> bytes:
    """What is kept of them."""
    return json.dumps({"media": urls}).encode()


@dataclass(frozen=True, slots=True)
class Fetched:
    """A message with what could be fetched of its files; `missing` could not."""

    arrival: Envelope
    message: Content
    files: tuple[Attachment, ...]
    missing: int


@dataclass(frozen=True, slots=True)
class MediaReader:
    """Fetching the files of a message twice gives the same event under the same id."""

    door: FrontDoor
    carrier: Carrier
    checkpoints: Checkpoints
    clock: Clock
    key: bytes = field(repr=False)
    waits_s: tuple[float, ...] = WAITS_S

    async def follow(self, partition: int) -> None:
        """Fetch the files of a partition's messages until cancelled. Raises an ExceptionGroup: call it again."""
        await follow(self.door.log, partition, self.checkpoints, self, ahead=AT_ONCE)

    def begin(self, record: LogRecord) -> Coroutine[Any, Any, Fetched] | None:
        """Fetches the files of the message of a record; None for a record that brings none."""
        try:
            envelope = decode(record.record)
        except UnreadableEnvelope as error:
            log.warning("a record of contacts.inbound is passed over", offset=record.offset, because=str(error))
            return None
        match envelope.what:
            case Arrived(channel=Channel.SMS, message=Content(raw_blob=name) as message) if name:
                return self._fetched(envelope, message)
        return None

    async def finish(self, result: Fetched) -> None:
        """Append the message with its files. Raises Unavailable."""
        why = f"{result.missing} of {result.missing + len(result.files)} files could not be fetched from the carrier"
        changed = Changed(
            message=replace(result.message, attachments=result.files),
            unreadable_because=why if result.missing else "",
        )
        arrival = result.arrival
        event_id = keyed_hash(self.key, "sms-media", arrival.contact_id)
        await self.door.put(replace(arrival, event_id=event_id, seen_at_ms=self.clock.wall_ms(), what=changed))

    async def _fetched(self, arrival: Envelope, message: Content) -> Fetched:
        raw = await self.door.blobs.get(message.raw_blob)
        # A blob that is gone named one file at least.
        urls = json.loads(raw)["media"] if raw else [""]
        with about(arrival.tenant, arrival.contact_id):
            found = [await self._file(number, url) for number, url in enumerate(urls, 1)]
        files = tuple(each for each in found if each is not None)
        return Fetched(arrival, message, files, len(found) - len(files))

    async def _file(self, number: int, url: str) -> Attachment | None:
        for wait_s in (*self.waits_s, None):
            try:
                return await self._attached(number, await self.carrier.media(url, FILE_BYTES_MAX))
            except Refused as error:
                log.warning("a file of a short message is left out", because=str(error))
                return None
            except Unavailable as error:
                log.warning("a file of a short message could not be fetched yet", because=str(error))
            if wait_s is not None:
                await asyncio.sleep(wait_s)
        return None

    async def _attached(self, number: int, media: Media) -> Attachment:
        media_type = media_type_of(media.content)
        name = f"file-{number}{suffix_of(media_type)}"
        return Attachment(name, media_type, len(media.content), await self.door.blobs.put(media.content))
