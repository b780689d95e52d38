"""What follows from it that an agent's telephone, which stood by itself, was hung up or not answered."""

from services.ingest.carriers.carrier import CallState
from services.ingest.envelopes import LeftReason
from services.ingest.voice.legs import Leg
from services.ingest.voice.line import Line
from services.ingest.voice.reports import NOT_ANSWERED
from services.ingest.voice.room import Stage, Standing
from services.ingest.voice.surroundings import Surroundings


class LegEndings:
    """Tells of each once, whoever heard of it first. What the log has hung up says nothing."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    async def over(self, leg: Leg, state: CallState) -> None:
        """Its call is over. Raises Unavailable, StoreUnavailable: let it be heard again."""
        standing = self._around.room.standing(leg.tenant, leg.contact_id)
        if standing is not None and standing.stage is Stage.ACCEPTED:
            await self._tell(leg, standing, NOT_ANSWERED.get(state.value, NOT_ANSWERED["failed"]))
        await self._around.legs.change(leg, when={"call_id": leg.call_id}, open=False)
        # The customer may have held the line for it.
        self._around.room.on_change(leg.tenant, leg.contact_id)

    async def _tell(self, leg: Leg, standing: Standing, why: str) -> None:
        reports, asked = self._around.reports, standing.asked
        customer = Line(leg.tenant, leg.company, leg.contact_id, "")
        if asked is not None and leg.offer_id in (standing.offer_id, asked.offer_id):
            consultation = Line(leg.tenant, leg.company, asked.consultation_id, "")
            if leg.offer_id == asked.offer_id and not leg.place:
                await reports.unanswered(consultation, asked.offer_id, why)
            else:
                # Who had the customer has them still, and is called anew.
                await reports.left(consultation, LeftReason.AGENT)
        elif leg.offer_id != standing.offer_id:
            return
        elif leg.place and await self._is_with_the_customer(leg):
            await reports.left(customer, LeftReason.AGENT)
        elif not leg.place and leg.consultation_id:
            # Handed over while the telephone rang.
            await reports.unanswered(customer, leg.offer_id, why)

    async def _is_with_the_customer(self, leg: Leg) -> bool:
        call = await self._around.calls.get(leg.contact_id)
        return call is not None and call.dialed_offer == leg.offer_id
