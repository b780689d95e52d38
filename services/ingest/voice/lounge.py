"""The waiting room's hooks: what callers who wait are told, and how they are put through to the agent who accepted.

A caller is put through only when the log says that an agent accepted, and contacts.outbound where their telephone is.
"""

from services.ingest.carriers.carrier import CallState
from services.ingest.carriers.webhook import Webhook
from services.ingest.envelopes import LeftReason
from services.ingest.front_door import Unavailable
from services.ingest.voice.call_back_offers import CallBackOffers
from services.ingest.voice.diversions import Diversions
from services.ingest.voice.line import Line, call_id_of, count_in, moment_in, offer_of
from services.ingest.voice.meetings import Meetings
from services.ingest.voice.reports import NOT_ANSWERED
from services.ingest.voice.room import Outlook, Stage
from services.ingest.voice.sentences import sentences_in, spoken_language, wait_sentence
from services.ingest.voice.surroundings import AGENT, DIALED, WAIT, Surroundings, call_on
from services.ingest.voice.twiml import Document, Ringing
from services.shared.document_store import StoreUnavailable

# Until the router knows of the caller nothing can be said of their place; that takes a moment only.
FIRST_ASK_S = 1
AGAIN_S = 2
OVER = frozenset(state.value for state in CallState if state.is_over)
PUT_THROUGH = frozenset({"completed", "answered"})


class Lounge:
    """Answers with TwiML for the customer's call, and with nothing to what is said of the agent's telephone."""

    def __init__(self, around: Surroundings, meetings: Meetings) -> None:
        self._around = around
        self.meetings = meetings
        self._diversions = Diversions(around)
        self.offers = CallBackOffers(around)

    async def wait(self, webhook: Webhook) -> str:
        """A caller waits. Raises NotTaken."""
        line = await self._around.line(webhook)
        await self._around.calls.keep(call_on(line, webhook))
        after = webhook.query.get("after", "")
        standing = self._around.room.standing(line.tenant, line.contact_id)
        if standing is not None and standing.diverted is not None:
            return await self._diversions.begin(line, standing.diverted, await self._dialed(line, webhook))
        if standing is not None and standing.called_back:
            return await self.offers.promised(line)
        if standing is not None and standing.stage is Stage.OVER:
            return str(Document().hang_up())
        if standing is not None and standing.stage is Stage.ACCEPTED and standing.offer_id != after:
            if (met := await self.meetings.customer(line, webhook, standing)) is not None:
                return met
            address = await self._agent_address(line, standing.offer_id)
            if address:
                return await self._put_through(line, webhook, standing.offer_id, address)
        return self._go_on_waiting(line, webhook, count_in(webhook, "said"), count_in(webhook, "told") or 0)

    async def dialed(self, webhook: Webhook) -> str:
        """Putting a caller through to an agent has ended, well or not. Raises NotTaken."""
        line = await self._around.line(webhook)
        offer_id = offer_of(webhook)
        outcome = webhook.query.get("outcome", "") or webhook.field("DialCallStatus")
        if await self._was_told(line, moment_in(webhook, "rung")):
            return str(Document().go_on(line.url(self._around.urls, WAIT)))
        try:
            if outcome in PUT_THROUGH:
                await self._around.reports.answered(line, offer_id)
            if webhook.field("CallStatus") in OVER:
                return await self._end(line, LeftReason.CUSTOMER)
            if await self._is_elsewhere(line, webhook, offer_id):
                return str(Document().go_on(line.url(self._around.urls, WAIT)))
            if outcome in PUT_THROUGH:
                return await self._after_the_conversation(line, offer_id)
            return await self._back_to_waiting(line, offer_id, outcome)
        except Unavailable:
            same = {name: webhook.query[name] for name in ("met", "rung") if webhook.query.get(name)}
            again = line.url(self._around.urls, DIALED, offer=offer_id, outcome=outcome, **same)
            return str(Document().wait(AGAIN_S, again))

    async def agent(self, webhook: Webhook) -> None:
        """The agent's telephone was answered, or hung up. Raises NotTaken, Unavailable."""
        line, offer_id = await self._around.line(webhook, "ParentCallSid"), offer_of(webhook)
        state = webhook.field("CallStatus")
        spoke = state == CallState.COMPLETED and webhook.field("CallDuration") not in ("", "0")
        if state == CallState.IN_PROGRESS or spoke:
            await self._around.reports.answered(line, offer_id)
        if state in OVER:
            await self.meetings.hung_up(line, offer_id, call_id_of(webhook), CallState(state))
            return
        standing = self._around.room.standing(line.tenant, line.contact_id)
        if standing is not None and standing.asked is not None:
            # They asked before they picked up, and are to speak with the colleague.
            self._around.room.on_change(line.tenant, line.contact_id)

    async def _is_elsewhere(self, line: Line, webhook: Webhook, offer_id: str) -> bool:
        """The agent has not hung up, as far as is known: their telephone was taken out, or their conference ended."""
        leg = await self._around.legs.get(line.contact_id, offer_id)
        if leg is None or not leg.open:
            return False
        await self._around.calls.rung_out(line.contact_id, moment_in(webhook, "rung"))
        if not webhook.query.get("met"):
            await self._around.calls.dialing(line.contact_id, "", instead_of=offer_id)
        # The carrier is asked whether it is on.
        self._around.room.on_change(line.tenant, line.contact_id)
        return True

    async def _was_told(self, line: Line, rung_ms: int) -> bool:
        """Whether it is told again that this is over: the customer may be with the agent once more by now."""
        try:
            call = await self._around.calls.get(line.contact_id)
        except StoreUnavailable:
            return False
        return call is not None and 0 < rung_ms <= call.rung_out_ms

    async def _agent_address(self, line: Line, offer_id: str) -> str:
        """Where the agent's telephone is; of one that was called for a consultation its document knows."""
        try:
            leg = await self._around.legs.get(line.contact_id, offer_id)
            known = leg.address if leg is not None else ""
            return known or await self._around.connects.agent_address(line.contact_id, offer_id)
        except StoreUnavailable:
            return ""  # it is asked again in a moment

    async def _put_through(self, line: Line, webhook: Webhook, offer_id: str, address: str) -> str:
        around = self._around
        await around.calls.dialing(line.contact_id, offer_id)
        ringing = Ringing(
            agent_address=address,
            # One of our own numbers: the carrier lets others call with no other.
            from_=await self._dialed(line, webhook),
            ring_s=around.manners.ring_s,
            ended_url=line.url(around.urls, DIALED, offer=offer_id, rung=str(around.clock.wall_ms())),
            agent_url=line.url(around.urls, AGENT, offer=offer_id),
        )
        said = sentences_in(line.language).connecting
        return str(Document().say(said, spoken_language(line.language)).dial(ringing))

    async def _dialed(self, line: Line, webhook: Webhook) -> str:
        """The number that the customer called, or was called back from."""
        try:
            call = await self._around.calls.get(line.contact_id)
        except StoreUnavailable:
            call = None
        return call.dialed if call else webhook.field("To")

    def _go_on_waiting(self, line: Line, webhook: Webhook, asked: int | None, told: int) -> str:
        """`asked`: how often it was asked since anything was said, None before the first time.

        `told`: how much of what the router had to say was told. Each of it is told once, for it grows old; in between
        callers hear that they are still in line.
        """
        around, after, sentences = self._around, webhook.query.get("after", ""), sentences_in(line.language)
        outlook = around.room.outlook(line.tenant, line.contact_id)
        if outlook is None and asked is None:
            return str(Document().wait(FIRST_ASK_S, line.url(around.urls, WAIT, after=after)))
        said, asked = [], -1 if asked is None else asked
        if outlook is not None and outlook.number > told:
            said = _outlook_words(outlook, line.language)
            asked, told = -1, outlook.number
        elif outlook is not None and asked + 1 >= max(1, round(around.manners.say_s / around.manners.ask_s)):
            said, asked = [sentences.queued], -1
        where = {"after": after, "said": str(asked + 1), "told": str(told)}
        if outlook is not None and outlook.callback_offered and self.offers.may_choose(webhook):
            return self.offers.beside(line, said, where)
        document = Document()
        for text in said:
            document.say(text, spoken_language(line.language))
        return str(document.wait(around.manners.ask_s, line.url(around.urls, WAIT, **where)))

    async def _after_the_conversation(self, line: Line, offer_id: str) -> str:
        """The agent's end hung up: that is the end, unless the log has given the caller to somebody else by now."""
        standing = self._around.room.standing(line.tenant, line.contact_id)
        moved_on = standing is not None and standing.stage is not Stage.OVER and standing.offer_id != offer_id
        if moved_on:
            return str(Document().go_on(line.url(self._around.urls, WAIT, after=offer_id)))
        return await self._end(line, LeftReason.AGENT)

    async def _end(self, line: Line, reason: LeftReason) -> str:
        standing = self._around.room.standing(line.tenant, line.contact_id)
        if standing is None or standing.stage is not Stage.OVER:
            await self._around.reports.left(line, reason)
        await self._around.calls.over(line.contact_id)
        return str(Document().hang_up())

    async def _back_to_waiting(self, line: Line, offer_id: str, outcome: str) -> str:
        why = NOT_ANSWERED.get(outcome, NOT_ANSWERED["failed"])
        await self._around.reports.unanswered(line, offer_id, why)
        await self._around.calls.dialing(line.contact_id, "", instead_of=offer_id)
        said = sentences_in(line.language).not_answered
        document = Document().say(said, spoken_language(line.language))
        return str(document.go_on(line.url(self._around.urls, WAIT, after=offer_id)))


def _outlook_words(outlook: Outlook, language: str) -> list[str]:
    said = sentences_in(language)
    place = said.next_in_line if outlook.position == 1 else said.position.format(number=outlook.position)
    return [place, wait_sentence(said, outlook.wait_ms)] if outlook.wait_ms else [place]
