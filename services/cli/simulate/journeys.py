"""What became of each contact and what agents did: a fold over the core's events, simulated or recorded alike."""

from dataclasses import dataclass, field, replace

from services.cli.simulate.consultations import Consultation
from services.plan.compiled import Channel
from services.router.core.events import (
    ConsultationOpened,
    ContactAccepted,
    ContactEnded,
    ContactHandedOver,
    ContactOffered,
    ContactOutcome,
    ContactQueued,
    ContactRefined,
    ContactReturned,
    ContactTransferred,
    Event,
    OfferAccepted,
    OfferEnd,
    OfferReturned,
    PlaceKept,
    Presence,
    PresenceChanged,
    WrapUpStarted,
)


@dataclass(slots=True)
class Journey:
    """One contact, times in log time; 0 for what has not happened."""

    arrival: ContactAccepted
    # When it was first queued, and what it was told then; -1 where nothing was said.
    queued_at_ms: int = 0
    told_ms: int = -1
    told_p90_ms: int = -1
    # The last queue before the answer, and the priority with which it was first queued.
    queue: str = ""
    priority: int = 0
    offered_at_ms: int = 0
    declines: int = 0
    # The first accept; a contact that was handed on was answered before.
    answered_at_ms: int = 0
    response_ms: int = 0
    agent: str = ""
    handled_ms: int = 0
    wrap_up_ms: int = 0
    outcome: ContactOutcome | None = None
    ended_at_ms: int = 0
    was_transferred: bool = False
    # A call-back at the place of a call.
    keeps_place: bool = False
    # Colleagues were asked about it.
    consultations: list[Consultation] = field(default_factory=list)
    # When the segment that runs began, and its wrap-up.
    _since_ms: int = 0
    _wrap_up_since_ms: int = 0

    @property
    def channel(self) -> Channel:
        return self.arrival.channel

    @property
    def wait_ms(self) -> int:
        """From the queue to the first accept, or to the end without one."""
        return (self.answered_at_ms or self.ended_at_ms) - self.queued_at_ms

    def waited_until_ms(self, at_ms: int) -> int:
        """The wait, also of who waits still; 0 for who was never queued."""
        return (self.answered_at_ms or self.ended_at_ms or at_ms) - self.queued_at_ms if self.queued_at_ms else 0

    def accepted(self, agent: str, at_ms: int) -> None:
        if not self.answered_at_ms:
            self.answered_at_ms = at_ms
            self.response_ms = at_ms - self.offered_at_ms
        self.agent, self._since_ms, self._wrap_up_since_ms = agent, at_ms, 0

    def worked_ms(self, at_ms: int) -> int:
        """All work on it up to then, without wrap-up."""
        return self.handled_ms + (at_ms - self._since_ms if self._since_ms else 0)

    def wraps_up(self, at_ms: int) -> None:
        self._wrap_up_since_ms = at_ms

    def segment_over(self, at_ms: int) -> None:
        if self._since_ms:
            self.handled_ms += (self._wrap_up_since_ms or at_ms) - self._since_ms
            self.wrap_up_ms += at_ms - self._wrap_up_since_ms if self._wrap_up_since_ms else 0
            self._since_ms = 0


@dataclass(slots=True)
class Duty:
    """How an agent's time went, in ms: `staffed_ms` is on duty or at work, `busy_ms` at work."""

    available: bool = False
    items: int = 0
    staffed_ms: int = 0
    busy_ms: int = 0
    since_ms: int = 0
    # Spans on duty.
    shifts: list[tuple[int, int]] = field(default_factory=list)
    _on_since_ms: int = 0

    def until(self, at_ms: int) -> None:
        """Count the time until then."""
        span_ms = at_ms - self.since_ms
        self.staffed_ms += span_ms if self.available or self.items else 0
        self.busy_ms += span_ms if self.items else 0
        self.since_ms = at_ms

    def goes(self, *, on_duty: bool, at_ms: int) -> None:
        self.until(at_ms)
        if on_duty and not self.available:
            self._on_since_ms = at_ms
        if self.available and not on_duty:
            self.shifts.append((self._on_since_ms, at_ms))
        self.available = on_duty


@dataclass(slots=True)
class Journeys:
    """All contacts by id in the order of their coming, and all agents. Little's law is kept on the way.

    `waiting_area` is the integral of the number that wait over time, in contacts times ms; it must equal the sum of the
    waits when nobody waits any more (Little 1961; exact for every finite run that begins and ends empty).
    """

    contacts: dict[str, Journey] = field(default_factory=dict)
    agents: dict[str, Duty] = field(default_factory=dict)
    consultations: dict[str, Consultation] = field(default_factory=dict)
    waiting: int = 0
    waiting_area: int = 0
    last_ms: int = 0

    def note(self, event: Event, at_ms: int) -> None:
        """Take account of the next event."""
        self._pass(at_ms)
        if isinstance(event, ContactAccepted):
            self.contacts[event.contact_id] = Journey(event)
        elif isinstance(event, PresenceChanged):
            self._duty(event.agent, at_ms).goes(on_duty=event.presence is Presence.AVAILABLE, at_ms=at_ms)
        elif isinstance(event, ConsultationOpened):
            self._asks(event, at_ms)
        else:
            self._of_one(event, getattr(event, "contact_id", ""), at_ms)

    def close(self, at_ms: int) -> None:
        """The run, or the record, is over."""
        self._pass(at_ms)
        for duty in self.agents.values():
            duty.goes(on_duty=False, at_ms=at_ms)

    def _pass(self, at_ms: int) -> None:
        self.waiting_area += self.waiting * (at_ms - self.last_ms)
        self.last_ms = at_ms

    def _asks(self, event: ConsultationOpened, at_ms: int) -> None:
        journey = self.contacts.get(event.about)
        if journey is not None:
            asked = Consultation(event, journey.worked_ms(at_ms))
            self.consultations[event.contact_id] = asked
            journey.consultations.append(asked)

    def _of_one(self, event: Event, contact_id: str, at_ms: int) -> None:
        if contact_id in self.contacts:
            self._of_contact(event, self.contacts[contact_id], at_ms)
        elif contact_id in self.consultations:
            self._of_consultation(event, self.consultations[contact_id], at_ms)

    def _of_consultation(self, event: Event, asked: Consultation, at_ms: int) -> None:
        """It is no customer's, but takes an agent's time."""
        asked.note(event, at_ms)
        if isinstance(event, OfferAccepted):
            self._takes(asked.agent, 1, at_ms)
        elif isinstance(event, ContactEnded) and asked.agent:
            self._takes(asked.agent, -1, at_ms)

    def _of_contact(self, event: Event, journey: Journey, at_ms: int) -> None:
        match event:
            case ContactQueued():
                self._queued(event, journey, at_ms)
            case PlaceKept():
                journey.keeps_place = True
            case ContactRefined():
                journey.arrival = _refined(journey.arrival, event)
            case ContactOffered():
                journey.offered_at_ms = at_ms
            case OfferReturned(because=OfferEnd.DECLINED):
                journey.declines += 1
            case OfferAccepted():
                self.waiting -= 0 if journey.answered_at_ms else 1
                journey.accepted(event.agent, at_ms)
                self._takes(event.agent, 1, at_ms)
            case WrapUpStarted():
                journey.wraps_up(at_ms)
            case ContactTransferred() | ContactReturned() | ContactHandedOver():
                self._goes_on(event, journey, at_ms)
            case ContactEnded():
                self._ended(event, journey, at_ms)

    def _queued(self, event: ContactQueued, journey: Journey, at_ms: int) -> None:
        if not journey.queued_at_ms:
            self.waiting += 1
            journey.queued_at_ms, journey.priority = at_ms, event.priority
            journey.told_ms = event.expected_wait_ms if event.expected_wait_p90_ms else -1
            journey.told_p90_ms = event.expected_wait_p90_ms or -1
        if not journey.answered_at_ms:
            journey.queue = event.queue

    def _goes_on(
        self, event: ContactTransferred | ContactReturned | ContactHandedOver, journey: Journey, at_ms: int
    ) -> None:
        journey.was_transferred = True
        self._let_go(journey, at_ms)
        if isinstance(event, ContactHandedOver):
            journey.accepted(event.to_agent, at_ms)
            self._takes(event.to_agent, 1, at_ms)

    def _ended(self, event: ContactEnded, journey: Journey, at_ms: int) -> None:
        if journey.queued_at_ms and not journey.answered_at_ms:
            self.waiting -= 1
        self._let_go(journey, at_ms)
        journey.outcome, journey.ended_at_ms = event.outcome, at_ms

    def _let_go(self, journey: Journey, at_ms: int) -> None:
        journey.segment_over(at_ms)
        if journey.agent:
            self._takes(journey.agent, -1, at_ms)
            journey.agent = ""

    def _takes(self, agent: str, items: int, at_ms: int) -> None:
        duty = self._duty(agent, at_ms)
        duty.until(at_ms)
        duty.items += items

    def _duty(self, agent: str, at_ms: int) -> Duty:
        return self.agents.setdefault(agent, Duty(since_ms=at_ms))


def _refined(arrival: ContactAccepted, event: ContactRefined) -> ContactAccepted:
    return replace(arrival, ivr_path=event.ivr_path, language=event.language, attributes=event.attributes)
