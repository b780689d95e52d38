"""What the auditor demands of the core at any time: no desk too full, nobody waits for nothing, first come first."""

from services.plan.compiled import Channel
from services.router.core import events as said
from services.router.core.events import Event
from tests.simulation.core_books import CALLS, Book, Complaint, Ledger, Person, must
from tests.simulation.core_consultations import is_asked

DECLINE_MS = 30_000
DETACHED_MS = 30_000
TAKE_BACK_MS = 300_000
ONE_AT_A_TIME = (Channel.SMS, Channel.CALLBACK)


class Demands:
    """The part of the auditor that looks at what the events left."""

    ledger: Ledger
    people: dict[str, Person]
    unanswered: set[str]

    def _nobody_is_overloaded(self, event: Event) -> None:
        """Units and channels that stand alone, of all who are offered something: others may finish what is too much."""
        named = self.people if isinstance(event, said.PlanActivated) else (getattr(event, "agent", ""),)
        for name in named:
            person = self.people.get(name)
            if person is None or not any(book.where == "offered" for book in person.has.values()):
                continue
            must(name in self.ledger.plan.profiles, f"{name} is offered something and not in the roster")
            rules = [self.ledger.plan.channels[book.channel] for book in self.ledger.held(person)]
            must(sum(rule.units for rule in rules) <= self.ledger.plan.profiles[name].units, f"{name} is overloaded")
            must(len(rules) == 1 or not any(rule.alone for rule in rules), f"{name} does two things at once")

    def _nobody_is_talked_to_twice(self, events: tuple[Event, ...]) -> None:
        """A customer has one conversation by SMS, and one call-back, at a time with a dialed number."""
        if any(isinstance(event, said.ContactAccepted) for event in events):
            talks = [
                book.conversation
                for book in self.ledger.open.values()
                if book.channel in ONE_AT_A_TIME and book.conversation[-1]
            ]
            must(len(set(talks)) == len(talks), "a customer has two conversations at once")

    def _nobody_rings_in_vain(self) -> None:
        for agent in self.unanswered:
            person = self.people.get(agent)  # None: had left the roster
            must(person is None or person.presence != "available", f"{agent} does not answer and gets more")
        self.unanswered.clear()

    def _nothing_is_overdue(self, at_ms: int) -> None:
        for book in self.ledger.elsewhere.values():  # who waits has no deadline: it went with the offer
            if 0 < book.deadline_ms <= at_ms:
                raise Complaint(f"{book.id} is overdue")
            if 0 < book.anyway_ms <= at_ms and book.where == "arrived":
                raise Complaint(f"{book.id} should have been queued anyway")
        for name, person in self.people.items():
            gone_for_ms = 0 if person.here else at_ms - person.gone_ms
            if gone_for_ms >= DETACHED_MS and person.presence != "offline":
                raise Complaint(f"{name} is gone and not offline")
            if gone_for_ms >= TAKE_BACK_MS and keeps_work(person):
                raise Complaint(f"{name} is gone and keeps work")

    def _nobody_waits_for_nothing(self, at_ms: int) -> None:
        """Whoever waits has nobody who could take them."""
        if not self.ledger.waiting:
            return
        on_duty = [person for name, person in self.people.items() if self.ledger.on_duty(name)]
        if not on_duty:
            return
        idle = {
            channel: frozenset(person.name for person in on_duty if self.ledger.has_room(person, channel))
            for channel in {book.channel for book in self.ledger.waiting.values()}
        }
        takers: dict[object, frozenset[str]] = {}  # the same for all that ask for the same
        for book in self.ledger.waiting.values() if any(idle.values()) else ():
            names = takers.get(book.asks)
            if names is None:
                names = takers[book.asks] = idle[book.channel] & self.ledger.plan.able(book)
            for name in names:
                if self._could(name, book, at_ms):
                    raise Complaint(f"{book.id} waits while {name} could take it")

    def _check_line(self, agent: str, book: Book, at_ms: int) -> None:
        """Nobody waits who comes before and could go to the same agent; nobody is overtaken beyond the bound."""
        mine, urgency = self._turn(book), self.ledger.plan.urgency
        for other in self.ledger.waiting.values():
            if other is book or not self._could(agent, other, at_ms):
                continue
            if mine > self._turn(other):
                raise Complaint(f"{book.id} was not the first in line: {other.id} was")
            points_ms = (book.priority - other.priority) * urgency.priority_ms
            points_ms += (book.value - other.value) * urgency.value_ms
            later_ms = book.arrived_ms - other.arrived_ms
            counts = not urgency.by_deadline and not urgency.depth_ms
            if counts and later_ms > max(points_ms, 0):
                raise Complaint(f"{other.id} was overtaken")

    def _turn(self, book: Book) -> tuple[int, int]:
        """A point of priority is worth ten minutes of waiting, a point of value one, unless the plan says otherwise."""
        urgency = self.ledger.plan.urgency
        start_ms = book.arrived_ms - urgency.depth_ms * self.ledger.depth[book.queue]
        if urgency.by_deadline:
            start_ms += self.ledger.plan.queues[book.queue].service_level_ms
        return start_ms - book.priority * urgency.priority_ms - book.value * urgency.value_ms, book.number

    def _could(self, agent: str, book: Book, at_ms: int) -> bool:
        if not self.ledger.on_duty(agent) or not self.ledger.plan.is_for(agent, book):
            return False
        if not self.ledger.has_room(self.people[agent], book.channel):
            return False
        held = book.nobody_but if at_ms < book.nobody_until_ms else ""
        if not held and at_ms < book.wanted_until_ms and self._is_available(book.wanted):
            held = book.wanted
        return held in ("", agent) and is_asked(agent, book) and not self._is_passed_over(agent, book, at_ms)

    def _is_available(self, name: str) -> bool:
        """Who goes away gives up the time of their own, but for a lost connection."""
        return name in self.people and self.people[name].presence == "available"

    def _is_passed_over(self, agent: str, book: Book, at_ms: int) -> bool:
        if at_ms < book.declined_ms.get(agent, at_ms - DECLINE_MS) + DECLINE_MS:
            return True
        passed = {*book.declined_ms, book.sender}
        return agent in passed and any(name not in passed for name in self.ledger.able_on_duty(book))


def keeps_work(person: Person) -> bool:
    """Whether the desk holds a conversation that goes back to its queue when the agent stays away."""
    return any(book.where == "active" and book.channel not in CALLS for book in person.has.values())
