"""Conferences at the carrier: what is told to an agent's telephone that stands by itself, and to whom it waits for.

Each is of two: agents among themselves, or an agent and the customer. Whoever leaves ends it, and who remains is asked
for anew, so that nobody is left in one; where they belong then is the log's word alone.
"""

from contextlib import suppress
from dataclasses import replace

from services.ingest.carriers.carrier import CallState
from services.ingest.carriers.webhook import NotTaken, Webhook
from services.ingest.front_door import Unavailable
from services.ingest.voice.leg_endings import LegEndings
from services.ingest.voice.legs import Leg
from services.ingest.voice.line import Line, call_id_of, count_in, line_of, offer_of
from services.ingest.voice.room import Stage, Standing
from services.ingest.voice.sentences import sentences_in, spoken_language
from services.ingest.voice.surroundings import DIALED, LEG, WAIT, HoldOn, Surroundings
from services.ingest.voice.twiml import Document
from services.shared.document_store import StoreUnavailable


def meets_in(standing: Standing | None, offer_id: str) -> str:
    """The conference in which the agent of that offer belongs; "" for none: their call is over."""
    if standing is None or standing.stage is not Stage.ACCEPTED:
        return ""
    if standing.asked is not None and offer_id in (standing.offer_id, standing.asked.offer_id):
        return f"asked-{standing.asked.offer_id}"
    return f"call-{offer_id}" if offer_id == standing.offer_id else ""


def is_held(standing: Standing, leg: Leg | None) -> bool:
    """Whether a customer holds the line for the agent who has them: that one speaks with a colleague, or is called.

    `leg`: the agent's telephone, if it stands by itself.
    """
    is_on = standing.stage is Stage.ACCEPTED and leg is not None and leg.open
    return is_on and leg is not None and (standing.asked is not None or not leg.place)


class Meetings:
    """Answers with TwiML for agents' telephones and for customers, and with nothing to what is said of telephones."""

    def __init__(self, around: Surroundings, endings: LegEndings) -> None:
        self._around = around
        self._endings = endings

    async def leg(self, webhook: Webhook) -> str:
        """An agent's telephone was answered, was taken out of a call, or its conference is over.

        Raises NotTaken, HoldOn.
        """
        line, offer_id, call_id = line_of(webhook), offer_of(webhook), call_id_of(webhook)
        state = _state(webhook)
        if state.is_over:
            await self.hung_up(line, offer_id, call_id, state)
            return str(Document().hang_up())
        if (why := self._around.not_ready_because()) is not None:
            raise HoldOn(why)
        try:
            leg = await self._leg(line, offer_id, call_id)
            standing = self._around.room.standing(line.tenant, line.contact_id)
            place = meets_in(standing, offer_id)
            if leg is None or standing is None or not place:
                return str(Document().hang_up())
            await self._comes_to(leg, place, standing)
        except (Unavailable, StoreUnavailable) as error:
            raise HoldOn(str(error)) from None
        again = line.url(self._around.urls, LEG, offer=offer_id)
        return str(Document().meet(place, again, in_private=standing.asked is not None))

    async def status(self, webhook: Webhook) -> None:
        """What the carrier says of a colleague's telephone. Raises NotTaken, Unavailable, StoreUnavailable."""
        state = _state(webhook)
        if state.is_over:
            await self.hung_up(line_of(webhook), offer_of(webhook), call_id_of(webhook), state)

    async def hung_up(self, line: Line, offer_id: str, call_id: str, state: CallState) -> None:
        """A telephone's call is over; nothing is to be done unless it stood by itself. Raises as `status`."""
        if (why := self._around.not_ready_because()) is not None:
            raise Unavailable(why)
        leg = await self._leg(line, offer_id, call_id)
        if leg is not None:
            await self._endings.over(leg, state)

    async def customer(self, line: Line, webhook: Webhook, standing: Standing) -> str | None:
        """A customer is on hold, or meets the agent; None where the agent's telephone is to be called."""
        leg = await self._around.legs.get(line.contact_id, standing.offer_id)
        if leg is None or not leg.open:
            return None
        if is_held(standing, leg):
            return await self._hold(line, count_in(webhook, "held"))
        await self._around.calls.dialing(line.contact_id, standing.offer_id)
        with suppress(Unavailable):  # it is told again when they have spoken
            await self._around.reports.answered(line, standing.offer_id)
        rung = str(self._around.clock.wall_ms())
        ended_url = line.url(self._around.urls, DIALED, offer=standing.offer_id, met="1", rung=rung)
        document = Document().say(sentences_in(line.language).connecting, spoken_language(line.language))
        return str(document.meet(meets_in(standing, standing.offer_id), ended_url, in_private=False))

    async def _leg(self, line: Line, offer_id: str, call_id: str) -> Leg | None:
        """The telephone, if it is on and that is its call; so the carrier's id of a colleague's is learned."""
        leg = await self._around.legs.get(line.contact_id, offer_id)
        if leg is None or not leg.open or leg.tenant != line.tenant or leg.call_id not in ("", call_id):
            return None
        if not leg.call_id:
            await self._around.legs.change(leg, call_id=call_id)
        return replace(leg, call_id=call_id)

    async def _comes_to(self, leg: Leg, place: str, standing: Standing) -> None:
        if leg.place == place:
            return
        asked = standing.asked
        if not leg.place and asked is not None and asked.offer_id == leg.offer_id:
            consultation = Line(leg.tenant, leg.company, asked.consultation_id, "")
            await self._around.reports.answered(consultation, asked.offer_id)
        await self._around.legs.change(leg, place=place, sent_to="")
        # The customer may hold the line for this.
        self._around.room.on_change(leg.tenant, leg.contact_id)

    async def _hold(self, line: Line, held: int | None) -> str:
        """`held`: how often it was asked since anything was said, None before the first time."""
        manners, document = self._around.manners, Document()
        if held is None:
            await self._around.calls.holding(line.contact_id)
        says = held is None or held + 1 >= max(1, round(manners.say_s / manners.ask_s))
        if says:
            document.say(sentences_in(line.language).on_hold, spoken_language(line.language))
        again = "0" if says or held is None else str(held + 1)
        return str(document.wait(manners.ask_s, line.url(self._around.urls, WAIT, held=again)))


def _state(webhook: Webhook) -> CallState:
    try:
        return CallState(webhook.field("CallStatus"))
    except ValueError:
        raise NotTaken(400, "The request was not taken: its CallStatus is none that the carrier documents.") from None
