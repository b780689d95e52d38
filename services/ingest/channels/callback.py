"""The call-back: a customer asks for a call, keeps a place without a line, and is called when an agent accepts."""

from dataclasses import dataclass

from services.ingest.addresses import Place
from services.ingest.callback.dialing import Dialing
from services.ingest.callback.entry import CallBackEntry
from services.ingest.callback.receipts import Receipts
from services.ingest.channels.channel import Capabilities, Fate, SendResult
from services.ingest.envelopes import Arrived, Content, Envelope, Left, LeftReason, Outgoing
from services.ingest.front_door import FrontDoor
from services.ingest.send_loop import SendLoop
from services.ingest.topics import chosen
from services.ingest.voice.room import Stage, WaitingRoom
from services.plan.compiled import Channel as Medium
from services.shared.clock import Clock

NO_WORDS = "A call-back takes no written answers; speak to the customer."


@dataclass(frozen=True, slots=True)
class CallBack:
    """Makes contacts of requests, and ends them where a customer cancels; `dialing` makes the calls."""

    door: FrontDoor
    receipts: Receipts
    room: WaitingRoom
    clock: Clock
    dialing: Dialing
    sending: SendLoop

    @property
    def medium(self) -> Medium:
        return Medium.CALLBACK

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(can_reply=False, is_live=False)

    async def start(self) -> None:
        """Nothing: requests come by HTTP, and what makes the calls is a part of its own."""

    async def stop(self) -> None:
        """Wait for the calls that are being made, so that as little as possible is left uncertain."""
        await self.sending.finish()

    async def receive(self, place: Place, entry: CallBackEntry, number: str, due_ms: int) -> str:
        """Make a contact of a request; its id. It is durable when this returns. Raises Unavailable.

        `due_ms`: from when the customer is to be called, wall clock; not before then it is queued.
        """
        contact_id = self.receipts.contact(place, entry.token)
        now_ms = self.clock.wall_ms()
        await self.door.put(
            Envelope(
                event_id=self.receipts.arrived(contact_id),
                tenant=place.tenant,
                company=place.company,
                contact_id=contact_id,
                seen_at_ms=now_ms,
                what=_arrived(place, entry, number, due_ms if due_ms > now_ms else 0),
            )
        )
        return contact_id

    async def cancel(self, place: Place, contact_id: str) -> None:
        """The customer does not want to be called any more. Raises Unavailable."""
        await self.door.put(
            Envelope(
                event_id=self.receipts.cancelled(contact_id),
                tenant=place.tenant,
                company=place.company,
                contact_id=contact_id,
                seen_at_ms=self.clock.wall_ms(),
                what=Left(LeftReason.CUSTOMER),
            )
        )

    def stage(self, place: Place, contact_id: str) -> Stage:
        """Where a request is; one that the log has not spoken of yet waits."""
        standing = self.room.standing(place.tenant, contact_id)
        return standing.stage if standing is not None else Stage.WAITING

    async def send(self, outgoing: Outgoing) -> SendResult:  # noqa: ARG002  # the port's
        """Nothing can be written to somebody who is to be called."""
        return SendResult(Fate.FAILED, NO_WORDS)

    async def connect(self, outgoing: Outgoing) -> None:
        """An agent has accepted: take down that the customer is to be called. Raises StoreUnavailable, Unavailable.

        Of a consultation about a call-back it is the colleague who is called.
        """
        if outgoing.connect is not None and outgoing.connect.about:
            await self.dialing.voice.connect(outgoing)
            return
        await self.dialing.claim(outgoing)
        self.sending.wake()


def _arrived(place: Place, entry: CallBackEntry, number: str, queue_at_ms: int) -> Arrived:
    ivr_path, attributes = chosen(entry.topic, place.topics)
    return Arrived(
        channel=Medium.CALLBACK,
        dialed=place.address,
        caller=number,
        ivr_path=ivr_path,
        language=entry.language or place.language.lower(),
        attributes=attributes,
        ready=not queue_at_ms,
        message=Content(text=entry.message) if entry.message else None,
        caller_name=entry.name,
        queue_at_ms=queue_at_ms,
    )
