"""How calls end: what the carrier's status callback says, what asking the carrier says, and who is told."""

import structlog

from services.ingest.carriers.carrier import CallState
from services.ingest.carriers.webhook import NotTaken, Webhook
from services.ingest.envelopes import LeftReason
from services.ingest.front_door import Unavailable
from services.ingest.voice.calls import Call
from services.ingest.voice.line import Line, call_id_of
from services.ingest.voice.room import Stage
from services.ingest.voice.surroundings import Surroundings
from services.plan.compiled import Channel
from services.shared.document_store import StoreUnavailable

log = structlog.get_logger(__name__)

NOT_REACHED = frozenset({CallState.BUSY, CallState.NO_ANSWER, CallState.CANCELED, CallState.FAILED})


class Endings:
    """Tells of each end once, whoever heard of it first; the ones that we made ourselves are in the log already."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    async def status(self, webhook: Webhook) -> None:
        """What the carrier says of a customer's call. Raises NotTaken, Unavailable."""
        call_id = call_id_of(webhook)
        state = _state(webhook.field("CallStatus"))
        if state.is_over:
            line, channel = await self._line(webhook, call_id)
            await self.tell(line, channel, state)

    async def tell(self, line: Line, channel: Channel, state: CallState) -> None:
        """A customer's call is over. Raises Unavailable."""
        standing = self._around.room.standing(line.tenant, line.contact_id)
        if standing is None or standing.stage is not Stage.OVER:
            await self._around.reports.left(line, _reason(channel, state))
        await self.forget(line.contact_id)

    async def give_up(self, line: Line) -> None:
        """Nobody knows what became of a call; told once it is over. Tried again later while the log is away."""
        try:
            await self._around.reports.left(line, LeftReason.EXPIRED)
        except Unavailable as error:
            log.warning(
                "the end of a call could not be told yet",
                tenant=line.tenant,
                contact_id=line.contact_id,
                because=str(error),
            )

    async def forget(self, contact_id: str) -> None:
        """Nothing more is to be done for the call; what is kept of it goes."""
        await self._around.calls.over(contact_id)
        try:
            await self._around.connects.forget(contact_id)
        except StoreUnavailable:
            return

    async def _line(self, webhook: Webhook, call_id: str) -> tuple[Line, Channel]:
        if webhook.query.get("contact"):
            # Only calls that we make ourselves have it in their URL.
            return await self._around.line(webhook), Channel.CALLBACK
        place = self._around.addresses.find(Channel.VOICE, webhook.field("To")[:64])
        if place is not None:
            contact_id = self._around.reports.ids.contact(place.tenant, call_id)
            return Line(place.tenant, place.company, contact_id, place.language), Channel.VOICE
        return _line_of(await self._noted(call_id)), Channel.VOICE

    async def _noted(self, call_id: str) -> Call:
        """A call to a number that no plan names any more, as it was noted."""
        if (why := self._around.not_ready_because()) is not None:
            raise Unavailable(why)
        try:
            call = await self._around.calls.find(call_id)
        except StoreUnavailable:
            raise Unavailable("the document store is away: try again later") from None
        if call is None:
            raise NotTaken(404, "The request was not taken: no plan in force names this number.")
        return call


def _line_of(call: Call) -> Line:
    return Line(call.tenant, call.company, call.contact_id, call.language)


def _state(text: str) -> CallState:
    try:
        return CallState(text)
    except ValueError:
        raise NotTaken(400, "The request was not taken: its CallStatus is none that the carrier documents.") from None


def _reason(channel: Channel, state: CallState) -> LeftReason:
    """A call-back that was never answered has not reached the customer."""
    is_unreached = channel is Channel.CALLBACK and state in NOT_REACHED
    return LeftReason.NOT_REACHED if is_unreached else LeftReason.CUSTOMER
