"""What is told of calls on contacts.inbound. Each thing has one event id, however often and by whom it is told."""

from dataclasses import dataclass, replace

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
from services.plan.compiled import Channel, Choice
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

    async def recorded(self, line: Line, recording_id: str, text: str, dialed: str, caller: str) -> None:
        """The caller left a message; `text` says where it is. The call is over: it is a contact of its own."""
        arrived = Arrived(
            channel=Channel.VOICEMAIL,
            dialed=dialed,
            caller=caller,
            language=line.language,
            previous_contact_id=line.contact_id,
            message=Content(text=text),
        )
        voicemail = replace(line, contact_id=self.ids.voicemail(line.contact_id, recording_id))
        await self._put(voicemail, self.ids.recorded(line.contact_id, recording_id), arrived)

    async def called_back(self, line: Line, dialed: str, caller: str) -> None:
        """The caller chose to be called back and to keep the place: a contact of its own, which ends this one."""
        arrived = Arrived(
            channel=Channel.CALLBACK,
            dialed=dialed,
            caller=caller,
            language=line.language,
            previous_contact_id=line.contact_id,
            keeps_place_of=line.contact_id,
        )
        call_back = replace(line, contact_id=self.ids.call_back(line.contact_id))
        await self._put(call_back, self.ids.call_back_chosen(line.contact_id), arrived)

    async def left(self, line: Line, reason: LeftReason) -> None:
        """The call is over."""
        await self._put(line, self.ids.left(line.contact_id), Left(reason))

    async def _put(self, line: Line, event_id: str, what: What) -> None:
        at_ms = self.clock.wall_ms()
        await self.door.put(Envelope(event_id, line.tenant, line.company, line.contact_id, at_ms, what))
