"""Short messages: in by the carrier's webhook, out by its REST API; a conversation is one contact."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.ingest.carriers.carrier import Message
from services.ingest.carriers.twilio_words import message_state
from services.ingest.carriers.webhook import Hook, NotTaken, Webhook
from services.ingest.channels.channel import Capabilities, Fate, SendResult
from services.ingest.envelopes import Outgoing
from services.ingest.send_loop import SendLoop
from services.ingest.sms.incoming import MESSAGE_SID, Incoming
from services.ingest.sms.outgoing import OutgoingSms
from services.plan.compiled import Channel as Medium


@dataclass(frozen=True, slots=True)
class Sms:
    """`hooks` are what the carrier calls, by their paths below /twilio."""

    incoming: Incoming
    outgoing: OutgoingSms
    sending: SendLoop

    @property
    def medium(self) -> Medium:
        return Medium.SMS

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(can_reply=True, is_live=False)

    @property
    def hooks(self) -> Mapping[str, Hook]:
        return {"/sms": self.incoming.take, "/sms/status": self.take_status}

    async def start(self) -> None:
        """Nothing: messages come by HTTP, and what sends them is a part of its own."""

    async def stop(self) -> None:
        """Wait for the sending that runs, so that as little as possible is left uncertain."""
        await self.sending.finish()

    async def send(self, outgoing: Outgoing) -> SendResult:
        """Take down a message; it is sent at once, and reported later. Raises StoreUnavailable."""
        await self.outgoing.claim(outgoing)
        self.sending.wake()
        return SendResult(Fate.UNDERWAY)

    async def take_status(self, webhook: Webhook) -> None:
        """The carrier tells what became of a message. Raises NotTaken, Unavailable, StoreUnavailable.

        https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
        """
        message_id, code = webhook.field("MessageSid"), webhook.field("ErrorCode")
        if MESSAGE_SID.fullmatch(message_id) is None:
            raise NotTaken(400, "The request was not taken: its MessageSid is none.")
        state = message_state(webhook.field("MessageStatus"))
        error_code = int(code) if code.isascii() and code.isdigit() and len(code) < 7 else 0
        await self.outgoing.report(webhook.query.get("send", ""), Message(message_id, state, error_code))
