"""Follows contacts.outbound for mails, sends them, and says on contacts.inbound what came of each.

A crash between the server's taking a mail and the note of it sends the mail again, under the same Message-ID: the
recipient's mail program shows one. Nothing better can be had, for SMTP has no way to ask what became of a mail.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

from services.ingest.checkpoints import Checkpoints, follow
from services.ingest.envelopes import Envelope, Outgoing, settled
from services.ingest.front_door import FrontDoor, Unavailable
from services.ingest.log_codec import UnreadableEnvelope, decode_outgoing
from services.ingest.mail import message_ids, outgoing_mail
from services.ingest.mail.outgoing_mail import NotSendable
from services.ingest.mail.relay import Accepted, NotNow, Outcome, Refused, Relay
from services.ingest.mail.threads import Threads
from services.ingest.send_loop import Persistence, SendLoop
from services.ingest.sends import LEASE_MS, Send, Sends, sends_of
from services.plan.compiled import Channel
from services.shared.blob_store import BlobUnavailable
from services.shared.clock import Clock
from services.shared.document_store import StoreUnavailable
from services.shared.event_log import EventLog, LogRecord
from services.shared.keyed_hash import keyed_hash

READER = "mail-sender"
SENDS = sends_of("mail")
ATTACHED_BYTES_MAX = 18 * 1024 * 1024

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MailSender:
    """Two tasks: `follow` takes down what is to be sent, `send_all` sends what is due, now and later."""

    outbound: EventLog
    door: FrontDoor
    relay: Relay
    sends: Sends
    threads: Threads
    checkpoints: Checkpoints
    clock: Clock
    key: bytes = field(repr=False)
    persistence: Persistence = field(default_factory=Persistence)
    _loop: SendLoop = field(init=False)

    def __post_init__(self) -> None:
        """Make the loop that sends."""
        object.__setattr__(self, "_loop", SendLoop(self.sends, self._send, self.persistence, "email"))

    async def start(self) -> None:
        """Nothing: the two tasks are started as parts of their own."""

    async def stop(self) -> None:
        """Wait for the attempts that run (20 s), so that none is made twice."""
        await self._loop.finish()

    async def follow(self, partition: int) -> None:
        """Take down the mails of a partition until cancelled. Raises an ExceptionGroup: call it again."""
        await follow(self.outbound, partition, self.checkpoints, self, ahead=self.persistence.at_once)

    def begin(self, record: LogRecord) -> Coroutine[Any, Any, None] | None:
        """Claims the mail of a record; None for a record that is no mail, or nothing to be sent."""
        try:
            outgoing = decode_outgoing(record.record)
        except UnreadableEnvelope as error:
            log.warning("a record of contacts.outbound is passed over", offset=record.offset, because=str(error))
            return None
        if outgoing.channel is not Channel.EMAIL or outgoing.connect is not None:
            return None
        return self.sends.claim(keyed_hash(self.key, "mail-send", outgoing.tenant, outgoing.event_id), record.record)

    async def finish(self, result: None) -> None:  # noqa: ARG002  # the port's
        """Wake who sends."""
        self._loop.wake()

    async def send_all(self) -> None:
        """Send what is due until cancelled. Raises StoreUnavailable: call it again."""
        await self._loop.run()

    async def _send(self, send: Send) -> None:
        try:
            await self._settle(send, await self._outcome(send))
        except (StoreUnavailable, BlobUnavailable, Unavailable) as error:
            # The send stays open: it comes due again when the lease has passed.
            log.warning("sending a mail was interrupted", again_after_ms=LEASE_MS, because=str(error))

    async def _outcome(self, send: Send) -> Outcome:
        """What came of it: as noted, or by an attempt."""
        if send.state == "sent":
            return Accepted()
        if send.state == "failed":
            return Refused(send.why)
        try:
            mail, sender, recipient = await self._written(send.outgoing)
        except NotSendable as error:
            return Refused(str(error))
        return await self.relay.hand_over(mail, sender, recipient)

    async def _written(self, outgoing: Outgoing) -> tuple[bytes, str, str]:
        answered = await self.threads.answerable(outgoing.tenant, outgoing.contact_id)
        sender = outgoing_mail.sendable_address(outgoing.from_, "mailbox")
        recipient = outgoing_mail.recipient(outgoing, answered)
        message_id = message_ids.made(
            self.key,
            outgoing.tenant,
            outgoing.company,
            outgoing.contact_id,
            outgoing.event_id,
            sender.rpartition("@")[2],
        )
        files = await self._files(outgoing)
        try:
            mail = await asyncio.to_thread(outgoing_mail.written, outgoing, answered, message_id, files)
        except (ValueError, LookupError) as error:
            raise NotSendable(f"the mail cannot be written ({type(error).__name__})") from error
        return mail, sender, recipient

    async def _files(self, outgoing: Outgoing) -> list[bytes]:
        if sum(attached.size_bytes for attached in outgoing.message.attachments) > ATTACHED_BYTES_MAX:
            raise NotSendable("the attachments are too large for a mail")
        files = []
        for attached in outgoing.message.attachments:
            content = await self.door.blobs.get(attached.blob)
            if content is None:
                raise NotSendable("an attachment is missing or damaged in the blob store")
            files.append(content)
        if sum(map(len, files)) > ATTACHED_BYTES_MAX:
            raise NotSendable("the attachments are too large for a mail")
        return files

    async def _settle(self, send: Send, outcome: Outcome) -> None:
        if isinstance(outcome, NotNow):
            waited_ms = self.clock.wall_ms() - send.outgoing.written_at_ms
            if waited_ms < self.persistence.give_up_ms:
                await self.sends.later(send, self.persistence.after_ms(send.attempts))
                log.info("a mail could not be sent yet", attempts=send.attempts + 1, because=outcome.why)
                return
            outcome = Refused("the mail server did not take the mail for too long")
        refused = outcome if isinstance(outcome, Refused) else None
        await self.sends.move(send, "failed" if refused else "sent", why=refused.why if refused else "")
        await self._tell(send.outgoing, refused)
        await self.sends.close(send)

    async def _tell(self, outgoing: Outgoing, refused: Refused | None) -> None:
        event_id = keyed_hash(self.key, outgoing.tenant, outgoing.event_id, "failed" if refused else "delivered")
        await self.door.put(
            Envelope(
                event_id=event_id,
                tenant=outgoing.tenant,
                company=outgoing.company,
                contact_id=outgoing.contact_id,
                seen_at_ms=self.clock.wall_ms(),
                what=settled(outgoing, delivered=refused is None, why=refused.why if refused else ""),
            )
        )
