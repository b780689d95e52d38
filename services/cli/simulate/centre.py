"""A contact centre in virtual time: visits and shifts drive the router's core, which decides everything.

There is no chance in here: the same plan, shifts and visits give the same events.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush

from services.cli.simulate.core_drive import ContactStatus, TenantState, carry_out, next_timer_ms
from services.cli.simulate.interruptions import Interruptions
from services.cli.simulate.spans import NEVER_MS
from services.cli.simulate.visits import Question, Visit
from services.plan.compiled import Plan
from services.router.core.commands import (
    AcceptOffer,
    ActivatePlan,
    Arrive,
    AttachAgent,
    Command,
    CompleteContact,
    Consult,
    CustomerLeaves,
    DeclineOffer,
    FinishConversation,
    SetPresence,
    TimePassed,
)
from services.router.core.events import (
    ConsultationOpened,
    ContactEnded,
    ContactOffered,
    Event,
    OfferAccepted,
    Presence,
    PresenceChanged,
)

Note = Callable[[Event, int], None]
# An agent who let an offer run out is back so soon.
BACK_AFTER_MS = 60_000
# So long after all else is done, steps are still taken for who waits.
LAST_STEPS_MS = 4 * 3_600_000
WAITS = (ContactStatus.QUEUED, ContactStatus.OFFERED)


class SimulationBroken(Exception):
    """The core refused what must be possible: a bug in the simulation or in the core."""


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """An agent is on duty from one time until another, log time in ms."""

    from_ms: int
    until_ms: int
    agent: str


class Centre:
    """Runs once. Every event is told to `note` with its time, as it is decided."""

    def __init__(self, plan: Plan, shifts: Iterable[Shift], note: Note) -> None:
        self.state = TenantState(plan.tenant)
        self._note = note
        self._visits: dict[str, Visit] = {}
        # What is being asked about them, by the consultation's id; and what is about to be.
        self._questions: dict[str, Question] = {}
        self._asking = Question(0, "")
        # What is to be done when; equals in the order in which they were planned.
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._planned = 0
        self._at_ms = 0
        self._dispositions = {each.id: each.dispositions[0].id for each in plan.companies if each.dispositions}
        self._roster = frozenset(agent.id for agent in plan.agents)
        self._plan = plan
        self._alone = frozenset(rule.channel for rule in plan.channels if rule.alone)
        self._interruptible = frozenset(rule.channel for rule in plan.channels if rule.interruptible)
        self._interruptions = Interruptions()
        self._shifts = sorted(shift for shift in shifts if shift.agent in self._roster)

    def run(self, visits: Iterable[Visit], from_ms: int) -> int:
        """Send the visits through, in the order of their coming; ends when nothing is left to do. When that is, in ms.

        Raises SimulationBroken, InvariantBroken.
        """
        self._open(from_ms)
        coming = iter(visits)
        self._await_next(coming)
        self._do_what_is_planned()
        if self._visits:
            # For who waits still a step of the plan may be due, and it may bring new work.
            self._let_time_pass(self._at_ms + LAST_STEPS_MS)
            self._do_what_is_planned()
        return self._at_ms

    def _do_what_is_planned(self) -> None:
        while self._agenda:
            self._let_time_pass(self._agenda[0][0])
            self._at_ms, _, act = heappop(self._agenda)
            act()

    def _open(self, from_ms: int) -> None:
        self._at_ms = from_ms
        self._do(ActivatePlan(self._plan))
        for agent in sorted({shift.agent for shift in self._shifts}):
            self._do(AttachAgent(agent))
        for agent, presence, at_ms in _presences(self._shifts, from_ms):
            self._at(at_ms, lambda agent=agent, presence=presence: self._do(SetPresence(agent, presence)))  # type: ignore[misc]

    def _await_next(self, coming: Iterator[Visit]) -> None:
        visit = next(coming, None)
        if visit is not None:
            self._at(visit.at_ms, lambda: self._arrive(visit, coming))

    def _let_time_pass(self, until_ms: int) -> None:
        """Fire the core's timers that are due before then."""
        while (due_ms := next_timer_ms(self.state)) is not None and due_ms < until_ms:
            self._at_ms = max(self._at_ms, due_ms)
            self._do(TimePassed())
            until_ms = self._agenda[0][0] if self._agenda else until_ms

    def _at(self, at_ms: int, act: Callable[[], None]) -> None:
        self._planned += 1
        heappush(self._agenda, (max(at_ms, self._at_ms), self._planned, act))

    def _do(self, command: Command) -> None:
        refused = self._try(command)
        if refused:
            raise SimulationBroken(f"{refused} ({type(command).__name__} at {self._at_ms})")

    def _try(self, command: Command) -> str:
        """Why the core refuses it; empty where it is done."""
        decision = carry_out(self.state, command, self._at_ms)
        for event in decision.events:
            self._see(event)
        if decision.unfinished:
            self._do(TimePassed(match_all=True))
        return decision.outcome.detail if decision.outcome.refusal is not None else ""

    def _see(self, event: Event) -> None:
        self._note(event, self._at_ms)
        match event:
            case ConsultationOpened():
                self._questions[event.contact_id] = self._asking
            case ContactOffered():
                self._plan_response(event)
            case OfferAccepted(contact_id=contact_id) if contact_id in self._questions:
                self._plan_advice(event)
            case OfferAccepted():
                self._plan_work(event.contact_id, event.offer_id, event.agent)
                self._plan_questions(event)
            case PresenceChanged(presence=Presence.NOT_RESPONDING):
                self._at(self._at_ms + BACK_AFTER_MS, lambda: self._come_back(event.agent))
            case ContactEnded():
                self._visits.pop(event.contact_id, None)
                self._questions.pop(event.contact_id, None)
                if self.state.contacts[event.contact_id].channel in self._alone:
                    self._interruptions.end(event.agent, self._at_ms)

    def _come_back(self, agent: str) -> None:
        """Unless their shift is over, or they have come back for the next one."""
        if self.state.agents[agent].presence is Presence.NOT_RESPONDING:
            self._do(SetPresence(agent, Presence.AVAILABLE))

    def _arrive(self, visit: Visit, coming: Iterator[Visit]) -> None:
        self._visits[visit.id] = visit
        if visit.patience_ms < NEVER_MS:
            self._at(visit.at_ms + visit.patience_ms, lambda: self._give_up(visit.id))
        self._do(_arrival(visit))
        self._await_next(coming)

    def _give_up(self, contact_id: str) -> None:
        contact = self.state.contacts.get(contact_id)
        if contact is not None and contact.status in WAITS:
            self._do(CustomerLeaves(contact_id))

    def _plan_response(self, offer: ContactOffered) -> None:
        manner = self._questions.get(offer.contact_id) or self._visits[offer.contact_id]
        declined = self.state.contacts[offer.contact_id].offers <= manner.declines
        self._at(self._at_ms + manner.response_ms, lambda: self._respond(offer, declined=declined))

    def _respond(self, offer: ContactOffered, *, declined: bool) -> None:
        contact = self.state.contacts.get(offer.contact_id)
        if contact is None or contact.status is not ContactStatus.OFFERED or contact.offer_id != offer.offer_id:
            return
        if self._at_ms >= contact.deadline_ms:
            return  # the offer runs out at this very moment
        answer = DeclineOffer if declined else AcceptOffer
        self._do(answer(offer.agent, offer.contact_id, offer.offer_id))

    def _plan_work(self, contact_id: str, offer_id: str, agent: str) -> None:
        visit = self._visits[contact_id]
        if visit.entry.channel in self._alone:
            self._interruptions.begin(agent, self._at_ms)
        began_ms = self._interruptions.until_ms(agent, self._at_ms)
        self._at(self._at_ms + visit.handling_ms, lambda: self._worked(agent, contact_id, offer_id, began_ms))

    def _plan_questions(self, taken: OfferAccepted) -> None:
        for question in self._visits[taken.contact_id].questions:
            self._at(self._at_ms + question.after_ms, lambda question=question: self._ask(taken, question))  # type: ignore[misc]

    def _ask(self, taken: OfferAccepted, question: Question) -> None:
        """Whom the plan finds; what it finds nobody for is not asked."""
        if not self._has(taken.contact_id, taken.offer_id, ContactStatus.ACTIVE):
            return
        self._asking = question
        asked = (taken.agent, taken.contact_id, question.queue)
        if question.to_agent and not self._try(Consult(*asked, question.to_agent, question.skills)):
            return
        self._try(Consult(*asked, "", question.skills))

    def _plan_advice(self, taken: OfferAccepted) -> None:
        if self.state.contacts[taken.contact_id].channel in self._alone:
            self._interruptions.begin(taken.agent, self._at_ms)
        until_ms = self._at_ms + self._questions[taken.contact_id].lasts_ms
        self._at(until_ms, lambda: self._advised(taken))

    def _advised(self, taken: OfferAccepted) -> None:
        if self._has(taken.contact_id, taken.offer_id, ContactStatus.ACTIVE):
            self._do(FinishConversation(taken.agent, taken.contact_id))

    def _worked(self, agent: str, contact_id: str, offer_id: str, before_ms: int) -> None:
        """The work is done, or goes on for as long as it was interrupted since `before_ms` of interruptions."""
        visit = self._visits.get(contact_id)
        if visit is None:
            return
        so_far_ms = self._interruptions.until_ms(agent, self._at_ms)
        if visit.entry.channel in self._interruptible and so_far_ms > before_ms:
            again_ms = self._at_ms + so_far_ms - before_ms
            self._at(again_ms, lambda: self._worked(agent, contact_id, offer_id, so_far_ms))
        elif visit.wrap_up_ms:
            self._finish(agent, contact_id, offer_id)
        else:
            self._complete(agent, contact_id, offer_id)

    def _finish(self, agent: str, contact_id: str, offer_id: str) -> None:
        if not self._has(contact_id, offer_id, ContactStatus.ACTIVE):
            return
        wrap_up_ms = self._visits[contact_id].wrap_up_ms
        self._do(FinishConversation(agent, contact_id))
        self._at(self._at_ms + wrap_up_ms, lambda: self._complete(agent, contact_id, offer_id))

    def _complete(self, agent: str, contact_id: str, offer_id: str) -> None:
        if self._has(contact_id, offer_id, ContactStatus.ACTIVE, ContactStatus.WRAP_UP):
            disposition = self._dispositions.get(self.state.contacts[contact_id].company, "")
            self._do(CompleteContact(agent, contact_id, disposition))

    def _has(self, contact_id: str, offer_id: str, *statuses: ContactStatus) -> bool:
        """Whether the segment that began with the offer is still there: it may have been taken back or ended."""
        contact = self.state.contacts.get(contact_id)
        return contact is not None and contact.status in statuses and contact.offer_id == offer_id


def _presences(shifts: list[Shift], from_ms: int) -> Iterator[tuple[str, Presence, int]]:
    for shift in shifts:
        if shift.until_ms > max(shift.from_ms, from_ms):
            yield shift.agent, Presence.AVAILABLE, max(shift.from_ms, from_ms)
            yield shift.agent, Presence.OFFLINE, shift.until_ms


def _arrival(visit: Visit) -> Arrive:
    entry = visit.entry
    return Arrive(
        contact_id=visit.id,
        company=entry.company,
        channel=entry.channel,
        direction=entry.direction,
        dialed=entry.dialed,
        caller_classes=entry.caller_classes,
        customer=entry.customer,
        ivr_path=entry.ivr_path,
        language=entry.language,
        attributes=entry.attributes,
        arrived_at_ms=visit.at_ms,
        previous_contact_id="",
        ready=True,
    )
