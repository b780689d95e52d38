"""What warm transfers want of the carrier: agents' telephones are taken out of calls, called, moved and hung up.

As in acts.py it is done by comparing: where a telephone belongs follows from the log, where it is from its document,
and whether it is on at all the carrier says.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from services.ingest.carriers.carrier import Call as CarriersCall
from services.ingest.carriers.carrier import CallState, NewCall, Refused, Unavailable, Uncertain
from services.ingest.voice.calls import Call
from services.ingest.voice.leg_endings import LegEndings
from services.ingest.voice.legs import Leg
from services.ingest.voice.line import Line
from services.ingest.voice.meetings import is_held, meets_in
from services.ingest.voice.metrics import ACTS
from services.ingest.voice.room import Stage, Standing
from services.ingest.voice.surroundings import LEG, LEG_STATUS, WAIT, Surroundings

# "The requested resource was not found": https://www.twilio.com/docs/api/errors/20404
NO_SUCH_CALL = 20_404
# Of a carrier that can't be reached; the agents speak with nobody meanwhile.
GIVE_UP_MS = 30_000

log = structlog.get_logger(__name__)


class LegControl(Protocol):
    """The part of a carrier that is needed for agents' telephones. Its methods raise Refused and Unavailable."""

    async def create_call(self, call: NewCall) -> CarriersCall: ...

    async def redirect_call(self, call_id: str, url: str) -> None: ...

    async def hang_up(self, call_id: str) -> None: ...

    async def call(self, call_id: str) -> CarriersCall: ...

    async def calls_put_through(self, call_id: str) -> list[CarriersCall]: ...


@dataclass(frozen=True, slots=True)
class Colleagues:
    """Its methods raise CarrierError, StoreUnavailable and front_door.Unavailable: do it again."""

    around: Surroundings
    carrier: LegControl
    endings: LegEndings

    async def part(self, call: Call, standing: Standing) -> None:
        """Take the agent who asks out of the conversation with the customer, who goes on hold.

        Nothing happens while the agent's telephone still rings: it is looked at again when it is answered.
        """
        leg = await self.around.legs.get(call.contact_id, standing.offer_id)
        if leg is not None and leg.open and leg.place:
            await self._redirect_customer(call)
            await self.around.calls.dialing(call.contact_id, "", instead_of=call.dialed_offer)
            return
        if leg is None or not leg.open:
            on = await self.carrier.calls_put_through(call.call_id)
            if not on:
                return
            # Before it is taken out (by what looks after it): then nobody takes it for hung up.
            await self._note(call, standing, on[0].id, leg)

    async def end_hold(self, call: Call, standing: Standing) -> None:
        """Have a customer asked for who holds the line and need not any more; else it would be done in a moment."""
        leg = await self.around.legs.get(call.contact_id, standing.offer_id) if standing.offer_id else None
        if not is_held(standing, leg) and await self.around.calls.may_end_hold(call):
            await self._redirect_customer(call)

    async def look_after(self, contact_id: str) -> None:
        """Bring each telephone of a customer's call to where it belongs, or to its end."""
        for leg in await self.around.legs.of(contact_id):
            standing = self.around.room.standing(leg.tenant, leg.contact_id)
            if not leg.open:
                await self._forget_if_over(leg, standing)
            elif not (place := meets_in(standing, leg.offer_id)):
                await self._end(leg, standing)
            elif not leg.asked_at_ms:
                await self._call(leg)
            elif leg.call_id:
                await self._keep(leg, place)
            elif self.around.legs.is_old(leg):
                await self.endings.over(leg, CallState.FAILED)

    async def _note(self, call: Call, standing: Standing, call_id: str, before: Leg | None) -> None:
        leg = before or Leg(call.contact_id, call.tenant, call.company, standing.offer_id)
        now_ms = self.around.clock.wall_ms()
        await self.around.legs.renew(replace(leg, call_id=call_id, asked_at_ms=now_ms, place="", sent_to="", open=True))

    async def _redirect_customer(self, call: Call) -> None:
        line = Line(call.tenant, call.company, call.contact_id, call.language)
        await self.carrier.redirect_call(call.call_id, line.url(self.around.urls, WAIT))
        ACTS.labels("hold").inc()

    async def _send(self, leg: Leg, place: str) -> None:
        """Have it asked for, out of whatever it is in; once."""
        if leg.sent_to == place:
            return
        await self.carrier.redirect_call(leg.call_id, self._url(leg, LEG))
        ACTS.labels("meet").inc()
        await self.around.legs.change(leg, when={"place": leg.place}, sent_to=place)

    async def _call(self, leg: Leg) -> None:
        """Call a colleague, once: it is noted before the carrier is asked."""
        customers = await self.around.calls.get(leg.contact_id)
        now_ms = self.around.clock.wall_ms()
        if customers is None or not await self.around.legs.change(leg, when={"asked_at_ms": 0}, asked_at_ms=now_ms):
            return
        ring_s, status_url = self.around.manners.ring_s, self._url(leg, LEG_STATUS)
        try:
            made = await self.carrier.create_call(
                NewCall(customers.dialed, leg.address, self._url(leg, LEG), status_url, ring_s)
            )
        except Refused as error:
            log.warning("the carrier refuses to call a colleague", contact_id=leg.contact_id, because=str(error))
            await self.endings.over(leg, CallState.FAILED)
        except Uncertain as error:
            # If it rings, the carrier says so; else it is given up when nothing was heard of it.
            log.warning("nobody knows yet whether a colleague is called", contact_id=leg.contact_id, because=str(error))
        except Unavailable:
            await self._not_called(leg, now_ms)
            raise
        else:
            ACTS.labels("call colleague").inc()
            await self.around.legs.change(leg, when={"call_id": ""}, call_id=made.id)
            # What the log said while it had no id.
            self.around.room.on_change(leg.tenant, leg.contact_id)

    async def _not_called(self, leg: Leg, now_ms: int) -> None:
        if now_ms - leg.noted_at_ms >= GIVE_UP_MS:
            await self.endings.over(leg, CallState.FAILED)
        else:
            await self.around.legs.change(leg, when={"call_id": ""}, asked_at_ms=0)

    async def _keep(self, leg: Leg, place: str) -> None:
        """One that is wanted: the carrier is asked whether it is on, for a callback may be lost."""
        state = await self._state(leg)
        if state.is_over:
            await self.endings.over(leg, state)
        elif leg.place != place and (leg.place or not leg.consultation_id):
            await self._send(leg, place)

    async def _end(self, leg: Leg, standing: Standing | None) -> None:
        """One that is not wanted any more, or not yet: an accept may be heard of before it is read in the log."""
        is_over = standing is None or standing.stage is Stage.OVER
        if not leg.asked_at_ms and not self.around.legs.is_old(leg) and not (is_over and standing):
            return
        if leg.call_id:
            await self._hang_up(leg)
        await self.around.legs.change(leg, when={"call_id": leg.call_id}, open=False)
        await self._forget_if_over(replace(leg, open=False), standing)

    async def _hang_up(self, leg: Leg) -> None:
        try:
            await self.carrier.hang_up(leg.call_id)
            ACTS.labels("hang_up").inc()
        except Refused as error:
            if error.code != NO_SUCH_CALL:
                raise

    async def _forget_if_over(self, leg: Leg, standing: Standing | None) -> None:
        if standing is None or standing.stage is Stage.OVER:
            await self.around.legs.forget(leg)

    async def _state(self, leg: Leg) -> CallState:
        try:
            return (await self.carrier.call(leg.call_id)).state
        except Refused as error:
            if error.code != NO_SUCH_CALL:
                raise
            return CallState.COMPLETED

    def _url(self, leg: Leg, path: str) -> str:
        line = Line(leg.tenant, leg.company, leg.contact_id, "")
        return line.url(self.around.urls, path, offer=leg.offer_id)
