"""What became of each consultation: a colleague was asked about a contact, and gave it time."""

from dataclasses import dataclass

from services.cli.simulate.visits import Question
from services.plan.compiled import SkillLevel
from services.router.core.events import (
    ConsultationOpened,
    ContactEnded,
    ContactOffered,
    ContactQueued,
    Event,
    OfferAccepted,
    OfferEnd,
    OfferReturned,
)


@dataclass(slots=True)
class Consultation:
    """One, times in log time; 0 for what has not happened. `after_ms`: since work on its contact began."""

    opened: ConsultationOpened
    after_ms: int
    queue: str = ""
    skills: tuple[SkillLevel, ...] = ()
    offered_at_ms: int = 0
    declines: int = 0
    accepted_at_ms: int = 0
    response_ms: int = 0
    agent: str = ""
    ended_at_ms: int = 0

    def note(self, event: Event, at_ms: int) -> None:
        """Take account of the next event about it."""
        match event:
            case ContactQueued():
                self.queue, self.skills = event.queue, event.skills
            case ContactOffered():
                self.offered_at_ms = at_ms
            case OfferReturned(because=OfferEnd.DECLINED):
                self.declines += 1
            case OfferAccepted():
                self.agent, self.accepted_at_ms, self.response_ms = event.agent, at_ms, at_ms - self.offered_at_ms
            case ContactEnded():
                self.ended_at_ms = at_ms

    def question(self, until_ms: int) -> Question:
        """To be asked again; until then it lasts at least."""
        return Question(
            self.after_ms,
            self.queue,
            self.opened.to_agent,
            self.skills,
            lasts_ms=(self.ended_at_ms or until_ms) - self.accepted_at_ms,
            response_ms=self.response_ms,
            declines=self.declines,
        )
