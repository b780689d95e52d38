"""Sends agents' short messages through the carrier, each at most once, and finds out what became of them.

A send is claimed; then asked, which is noted before the carrier is asked; then taken, under the carrier's own name for
it; then delivered or failed. What a crash or a lost answer left in the state "asked" is looked for at the carrier, and
never asked again: where it can't be found, the agent is told that nobody knows.
"""

import asyncio
import re
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

import structlog

from services.ingest.carriers import carrier as carriers
from services.ingest.carriers.carrier import Carrier, Message, MessageState, NewMessage
from services.ingest.carriers.webhook import Urls
from services.ingest.channels.channel import Fate, settled_id
from services.ingest.envelopes import Envelope, Outgoing, settled
from services.ingest.front_door import FrontDoor, Unavailable
from services.ingest.log_codec import encode_outgoing
from services.ingest.send_loop import Persistence
from services.ingest.sends import CLAIMED, LEASE_MS, Send, Sends, sends_of
from services.ingest.sms import failures
from services.ingest.sms.opt_outs import OptOuts
from services.shared.clock import Clock
from services.shared.document_store import StoreUnavailable
from services.shared.keyed_hash import keyed_hash

SENDS = sends_of("sms")
ASKED, TAKEN, DELIVERED, FAILED = "asked", "taken", "delivered", "failed"
# What Twilio takes in one message: https://www.twilio.com/docs/glossary/what-sms-character-limit
TEXT_UNITS_MAX = 1_600
NUMBER = re.compile(r"\+[1-9][0-9]{5,14}|[0-9]{3,8}")
# The carrier lists a message a while after it took it. Asked for too early, it would seem never to have been taken.
LOOK_FOR_AFTER_MS = 60_000
LOOK_FOR_TIMES = 3
# Our clock and that of the service that wrote the message may differ from the carrier's.
CLOCKS_APART_MS = 60_000
ASK_EVERY = Persistence(first_ms=60_000, longest_ms=3_600_000, give_up_ms=24 * 3_600_000)
# An answer in a conversation is of no use much later.
PERSISTENCE = Persistence(longest_ms=5 * 60_000, give_up_ms=4 * 3_600_000)
REPORT_TRIES = 3

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OutgoingSms:
    """`urls` makes the URL at which the carrier says what became of a message."""

    door: FrontDoor
    carrier: Carrier
    sends: Sends
    opt_outs: OptOuts
    clock: Clock
    urls: Urls
    ids_key: bytes = field(repr=False)
    persistence: Persistence = PERSISTENCE
    # Per contact: what an agent wrote first is to arrive first.
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def claim(self, outgoing: Outgoing) -> None:
        """Take down what is to be sent; the same again does nothing. Raises StoreUnavailable."""
        send_id = keyed_hash(self.ids_key, "sms-send", outgoing.tenant, outgoing.event_id)
        await self.sends.claim(send_id, encode_outgoing(outgoing))

    async def attempt(self, send: Send) -> None:
        """Bring a send one state further; those of one contact, one after the other."""
        turn = self._turns.setdefault(send.outgoing.contact_id, asyncio.Lock())
        async with turn:
            await self._try(send)

    async def report(self, send_id: str, message: Message) -> None:
        """The carrier says what is with a message. Raises StoreUnavailable, Unavailable."""
        for _ in range(REPORT_TRIES):
            send = await self.sends.get(send_id)
            # What is over is over: late and doubled reports change nothing.
            if send is None or send.reference not in ("", message.id) or await self._learn(send, message):
                return

    async def _try(self, send: Send) -> None:
        try:
            await self._advance(send)
        except carriers.Unavailable as error:
            log.warning("the carrier could not be asked about a short message", state=send.state, because=str(error))
            await self.sends.later(send, self.persistence.after_ms(send.attempts))
        except carriers.Refused:
            await self._settle(send, FAILED, failures.NOT_KNOWN if send.state == ASKED else failures.NEVER_SAID)
        except (StoreUnavailable, Unavailable) as error:
            # The send stays open: it comes due again when the lease has passed.
            log.warning("sending a short message was interrupted", again_after_ms=LEASE_MS, because=str(error))

    async def _advance(self, send: Send) -> None:
        match send.state:
            case "claimed":
                await self._hand_over(send)
            case "asked":
                await self._look_for(send)
            case "taken":
                await self._ask_for(send)
            case _:
                await self._tell(send)

    async def _hand_over(self, send: Send) -> None:
        why = await self._hindrance(send)
        if why:
            await self._settle(send, FAILED, why)
            return
        asked = await self.sends.move(send, ASKED)
        if asked is None:
            return
        try:
            await self._learn(asked, await self.carrier.send_message(self._message(send)), taken=True)
        except carriers.Refused as refused:
            await self._settle(asked, FAILED, failures.words(refused.code))
        except carriers.Uncertain as error:
            log.warning("nobody knows yet whether a short message was taken", because=str(error))
            await self.sends.later(asked, LOOK_FOR_AFTER_MS)
        except carriers.Unavailable:
            again = await self.sends.move(asked, CLAIMED)
            if again is not None:
                await self.sends.later(send, self.persistence.after_ms(send.attempts))

    async def _hindrance(self, send: Send) -> str:
        """Why it must not be sent; "" when nothing is in the way."""
        outgoing = send.outgoing
        if NUMBER.fullmatch(outgoing.to) is None:
            return failures.NO_NUMBER
        if not outgoing.message.text.strip():
            return failures.EMPTY
        if len(outgoing.message.text.encode("utf-16-le")) > 2 * TEXT_UNITS_MAX:
            return failures.TOO_LONG
        if self.clock.wall_ms() - outgoing.written_at_ms > self.persistence.give_up_ms:
            return failures.NOT_TAKEN
        stopped = await self.opt_outs.has_stopped(outgoing.tenant, outgoing.from_, outgoing.to)
        return failures.STOPPED if stopped else ""

    async def _look_for(self, send: Send) -> None:
        """Find out whether the carrier has it, though it never said so."""
        # A process that is about to hear the answer may still have it.
        since_ms = self.clock.wall_ms() - send.changed_at_ms
        if since_ms < LOOK_FOR_AFTER_MS:
            await self.sends.later(send, LOOK_FOR_AFTER_MS - since_ms)
            return
        found = await self.carrier.messages_like(self._message(send), send.changed_at_ms - CLOCKS_APART_MS)
        for message in found:
            if not await self.sends.is_known(message.id):
                await self._learn(send, message, taken=True)
                return
        if send.attempts < LOOK_FOR_TIMES:
            await self.sends.later(send, LOOK_FOR_AFTER_MS)
        else:
            await self._settle(send, FAILED, failures.NOT_KNOWN)

    async def _ask_for(self, send: Send) -> None:
        """Ask what became of it: the report may have been lost."""
        since_ms = self.clock.wall_ms() - send.changed_at_ms
        if since_ms >= ASK_EVERY.first_ms:
            await self._learn(send, await self.carrier.message(send.reference))
        if since_ms >= ASK_EVERY.give_up_ms:
            await self._settle(send, FAILED, failures.NEVER_SAID)
        else:
            await self.sends.later(send, ASK_EVERY.after_ms(send.attempts))

    async def _learn(self, send: Send, message: Message, *, taken: bool = False) -> bool:
        """Take into account what is with a message; False when the send was moved by somebody else meanwhile."""
        match message.state:
            case MessageState.DELIVERED:
                return await self._settle(send, DELIVERED, reference=message.id)
            case MessageState.FAILED:
                return await self._settle(send, FAILED, failures.words(message.error_code), reference=message.id)
            case MessageState.UNDERWAY if taken or send.state == ASKED:
                moved = await self.sends.move(send, TAKEN, reference=message.id)
                if moved is not None:
                    await self.sends.later(moved, ASK_EVERY.first_ms)
                return moved is not None
        return True

    async def _settle(self, send: Send, state: str, why: str = "", reference: str = "") -> bool:
        settled = await self.sends.move(send, state, why=why, reference=reference)
        if settled is not None:
            await self._tell(settled)
        return settled is not None

    async def _tell(self, send: Send) -> None:
        outgoing, delivered = send.outgoing, send.state == DELIVERED
        fate = Fate.DELIVERED if delivered else Fate.FAILED
        await self.door.put(
            Envelope(
                event_id=settled_id(self.ids_key, outgoing.event_id, fate),
                tenant=outgoing.tenant,
                company=outgoing.company,
                contact_id=outgoing.contact_id,
                seen_at_ms=self.clock.wall_ms(),
                what=settled(outgoing, delivered=delivered, why=send.why),
            )
        )
        await self.sends.close(send)

    def _message(self, send: Send) -> NewMessage:
        outgoing = send.outgoing
        status_url = self.urls("/sms/status", send=send.id)
        return NewMessage(outgoing.from_, outgoing.to, outgoing.message.text, status_url)
