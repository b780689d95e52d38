"""Follows contacts.inbound for mails that arrived, has them parsed, and says there what they say."""

from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

from services.ingest.checkpoints import Checkpoints, follow
from services.ingest.envelopes import Arrived, Attachment, Changed, Content, Envelope
from services.ingest.front_door import FrontDoor
from services.ingest.log_codec import UnreadableEnvelope, decode
from services.ingest.mail.parsed_mail import ParsedMail
from services.ingest.mail.threads import QUOTE_CHARACTERS_MAX, Answerable, Threads
from services.ingest.workers.unreadable import Unreadable
from services.ingest.workers.worker_pool import WorkerPool
from services.plan.compiled import Attribute, Channel
from services.shared.clock import Clock
from services.shared.event_log import LogRecord
from services.shared.keyed_hash import keyed_hash

READER = "mail-reader"
AUTOMATIC = Attribute("automatic", "yes")
PRIORITY = "x-priority"
WHOLE_MAIL = "whole-mail.eml"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Read:
    """A mail that arrived, with what became of parsing it."""

    arrival: Envelope
    arrived: Arrived
    raw_bytes: int
    outcome: ParsedMail | Unreadable


@dataclass(frozen=True, slots=True)
class MailReader:
    """Reading a mail twice gives the same event under the same id."""

    door: FrontDoor
    pool: WorkerPool[ParsedMail]
    threads: Threads
    checkpoints: Checkpoints
    clock: Clock
    key: bytes = field(repr=False)

    async def follow(self, partition: int) -> None:
        """Read the mails of a partition until cancelled. Raises an ExceptionGroup: call it again."""
        await follow(self.door.log, partition, self.checkpoints, self, ahead=2 * self.pool.size)

    def begin(self, record: LogRecord) -> Coroutine[Any, Any, Read] | None:
        """Parses the mail of a record; None for a record that is no arrival of a mail."""
        try:
            envelope = decode(record.record)
        except UnreadableEnvelope as error:
            log.warning("a record of contacts.inbound is passed over", offset=record.offset, because=str(error))
            return None
        arrived = envelope.what
        if not isinstance(arrived, Arrived) or arrived.channel is not Channel.EMAIL or arrived.ready:
            return None
        return self._read(envelope, arrived)

    async def finish(self, result: Read) -> None:
        """Note its place among the conversations and append what it says.

        Raises Unavailable, BlobUnavailable and StoreUnavailable.
        """
        if isinstance(result.outcome, Unreadable):
            raw = result.arrived.message or Content()
            changed = Changed(ready=True, message=raw, unreadable_because=str(result.outcome))
        else:
            changed = await self._file(result, result.outcome)
        await self.door.put(_answer(self.key, result.arrival, self.clock.wall_ms(), changed))

    async def _read(self, envelope: Envelope, arrived: Arrived) -> Read:
        name = arrived.message.raw_blob if arrived.message else ""
        raw = await self.door.blobs.get(name)
        if raw is None:
            return Read(envelope, arrived, 0, Unreadable("the raw mail is missing or damaged in the blob store"))
        try:
            return Read(envelope, arrived, len(raw), await self.pool.read(raw))
        except Unreadable as error:
            return Read(envelope, arrived, len(raw), error)

    async def _file(self, read: Read, mail: ParsedMail) -> Changed:
        arrival, caller = read.arrival, read.arrived.caller
        tenant, company, contact_id = arrival.tenant, arrival.company, arrival.contact_id
        content = await self._content(read, mail)
        references = tuple(one for one in mail.references if one != mail.message_id)
        continued = await self.threads.continued(tenant, company, references)
        continued = "" if continued == contact_id else continued
        await self.threads.remember(tenant, company, contact_id, mail.message_id)
        await self._may_be_answered(arrival, continued, _answerable(mail, content, caller, arrival.seen_at_ms))
        return Changed(
            language=mail.language,
            attributes=_attributes(mail, caller),
            ready=True,
            continues_contact_id=continued,
            message=content,
        )

    async def _may_be_answered(self, arrival: Envelope, continued: str, mail: Answerable) -> None:
        await self.threads.may_answer(arrival.tenant, arrival.contact_id, mail)
        before = await self.threads.answerable(arrival.tenant, continued) if continued else None
        # Only the customer's own mail is quoted back: what another wrote into the conversation is not.
        if before is not None and before.caller == mail.caller and before.received_at_ms <= mail.received_at_ms:
            await self.threads.may_answer(arrival.tenant, continued, mail)

    async def _content(self, read: Read, mail: ParsedMail) -> Content:
        raw_blob = read.arrived.message.raw_blob if read.arrived.message else ""
        attachments = [
            Attachment(one.name, one.media_type, len(one.content), await self.door.blobs.put(one.content))
            for one in mail.attachments
        ]
        if mail.left_out:
            attachments.append(Attachment(WHOLE_MAIL, "message/rfc822", read.raw_bytes, raw_blob))
        return Content(
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            attachments=tuple(attachments),
            raw_blob=raw_blob,
            mail_message_id=mail.message_id,
            mail_references=mail.references,
            reply_to=mail.reply_to or read.arrived.caller,
        )


def _answer(key: bytes, arrival: Envelope, now_ms: int, changed: Changed) -> Envelope:
    event_id = keyed_hash(key, arrival.tenant, arrival.contact_id, "parsed")
    return Envelope(event_id, arrival.tenant, arrival.company, arrival.contact_id, now_ms, changed)


def _answerable(mail: ParsedMail, content: Content, caller: str, received_at_ms: int) -> Answerable:
    return Answerable(
        message_id=mail.message_id,
        references=mail.references,
        subject=mail.subject,
        reply_to=content.reply_to,
        name=mail.from_name,
        text=mail.text[:QUOTE_CHARACTERS_MAX],
        caller=caller,
        received_at_ms=received_at_ms,
    )


def _attributes(mail: ParsedMail, caller: str) -> tuple[Attribute, ...]:
    """An empty envelope sender is a program's: it wants no answer."""
    automatic = (AUTOMATIC,) if mail.automatic or not caller else ()
    return automatic + ((Attribute(PRIORITY, mail.priority),) if mail.priority else ())
