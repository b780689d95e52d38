"""How agents handed a contact on, as router.log tells it: by a transfer, or by asking a colleague about it first."""

from dataclasses import dataclass, field, replace

from services.router.core.events import (
    ConsultationOpened,
    ContactEnded,
    ContactHandedOver,
    ContactOffered,
    ContactQueued,
    ContactTransferred,
    Event,
    OfferAccepted,
)


@dataclass(frozen=True, slots=True)
class Onward:
    """`agent` transferred the contact, or asked a colleague about it. Times in ms since 1970 UTC.

    `consultation_id` is empty for a transfer. `to_agent` was named: of a transfer nobody else may take it for a time,
    of a consultation nobody else is asked. `offered_to`: to whom the consultation was offered, in that order. 0 and "":
    there is none.
    """

    at_ms: int
    agent: str
    to_agent: str = ""
    queue: str = ""
    consultation_id: str = ""
    offered_to: tuple[str, ...] = ()
    accepted_by: str = ""
    handed_over_at_ms: int = 0
    ended_at_ms: int = 0


@dataclass(slots=True)
class OnwardTrail:
    """All of it about one contact, in the order of time."""

    contact_id: str
    found: list[Onward] = field(default_factory=list)

    def note(self, event: Event, at_ms: int) -> None:
        """Take account of the next event of the contact's tenant."""
        match event:
            case ContactTransferred() if event.contact_id == self.contact_id:
                self.found.append(Onward(at_ms, event.agent, event.to_agent, event.queue))
            case ConsultationOpened() if event.about == self.contact_id:
                self.found.append(Onward(at_ms, event.agent, event.to_agent, consultation_id=event.contact_id))
            case ContactHandedOver() if event.contact_id == self.contact_id:
                self._became(event.consultation, handed_over_at_ms=at_ms)
            case ContactQueued():
                self._became(event.contact_id, queue=event.queue)
            case ContactOffered():
                self._offered(event)
            case OfferAccepted():
                self._became(event.contact_id, accepted_by=event.agent)
            case ContactEnded():
                self._became(event.contact_id, ended_at_ms=at_ms)

    def _offered(self, event: ContactOffered) -> None:
        for each in self.found:
            if each.consultation_id == event.contact_id:
                self._became(event.contact_id, offered_to=(*each.offered_to, event.agent))

    def _became(self, consultation_id: str, **more: int | str | tuple[str, ...]) -> None:
        self.found = [
            replace(each, **more) if each.consultation_id == consultation_id else each  # type: ignore[arg-type]
            for each in self.found
        ]
