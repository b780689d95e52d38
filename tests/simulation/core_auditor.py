"""Judges the router core's decisions from its events alone: it shares no code with the core but the plan's types.

It keeps its own books, by its own rules of thumb, and complains of the first thing that should not have happened.
"""

from services.router.core import events as said
from services.router.core.events import Event, OfferEnd, Presence
from tests.simulation.core_books import CALLS, LEGAL_ENDS, Book, Complaint, Ledger, Person, Rules, must
from tests.simulation.core_consultations import Consultations, check_asked, check_end_of_question, check_questions
from tests.simulation.core_demands import TAKE_BACK_MS, Demands, keeps_work
from tests.simulation.core_places import Places
from tests.simulation.core_policies import count_answer, count_until, rank
from tests.simulation.core_way import Way

__all__ = ("Auditor", "Complaint")

GRACE_MS = 10_000
# What is due in such a crowd is left to the next decisions.
MANY_AT_ONCE = 500


class Auditor(Places, Consultations, Demands):
    def __init__(self) -> None:
        self.ledger = Ledger()
        self.way = Way(self.ledger)
        self.books, self.people = self.ledger.books, self.ledger.people
        # With the contact's number: an id may come again when what had it is forgotten.
        self.offers_seen: set[tuple[int, str]] = set()
        self.left_early: set[str] = set()
        self.unanswered: set[str] = set()
        # Who let an offer run out in this decision.
        self.silent: set[str] = set()
        self.at_ms = 0
        self.accepted = 0
        self.endings = 0

    def audit(self, events: tuple[Event, ...], at_ms: int, *, unfinished: bool = False) -> None:
        """Take the events of one decision, then look at what they left. Unfinished: there was no room for all of it."""
        must(at_ms >= self.at_ms, "time went back")
        self.at_ms = at_ms
        self.silent.clear()
        for event in events:
            getattr(self, "_" + type(event).__name__)(event, at_ms)
            self._let_leavers_go(event)
            self._nobody_is_overloaded(event)
        if self.ledger.rules is None:
            return
        self._nobody_is_talked_to_twice(events)
        self._nobody_rings_in_vain()
        if not unfinished and len(events) < MANY_AT_ONCE:
            self._nothing_is_overdue(at_ms)
            check_questions(self.ledger, at_ms)
            self._nobody_waits_for_nothing(at_ms)
            self.way.check_none_is_due(at_ms)

    # What each event says

    def _ContactAccepted(self, event: said.ContactAccepted, at_ms: int) -> None:  # noqa: N802
        must(event.contact_id not in self.books, "accepted twice")
        self.accepted += 1
        book = Book(
            event.contact_id,
            event.company,
            event.channel,
            event.arrived_at_ms,
            self.accepted,
            customer=event.customer,
            before=event.previous_contact_id,
            anyway_ms=event.queue_anyway_at_ms,
            conversation=(event.channel, event.company, event.dialed, event.customer),
        )
        self.ledger.begin(book)

    def _ContactRefined(self, event: said.ContactRefined, at_ms: int) -> None:  # noqa: N802
        must(self.books[event.contact_id].where != "ended", "refined after its end")
        self.books[event.contact_id].before = event.previous_contact_id

    def _ContactQueued(self, event: said.ContactQueued, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        must(book.where in ("arrived", "queued"), "queued from elsewhere")
        must(event.queue in self.ledger.plan.queues, "queued where there is no queue")
        must(event.expected_wait_ms <= event.expected_wait_p90_ms, "half wait longer than nine tenths")
        is_new = book.where == "arrived"
        self.ledger.put(book, "queued", queue=event.queue)
        if event.entry_point != book.way or not book.routed_ms:
            book.ask(book.needs, ())
            book.routed_ms = at_ms
            book.steps.clear()
            book.opened.clear()
        book.way, book.priority, book.value, book.queued_ms = event.entry_point, event.priority, event.value, at_ms
        book.ask({each.skill: each.level for each in event.skills}, book.more_groups)
        if book.about is not None:
            check_asked(event, book, book.about)
        elif is_new:
            self.way.check_start(event, book, at_ms)
        else:
            self.way.restart(event.entry_point)
            must(event.preferred == book.named, f"{book.id} is kept for {event.preferred!r}, not for {book.named!r}")
            book.named = ""
        book.wanted, book.wanted_until_ms = event.preferred, event.preferred_until_ms

    def _ContactOffered(self, event: said.ContactOffered, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        must(book.where == "queued", "offered while not waiting")
        must((book.number, event.offer_id) not in self.offers_seen, "an offer id used twice")
        must(self._could(event.agent, book, at_ms), f"{book.id} offered to {event.agent}, who could not take it")
        self._check_line(event.agent, book, at_ms)
        must(event.deadline_ms == at_ms + self.ledger.plan.channels[book.channel].offer_ms, "an odd deadline")
        takers = [name for name in self.people if self._could(name, book, at_ms)]
        first = min(takers, key=lambda name: rank(self.ledger, name, book))
        must(first == event.agent, f"{book.id} went to {event.agent}, and the policy's choice was {first}")
        self.offers_seen.add((book.number, event.offer_id))
        person = self.people[event.agent]
        count_until(self.ledger, person, at_ms)
        person.turn = len(self.offers_seen)
        self.ledger.put(book, "offered", event.agent)
        book.offer, book.offered_ms, book.deadline_ms = event.offer_id, at_ms, event.deadline_ms
        book.was_live_at_takeover = False

    def _OfferAccepted(self, event: said.OfferAccepted, at_ms: int) -> None:  # noqa: N802
        book, person = self.books[event.contact_id], self.people[event.agent]
        must((book.where, book.agent, book.offer) == ("offered", event.agent, event.offer_id), "accepted by a stranger")
        must(at_ms < book.deadline_ms, "accepted too late")
        self.way.accepted(book, at_ms)
        count_until(self.ledger, person, at_ms)
        count_answer(person, at_ms - book.offered_ms)
        person.idle_ms = at_ms
        self.ledger.put(book, "active", event.agent)
        book.deadline_ms, book.sender, book.declined_ms, book.nobody_but, book.wanted = 0, "", {}, "", ""

    def _StepTaken(self, event: said.StepTaken, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        must(book.where == "queued", "a step for who does not wait")
        self.way.check_step(event, book, at_ms)
        book.steps.append(event.step)
        book.ask({each.skill: each.level for each in event.skills}, event.groups)
        book.priority = event.priority

    def _StepOpened(self, event: said.StepOpened, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        must(event.step not in book.steps, "a step stands open that was taken")
        must(event.step not in book.opened, "a step is opened twice")
        book.opened.add(event.step)

    def _CustomerTold(self, event: said.CustomerTold, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        must(1 <= event.position <= self.ledger.depth[book.queue], "told a place that there is not")
        must(event.expected_wait_ms <= event.expected_wait_p90_ms, "half wait longer than nine tenths")
        book.told_ms = at_ms

    def _ContactDiverted(self, event: said.ContactDiverted, at_ms: int) -> None:  # noqa: N802
        must(self.books[event.contact_id].where in ("queued", "active"), "diverted from nowhere")

    def _OfferReturned(self, event: said.OfferReturned, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        must((book.where, book.agent, book.offer) == ("offered", event.agent, event.offer_id), "returned by a stranger")
        if event.because is OfferEnd.DECLINED:
            book.declined_ms[event.agent] = at_ms
        if event.because in (OfferEnd.DECLINED, OfferEnd.TIMED_OUT) and event.agent == book.wanted:
            book.wanted = ""
        if event.because in (OfferEnd.TIMED_OUT, OfferEnd.LAPSED):
            must(at_ms >= book.deadline_ms, "ran out too early")
            must((event.because is OfferEnd.LAPSED) == book.was_live_at_takeover, "blamed wrongly")
        if event.because is OfferEnd.TIMED_OUT:
            self.silent.add(event.agent)
        count_until(self.ledger, self.people[event.agent], at_ms)
        self.ledger.put(book, "queued")
        book.deadline_ms = 0

    def _OfferCarried(self, event: said.OfferCarried, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        must(book.where == "offered" and book.was_live_at_takeover, "carried what was not on offer")
        must(event.deadline_ms >= max(book.deadline_ms, at_ms + GRACE_MS), "carried to an earlier deadline")
        book.deadline_ms = event.deadline_ms

    def _DeclineLapsed(self, event: said.DeclineLapsed, at_ms: int) -> None:  # noqa: N802
        must(self.books[event.contact_id].where in ("queued", "offered"), "lapsed while not waiting")

    def _CustomerWrote(self, event: said.CustomerWrote, at_ms: int) -> None:  # noqa: N802
        must(self.books[event.contact_id].where != "ended", "wrote into an ended conversation")

    def _CustomerLeft(self, event: said.CustomerLeft, at_ms: int) -> None:  # noqa: N802
        must(self.books[event.contact_id].where in ("active", "wrap-up"), "left where no agent was")

    def _ReplySettled(self, event: said.ReplySettled, at_ms: int) -> None:  # noqa: N802
        must(event.contact_id in self.books, "settled for nobody")

    def _WrapUpStarted(self, event: said.WrapUpStarted, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        must((book.where, book.agent) == ("active", event.agent), "wrapped up what was not in work")
        must(event.deadline_ms == at_ms + self.ledger.plan.channels[book.channel].wrap_up_ms, "an odd wrap-up")
        book.where, book.deadline_ms = "wrap-up", event.deadline_ms

    def _ContactTransferred(self, event: said.ContactTransferred, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        must((book.where, book.agent) == ("active", event.agent), "transferred what was not in work")
        must(self.ledger.plan.queues[event.queue].company == book.company, "transferred to another company")
        self._take_off(book, at_ms)
        self.ledger.put(book, "queued", queue=event.queue)
        book.sender, book.way, book.routed_ms = event.agent, f"queue:{event.queue}", 0
        book.named = event.to_agent

    def _ContactReturned(self, event: said.ContactReturned, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        must((book.where, book.agent) == ("active", event.agent), "taken back from who did not have it")
        person = self.people[event.agent]
        self._take_off(book, at_ms)
        self.ledger.put(book, "queued")
        if book.channel in CALLS:
            self.unanswered.add(event.agent)
            return
        must(not person.here, "taken back from somebody who is here")
        must(at_ms >= person.gone_ms + TAKE_BACK_MS, "taken back too early")

    def _CallConnected(self, event: said.CallConnected, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        must((book.where, book.agent) == ("active", event.agent), "connected to who did not have it")
        must(book.channel in CALLS, "connected what is no call")

    def _ContactEnded(self, event: said.ContactEnded, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        outcome = str(event.outcome)
        must(book.where in LEGAL_ENDS[outcome], f"{outcome} while {book.where}")
        must(outcome != "completed" or event.agent == book.agent, "completed by a stranger")
        early = book.where == "arrived" and outcome == "abandoned"
        must(not early or book.id in self.left_early, "abandoned before queueing")
        if book.about is not None and book.channel in CALLS and book.where == "active":
            # The colleague's telephone may not have been answered.
            self.silent.add(book.agent)
        check_end_of_question(event, book, at_ms)
        self.way.ended(event, book, at_ms)
        self._take_off(book, at_ms)
        self.ledger.put(book, "ended")
        book.deadline_ms = 0
        self.endings += 1

    def _LeftBeforeArrival(self, event: said.LeftBeforeArrival, at_ms: int) -> None:  # noqa: N802
        must(event.contact_id not in self.books, "left before an arrival that has happened")
        self.left_early.add(event.contact_id)

    def _ContactForgotten(self, event: said.ContactForgotten, at_ms: int) -> None:  # noqa: N802
        book = self.books.pop(event.contact_id, None)
        must(book is None or book.where == "ended", "forgotten while open")
        if book is not None:
            self.way.forgotten(book)

    def _AgentAttached(self, event: said.AgentAttached, at_ms: int) -> None:  # noqa: N802
        person = self.people[event.agent]
        count_until(self.ledger, person, at_ms)
        person.here = True

    def _AgentDetached(self, event: said.AgentDetached, at_ms: int) -> None:  # noqa: N802
        person = self.people[event.agent]
        count_until(self.ledger, person, at_ms)
        person.here, person.gone_ms = False, at_ms

    def _PresenceChanged(self, event: said.PresenceChanged, at_ms: int) -> None:  # noqa: N802
        person = self.people[event.agent]
        blamed = event.presence is Presence.NOT_RESPONDING
        must(not blamed or event.agent in self.silent | self.unanswered, f"{event.agent} is blamed for nothing")
        count_until(self.ledger, person, at_ms)
        if event.presence is Presence.AVAILABLE:
            person.idle_ms = at_ms
        if not person.here and person.presence == "offline":
            person.gone_ms = at_ms
        person.presence = str(event.presence)
        offers = [book for book in person.has.values() if book.where == "offered"]
        must(event.presence is Presence.AVAILABLE or not offers, "went away with an open offer")

    def _PlanActivated(self, event: said.PlanActivated, at_ms: int) -> None:  # noqa: N802
        before = self.ledger.rules
        must(event.plan.version == (before.plan.version if before else 0) + 1, "a version left out")
        self.ledger.rules = Rules(event.plan)
        self.way.restart()
        if before is not None:
            self.way.plan_changed(before, self.ledger.rules)
        for person in self.people.values():
            person.room.clear()
        for book in self.ledger.open.values():
            book.opened.clear()
        for profile in event.plan.agents:
            self.people.setdefault(profile.id, Person(profile.id))

    def _OwnerChanged(self, event: said.OwnerChanged, at_ms: int) -> None:  # noqa: N802
        must(event.grace_until_ms == at_ms + GRACE_MS, "an odd grace")
        for person in self.people.values():
            if person.here or person.presence != "offline" or keeps_work(person):
                count_until(self.ledger, person, at_ms)
                person.gone_ms = at_ms
            person.here = False
            for book in person.has.values():
                if book.where == "offered":
                    book.was_live_at_takeover = True
                    book.nobody_but, book.nobody_until_ms = person.name, event.grace_until_ms

    def _take_off(self, book: Book, at_ms: int) -> None:
        """The contact leaves the desk that it is on, if it is on one."""
        if not book.agent:
            return
        person = self.people[book.agent]
        count_until(self.ledger, person, at_ms)
        if book.where != "offered" and len(person.has) == 1:
            person.idle_ms = at_ms

    def _let_leavers_go(self, event: Event) -> None:
        """Who is not in the roster is gone with the last of their work."""
        named = self.people if isinstance(event, said.PlanActivated) else (getattr(event, "agent", ""),)
        for name in tuple(named):
            if name in self.people and name not in self.ledger.plan.profiles and not self.people[name].has:
                del self.people[name]
