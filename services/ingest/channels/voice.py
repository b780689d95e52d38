"""The telephone: calls that come in by the carrier's webhooks, wait, and are put through to agents' telephones.

The carrier asks what to do with a call and is answered with TwiML. What an answer needs stands in the URL asked,
in the log, or in the call's document: nothing of a call is in this process alone.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from services.ingest.carriers.webhook import Hook, Webhook
from services.ingest.channels.channel import Capabilities, Fate, SendResult
from services.ingest.envelopes import Connect, Outgoing
from services.ingest.voice.acts import Acts
from services.ingest.voice.diversions import RECORDING, Diversions
from services.ingest.voice.endings import Endings
from services.ingest.voice.legs import Leg
from services.ingest.voice.line import Line
from services.ingest.voice.lounge import Lounge
from services.ingest.voice.metrics import ANSWERED
from services.ingest.voice.reception import AGAIN_S, INCOMING, Reception
from services.ingest.voice.reports import NO_TELEPHONE
from services.ingest.voice.surroundings import (
    AGENT,
    CALLBACK,
    DIALED,
    DIVERTED,
    LEG,
    LEG_STATUS,
    MENU,
    RECORDED,
    STATUS,
    WAIT,
    HoldOn,
    Surroundings,
)
from services.ingest.voice.twiml import Document
from services.plan.compiled import Channel as Medium

NO_WORDS = "A call takes no written answers; speak to the customer."


@dataclass(frozen=True, slots=True)
class Voice:
    """Calls that customers make; call-backs use its hooks too, once the customer's telephone rings."""

    around: Surroundings
    reception: Reception
    lounge: Lounge
    endings: Endings
    acts: Acts
    diversions: Diversions

    @property
    def medium(self) -> Medium:
        return Medium.VOICE

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(can_reply=False, is_live=True)

    @property
    def hooks(self) -> Mapping[str, Hook]:
        """What the carrier calls, by the path below the edge's own."""
        return {
            INCOMING: self._answering(INCOMING, self.reception.incoming),
            MENU: self._answering(MENU, self.reception.menu),
            WAIT: self._answering(WAIT, self.lounge.wait),
            DIALED: self._answering(DIALED, self.lounge.dialed),
            CALLBACK: self._answering(CALLBACK, self.lounge.offers.chosen),
            DIVERTED: self._answering(DIVERTED, self.diversions.diverted),
            RECORDED: self._answering(RECORDED, self.diversions.recorded),
            LEG: self._answering(LEG, self.lounge.meetings.leg),
            LEG_STATUS: self.lounge.meetings.status,
            AGENT: self.lounge.agent,
            STATUS: self.endings.status,
        }

    async def start(self) -> None:
        """Be told of changes in the log."""
        self.around.room.on_change = self.acts.changed

    async def stop(self) -> None:
        """Nothing: calls go on at the carrier, and come back to whoever is there then."""

    async def send(self, outgoing: Outgoing) -> SendResult:  # noqa: ARG002  # the port's
        """Nothing can be written to somebody on the telephone."""
        return SendResult(Fate.FAILED, NO_WORDS)

    async def connect(self, outgoing: Outgoing) -> bool:
        """Note where the agent is to be called who accepted; False where nobody knows that.

        The carrier is made to ask at once what to do with the customer's call; where that fails, it is put through
        when it next asks of itself. Raises StoreUnavailable, Unavailable.
        """
        if outgoing.connect is None:
            return False
        line = Line(outgoing.tenant, outgoing.company, outgoing.contact_id, "")
        if outgoing.connect.agent_address and outgoing.connect.about:
            await self._ask(outgoing, outgoing.connect)
            return True
        if not outgoing.connect.agent_address:
            await self.around.reports.unanswered(line, outgoing.connect.offer_id, NO_TELEPHONE)
            return False
        await self.around.connects.put(outgoing.contact_id, outgoing.connect)
        self.acts.fetch(outgoing.contact_id, outgoing.connect.offer_id)
        return True

    async def _ask(self, outgoing: Outgoing, connect: Connect) -> None:
        """A colleague has accepted a consultation about a call: note where they are to be called."""
        leg = Leg(
            connect.about,
            outgoing.tenant,
            outgoing.company,
            connect.offer_id,
            outgoing.contact_id,
            connect.agent_address,
        )
        await self.around.legs.note(leg)
        self.acts.look_at(connect.about)

    def _answering(self, path: str, answer: Callable[[Webhook], Awaitable[str]]) -> Hook:
        async def answered(webhook: Webhook) -> str:
            try:
                document = await answer(webhook)
            except HoldOn:
                document = self._asked_again(path, webhook)
            ANSWERED.labels(path.rpartition("/")[2]).inc()
            return document

        return answered

    def _asked_again(self, path: str, webhook: Webhook) -> str:
        """The same again in a moment, with what the carrier says only once."""
        once = {"outcome": webhook.field("DialCallStatus")} if path == DIALED else {}
        if path == RECORDED:
            once = {name: webhook.field(field) for name, field in RECORDING.items()}
        query = {name: value for name, value in {**once, **webhook.query}.items() if value}
        return str(Document().wait(AGAIN_S, self.around.urls(path, **query)))
