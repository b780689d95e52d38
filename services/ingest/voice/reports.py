"""What is told of calls on contacts.inbound. Each thing has one event id, however often and by whom it is told."""

from dataclasses import dataclass

from services.ingest.envelopes import (
    Arrived,
    CallAnswered,
    CallUnanswered,
    Changed,
    Content,
    Envelope,
    Left,
    LeftReason,
    What,
)
from services.ingest.front_door import FrontDoor
from services.ingest.voice.ids import CallIds
from services.ingest.voice.line import Line
from services.plan.compiled import Choice
from services.shared.clock import Clock

# Why an agent's telephone was not answered, for the agent, by what the carrier says of the dialing.
NOT_ANSWERED = {
    "busy": "Your telephone was busy.",
    "no-answer": "Your telephone was not answered.",
    "canceled": "Your telephone was not answered.",
    "failed": "Your telephone could not be reached. Have an administrator check its number.",
}
NO_TELEPHONE = "There is no telephone for you here. Have an administrator enter its number."


@dataclass(frozen=True, slots=True)
class Reports:
    """Its methods raise Unavailable: tell it again. What was told twice counts once."""

    door: FrontDoor
    ids: CallIds
    clock: Clock

    async def arrived(self, line: Line, arrived: Arrived) -> None:
        """A customer calls."""
        await self._put(line, self.ids.arrived(line.contact_id), arrived)

    async def chosen(self, line: Line, step: int, choice: Choice, *, ready: bool) -> None:
        """A key was pressed that stands for something; `ready`: nothing more is asked."""
        changed = Changed(ivr_path=(choice.id,), language=choice.language.lower(), ready=ready)
        await self._put(line, self.ids.step(line.contact_id, step), changed)

    async def queued(self, line: Line) -> None:
        """The menu is over without a choice that ends it."""
        await self._put(line, self.ids.queued(line.contact_id), Changed(ready=True))

    async def answered(self, line: Line, offer_id: str) -> None:
        """The agent who accepted that offer and the customer are speaking."""
        await self._put(line, self.ids.answered(line.contact_id, offer_id), CallAnswered(offer_id))

    async def unanswered(self, line: Line, offer_id: str, why: str) -> None:
        """The agent who accepted that offer was not reached; the customer holds the line."""
        await self._put(line, self.ids.unanswered(line.contact_id, offer_id), CallUnanswered(offer_id, why))

    async def recorded(self, line: Line, recording_id: str, text: str) -> None:
        """The caller left a message; `text` says where it is. The contact has ended: nothing moves by it."""
        await self._put(line, self.ids.recorded(line.contact_id, recording_id), Changed(message=Content(text=text)))

    async def left(self, line: Line, reason: LeftReason) -> None:
        """The call is over."""
        await self._put(line, self.ids.left(line.contact_id), Left(reason))

    async def _put(self, line: Line, event_id: str, what: What) -> None:
        at_ms = self.clock.wall_ms()
        await self.door.put(Envelope(event_id, line.tenant, line.company, line.contact_id, at_ms, what))
