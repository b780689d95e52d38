"""Calls the customer whose call-back an agent has accepted: once, whatever crashes.

A call is claimed; then asked for, which is noted before the carrier is asked; then it has the carrier's own id, and is
a call like any other: its customer is put through by the waiting room of voice. What a crash or a lost answer left in
the state "asked" is looked for at the carrier, and asked for again only when the carrier has said several times that
there is no such call.
"""

from dataclasses import dataclass, field
from typing import Protocol

import structlog

from services.ingest.callback.requests import Requests
from services.ingest.carriers import carrier as carriers
from services.ingest.carriers.carrier import CallState, NewCall
from services.ingest.channels.voice import Voice
from services.ingest.envelopes import Outgoing
from services.ingest.front_door import Unavailable
from services.ingest.log_codec import encode_outgoing
from services.ingest.send_loop import Persistence
from services.ingest.sends import CLAIMED, LEASE_MS, Send, Sends, sends_of
from services.ingest.voice.calls import Call
from services.ingest.voice.line import NUMBER, Line
from services.ingest.voice.room import Stage
from services.ingest.voice.surroundings import STATUS, WAIT
from services.plan.compiled import Channel
from services.shared.document_store import StoreUnavailable
from services.shared.keyed_hash import keyed_hash

CALLS_TO_MAKE = sends_of("callback")
ASKED = "asked"
# The carrier said that it was not made, so that it may be asked for again.
NOT_MADE = "not made"
NOT_REACHED = "not reached"
RING_S = 40
# The agent sits there and waits: a carrier that can't be asked for so long does not reach the customer.
PERSISTENCE = Persistence(give_up_ms=60_000)
AGAIN_MS = 3_000
# An agent's accept may be heard of on contacts.outbound before it is read in router.log.
HEARD_AFTER_MS = 500
# A request to the carrier ends within 20 s (twilio_http.WHOLE_S): then it was made or not.
LOOK_FOR_AFTER_MS = 5_000
LOOK_FOR_TIMES = 3
# Who chose to be called back hears that they will be, and hangs up; that the call is over is told, and may be lost.
STILL_SPEAKS_MS = 500
HANGS_UP_WITHIN_MS = 20_000
# Our clock may differ from the carrier's.
CLOCKS_APART_MS = 60_000

log = structlog.get_logger(__name__)


class CallMaker(Protocol):
    """What this asks of the carrier; see carriers/carrier.py."""

    async def create_call(self, call: NewCall) -> carriers.Call:
        """Call somebody."""
        ...

    async def calls_to(self, from_: str, to: str, since_ms: int) -> list[carriers.Call]:
        """Calls that were made from one number to another since then."""
        ...


@dataclass(frozen=True, slots=True)
class Dialing:
    """Works with what voice works with, for the customer's call is one of its calls."""

    carrier: CallMaker
    voice: Voice
    sends: Sends
    requests: Requests
    ids_key: bytes = field(repr=False)
    persistence: Persistence = PERSISTENCE

    async def claim(self, outgoing: Outgoing) -> None:
        """Take down that a customer is to be called; the same again does nothing. Raises StoreUnavailable."""
        send_id = keyed_hash(self.ids_key, "callback-call", outgoing.tenant, outgoing.event_id)
        await self.sends.claim(send_id, encode_outgoing(outgoing))

    async def attempt(self, send: Send) -> None:
        """Bring a call one state further."""
        try:
            await self._advance(send)
        except carriers.CarrierError as error:
            log.warning("the carrier could not be asked about a call-back", contact_id=_id(send), because=str(error))
            await self._again(send)
        except (StoreUnavailable, Unavailable) as error:
            # It stays open, and comes due again when the lease has passed.
            log.warning("a call-back was interrupted", again_after_ms=LEASE_MS, because=str(error))

    async def _advance(self, send: Send) -> None:
        if send.state == ASKED:
            await self._look_for(send)
        elif send.state == NOT_REACHED:
            await self._tell(send)
        else:
            await self._begin(send)

    async def _begin(self, send: Send) -> None:
        """Call the customer, if the agent who accepted still waits for that and nobody is on the line."""
        around = self.voice.around
        if (why := around.not_ready_because()) is not None:
            raise Unavailable(why)
        if not self._is_wanted(send):
            await self._not_wanted(send)
        elif NUMBER.fullmatch(send.outgoing.to) is None:
            log.warning("a call-back names no number to be called", contact_id=_id(send))
            await self._not_reached(send)
        elif await self._still_speaks(send):
            await self.sends.later(send, STILL_SPEAKS_MS)
        elif self._is_handed_over(send) or await self.voice.connect(send.outgoing):
            await self._call(send)
        else:
            await self.sends.close(send)

    def _is_wanted(self, send: Send) -> bool:
        connect, outgoing = send.outgoing.connect, send.outgoing
        standing = self.voice.around.room.standing(outgoing.tenant, outgoing.contact_id)
        if connect is None or standing is None:
            return False
        is_theirs = standing.offer_id == connect.offer_id or standing.handed_over
        return standing.stage is Stage.ACCEPTED and is_theirs

    def _is_handed_over(self, send: Send) -> bool:
        """Whoever has it now was called when they were asked about it; of that nobody else takes down a call."""
        standing = self.voice.around.room.standing(send.outgoing.tenant, _id(send))
        return standing is not None and standing.handed_over

    async def _still_speaks(self, send: Send) -> bool:
        """Whether the customer is in the call yet in which they chose to be called back: they would be busy."""
        previous = self.requests.previous(_id(send))
        waited_ms = self.sends.clock.wall_ms() - send.outgoing.written_at_ms
        if not previous or waited_ms > HANGS_UP_WITHIN_MS:
            return False
        call = await self.voice.around.calls.get(previous)
        return call is not None and call.open

    async def _not_wanted(self, send: Send) -> None:
        """The agent has let go of it, or the log has not said yet that they accepted."""
        standing = self.voice.around.room.standing(send.outgoing.tenant, _id(send))
        is_over = standing is not None and standing.stage is Stage.OVER
        if is_over or self._is_late(send):
            await self.sends.close(send)
        else:
            await self.sends.later(send, HEARD_AFTER_MS)

    async def _call(self, send: Send) -> None:
        known = await self.voice.around.calls.get(_id(send))
        if known is not None and (known.call_id or not known.open):
            # The customer holds the line since an earlier accept, and is put through when the carrier asks next.
            await self.sends.close(send)
            return
        asked = await self.sends.move(send, ASKED)
        if asked is None:
            return
        if known is not None and send.state == CLAIMED:
            # It was asked for after an earlier accept, and nobody knows yet what came of that.
            await self.sends.later(asked, LOOK_FOR_AFTER_MS)
            return
        await self.voice.around.calls.open(self._new_call(asked))
        await self._ask(asked)

    async def _ask(self, send: Send) -> None:
        outgoing, urls = send.outgoing, self.voice.around.urls
        line = self._line(send)
        call = NewCall(outgoing.from_, outgoing.to, line.url(urls, WAIT), line.url(urls, STATUS), RING_S)
        try:
            made = await self.carrier.create_call(call)
        except carriers.Refused as error:
            log.warning("the carrier refuses to call a customer back", contact_id=_id(send), because=str(error))
            await self._not_reached(send)
        except carriers.Uncertain as error:
            log.warning("nobody knows yet whether a customer is called", contact_id=_id(send), because=str(error))
            await self.sends.later(send, LOOK_FOR_AFTER_MS)
        except carriers.Unavailable as error:
            log.warning("the carrier can't be reached to call a customer", contact_id=_id(send), because=str(error))
            if (not_made := await self.sends.move(send, NOT_MADE)) is not None:
                await self._again(not_made)
        else:
            await self._made(send, made)

    async def _made(self, send: Send, made: carriers.Call) -> None:
        """It has the carrier's id: from here on it is a call like others."""
        await self.voice.around.calls.open(self._new_call(send))
        await self.voice.around.calls.named(_id(send), made.id)
        if made.state.is_over:
            await self.voice.endings.tell(self._line(send), Channel.CALLBACK, made.state)
        await self.sends.close(send)
        # What the log said while it had no id yet.
        self.voice.acts.changed(send.outgoing.tenant, _id(send))

    async def _look_for(self, send: Send) -> None:
        """Find out whether the carrier makes the call, though it never said so."""
        known = await self.voice.around.calls.get(_id(send))
        if known is not None and known.call_id:
            # The customer answered, and so it was heard of.
            await self.sends.close(send)
            return
        outgoing = send.outgoing
        since_ms = send.changed_at_ms - CLOCKS_APART_MS
        found = await self.carrier.calls_to(outgoing.from_, outgoing.to, since_ms)
        for call in found:
            if await self.voice.around.calls.find(call.id) is None:
                await self._made(send, call)
                return
        if send.attempts < LOOK_FOR_TIMES:
            await self.sends.later(send, LOOK_FOR_AFTER_MS)
        elif (again := await self.sends.move(send, NOT_MADE)) is not None:
            await self.sends.later(again, 0)

    async def _again(self, send: Send) -> None:
        if self._is_late(send):
            await self._not_reached(send)
        else:
            await self.sends.later(send, AGAIN_MS)

    async def _not_reached(self, send: Send) -> None:
        if (settled := await self.sends.move(send, NOT_REACHED)) is not None:
            await self._tell(settled)

    async def _tell(self, send: Send) -> None:
        await self.voice.endings.tell(self._line(send), Channel.CALLBACK, CallState.FAILED)
        await self.sends.close(send)

    def _is_late(self, send: Send) -> bool:
        return self.sends.clock.wall_ms() - send.outgoing.written_at_ms > self.persistence.give_up_ms

    def _new_call(self, send: Send) -> Call:
        line = self._line(send)
        return Call(
            line.contact_id, line.tenant, line.company, Channel.CALLBACK, "", send.outgoing.from_, line.language
        )

    def _line(self, send: Send) -> Line:
        outgoing = send.outgoing
        language = self.requests.language(outgoing.contact_id)
        return Line(outgoing.tenant, outgoing.company, outgoing.contact_id, language)


def _id(send: Send) -> str:
    return send.outgoing.contact_id
