"""Judges the router core's decisions from its events alone: it shares no code with the core but the plan's types.

It keeps its own books, by its own rules of thumb, and complains of the first thing that should not have happened.
"""

from dataclasses import dataclass, field
from typing import Any

from services.plan.compiled import AgentProfile, Channel, ChannelRule, Plan, Policy, Queue
from services.router.core import events as said
from services.router.core.events import Event, OfferEnd, Presence

DECLINE_MS = 30_000
CALLS = (Channel.VOICE, Channel.CALLBACK)
ONE_AT_A_TIME = (Channel.SMS, Channel.CALLBACK)


class Complaint(AssertionError):
    """The core did what it must not do, or left undone what it must do."""


@dataclass
class Book:
    """What the auditor knows of a contact."""

    id: str
    company: str
    channel: Channel
    arrived_ms: int
    number: int
    where: str = "arrived"
    queue: str = ""
    needs: dict[str, int] = field(default_factory=dict)
    priority: int = 0
    agent: str = ""
    offer: str = ""
    deadline_ms: int = 0
    anyway_ms: int = 0
    was_live_at_takeover: bool = False
    nobody_but: str = ""
    nobody_until_ms: int = 0
    conversation: tuple[str, ...] = ()
    declined_ms: dict[str, int] = field(default_factory=dict)
    sender: str = ""


@dataclass
class Person:
    """What the auditor knows of an agent."""

    here: bool = False
    presence: str = "offline"
    gone_ms: int = 0
    turn: int = 0


class Auditor:
    def __init__(self) -> None:
        self.books: dict[str, Book] = {}
        self.people: dict[str, Person] = {}
        self.plan: Plan | None = None
        self.offers_seen: set[str] = set()
        self.left_early: set[str] = set()
        self.unanswered: set[str] = set()
        self.accepted = 0
        self.endings = 0

    def audit(self, events: tuple[Event, ...], at_ms: int) -> None:
        """Take the events of one decision, then look at what they left."""
        for event in events:
            getattr(self, "_" + type(event).__name__)(event, at_ms)
            self._let_leavers_go()
            self._nobody_is_overloaded()
        self._nobody_is_talked_to_twice(events)
        self._nobody_rings_in_vain()
        self._nothing_is_overdue(at_ms)
        self._nobody_waits_for_nothing(at_ms)

    # What each event says

    def _ContactAccepted(self, event: said.ContactAccepted, at_ms: int) -> None:  # noqa: N802
        must(event.contact_id not in self.books, "accepted twice")
        self.accepted += 1
        self.books[event.contact_id] = Book(
            event.contact_id,
            event.company,
            event.channel,
            event.arrived_at_ms,
            self.accepted,
            anyway_ms=event.queue_anyway_at_ms,
            conversation=(event.channel, event.company, event.dialed, event.customer),
        )

    def _ContactRefined(self, event: said.ContactRefined, at_ms: int) -> None:  # noqa: N802
        must(self.books[event.contact_id].where != "ended", "refined after its end")

    def _ContactQueued(self, event: said.ContactQueued, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        must(book.where in ("arrived", "queued"), "queued from elsewhere")
        book.where, book.queue, book.priority = "queued", event.queue, event.priority
        book.needs = {each.skill: each.level for each in event.skills}
        must(event.queue in self._queues(), "queued where there is no queue")

    def _ContactOffered(self, event: said.ContactOffered, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        must(book.where == "queued", "offered while not waiting")
        must(event.offer_id not in self.offers_seen, "an offer id used twice")
        must(self._could(event.agent, book, at_ms), f"{book.id} offered to {event.agent}, who could not take it")
        must(self._first_in_line(event.agent, book, at_ms), f"{book.id} was not the first in line")
        must(event.deadline_ms == at_ms + self._rule(book.channel).offer_ms, "an odd deadline")
        rank = self._rank(event.agent, book)
        takers = [name for name in self.people if self._could(name, book, at_ms)]
        must(rank == min(self._rank(name, book) for name in takers), f"{event.agent} was not the policy's choice")
        self.offers_seen.add(event.offer_id)
        self.people[event.agent].turn = len(self.offers_seen)
        book.where, book.agent, book.offer, book.deadline_ms = (
            "offered",
            event.agent,
            event.offer_id,
            event.deadline_ms,
        )
        book.was_live_at_takeover = False

    def _OfferAccepted(self, event: said.OfferAccepted, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        must((book.where, book.agent, book.offer) == ("offered", event.agent, event.offer_id), "accepted by a stranger")
        must(at_ms < book.deadline_ms, "accepted too late")
        book.where, book.deadline_ms, book.sender = "active", 0, ""
        book.declined_ms, book.nobody_but = {}, ""

    def _OfferReturned(self, event: said.OfferReturned, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        must((book.where, book.agent, book.offer) == ("offered", event.agent, event.offer_id), "returned by a stranger")
        if event.because is OfferEnd.DECLINED:
            book.declined_ms[event.agent] = at_ms
        if event.because in (OfferEnd.TIMED_OUT, OfferEnd.LAPSED):
            must(at_ms >= book.deadline_ms, "ran out too early")
            must((event.because is OfferEnd.LAPSED) == book.was_live_at_takeover, "blamed wrongly")
        book.where, book.agent, book.deadline_ms = "queued", "", 0

    def _OfferCarried(self, event: said.OfferCarried, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        must(book.where == "offered" and book.was_live_at_takeover, "carried what was not on offer")
        must(event.deadline_ms >= book.deadline_ms, "carried to an earlier deadline")
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
        book.where, book.deadline_ms = "wrap-up", event.deadline_ms

    def _ContactTransferred(self, event: said.ContactTransferred, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        must((book.where, book.agent) == ("active", event.agent), "transferred what was not in work")
        must(self._queues()[event.queue].company == book.company, "transferred to another company")
        book.where, book.agent, book.sender, book.queue = "queued", "", event.agent, event.queue

    def _ContactReturned(self, event: said.ContactReturned, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        must((book.where, book.agent) == ("active", event.agent), "taken back from who did not have it")
        book.where, book.agent = "queued", ""
        if book.channel in CALLS:
            self.unanswered.add(event.agent)
            return
        must(not self.people[event.agent].here, "taken back from somebody who is here")
        must(at_ms >= self.people[event.agent].gone_ms + 300_000, "taken back too early")

    def _CallConnected(self, event: said.CallConnected, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        must((book.where, book.agent) == ("active", event.agent), "connected to who did not have it")
        must(book.channel in CALLS, "connected what is no call")

    def _ContactEnded(self, event: said.ContactEnded, at_ms: int) -> None:  # noqa: N802
        book = self.books[event.contact_id]
        must(book.where != "ended", "ended twice")
        outcome = str(event.outcome)
        legal = {
            "completed": ("active", "wrap-up"),
            "abandoned": ("queued", "offered", "arrived"),
            "left_in_ivr": ("arrived",),
            "joined": ("arrived", "queued", "offered"),
            "cancelled": ("arrived", "queued", "offered"),
        }
        must(book.where in legal[outcome], f"{outcome} while {book.where}")
        must(outcome != "completed" or event.agent == book.agent, "completed by a stranger")
        must(
            book.where != "arrived" or outcome != "abandoned" or book.id in self.left_early, "abandoned before queueing"
        )
        book.where, book.agent, book.deadline_ms = "ended", "", 0
        self.endings += 1

    def _LeftBeforeArrival(self, event: said.LeftBeforeArrival, at_ms: int) -> None:  # noqa: N802
        must(event.contact_id not in self.books, "left before an arrival that has happened")
        self.left_early.add(event.contact_id)

    def _ContactForgotten(self, event: said.ContactForgotten, at_ms: int) -> None:  # noqa: N802
        book = self.books.pop(event.contact_id, None)
        must(book is None or book.where == "ended", "forgotten while open")

    def _AgentAttached(self, event: said.AgentAttached, at_ms: int) -> None:  # noqa: N802
        self.people[event.agent].here = True

    def _AgentDetached(self, event: said.AgentDetached, at_ms: int) -> None:  # noqa: N802
        self.people[event.agent].here, self.people[event.agent].gone_ms = False, at_ms

    def _PresenceChanged(self, event: said.PresenceChanged, at_ms: int) -> None:  # noqa: N802
        person = self.people[event.agent]
        if not person.here and person.presence == "offline":
            person.gone_ms = at_ms
        person.presence = str(event.presence)
        offers = [book for book in self.books.values() if (book.where, book.agent) == ("offered", event.agent)]
        must(event.presence is Presence.AVAILABLE or not offers, "went away with an open offer")

    def _PlanActivated(self, event: said.PlanActivated, at_ms: int) -> None:  # noqa: N802
        must(event.plan.version == (self.plan.version if self.plan else 0) + 1, "a version left out")
        self.plan = event.plan
        for profile in event.plan.agents:
            self.people.setdefault(profile.id, Person())

    def _OwnerChanged(self, event: said.OwnerChanged, at_ms: int) -> None:  # noqa: N802
        must(event.grace_until_ms == at_ms + 10_000, "an odd grace")
        for person in self.people.values():
            person.here, person.gone_ms = False, at_ms
        for book in self.books.values():
            if book.where == "offered":
                book.was_live_at_takeover = True
                book.nobody_but, book.nobody_until_ms = book.agent, event.grace_until_ms

    def _let_leavers_go(self) -> None:
        """Who is not in the roster is gone with the last of their work."""
        busy = {book.agent for book in self.books.values()}
        roster = {profile.id for profile in self._plan().agents}
        for leaver in [each for each in self.people if each not in roster and each not in busy]:
            del self.people[leaver]

    # What must hold

    def _nobody_is_overloaded(self) -> None:
        """Units and channels that stand alone, of all who are offered something: others may finish what is too much."""
        for profile in self._plan().agents:
            theirs = [book for book in self.books.values() if book.agent == profile.id]
            if any(book.where == "offered" for book in theirs):
                rules = [self._rule(book.channel) for book in theirs]
                must(sum(rule.units for rule in rules) <= profile.units, f"{profile.id} is overloaded")
                must(len(rules) == 1 or not any(rule.alone for rule in rules), f"{profile.id} does two things at once")

    def _nobody_is_talked_to_twice(self, events: tuple[Event, ...]) -> None:
        """A customer has one conversation by SMS, and one call-back, at a time with a dialed number."""
        if any(isinstance(event, said.ContactAccepted) for event in events):
            talks = [
                book.conversation
                for book in self.books.values()
                if book.where != "ended" and book.channel in ONE_AT_A_TIME and book.conversation[-1]
            ]
            must(len(set(talks)) == len(talks), "a customer has two conversations at once")

    def _nobody_rings_in_vain(self) -> None:
        for agent in self.unanswered:
            person = self.people.get(agent)  # None: had left the roster
            must(person is None or person.presence != "available", f"{agent} does not answer and gets more")
        self.unanswered.clear()

    def _nothing_is_overdue(self, at_ms: int) -> None:
        for book in self.books.values():
            must(not book.deadline_ms or book.deadline_ms > at_ms, f"{book.id} is overdue")
            overdue = book.where == "arrived" and 0 < book.anyway_ms <= at_ms
            must(not overdue, f"{book.id} should have been queued anyway")
        for name, person in self.people.items():
            gone_for_ms = 0 if person.here else at_ms - person.gone_ms
            must(person.presence == "offline" or gone_for_ms < 30_000, f"{name} is gone and not offline")

    def _nobody_waits_for_nothing(self, at_ms: int) -> None:
        """Whoever waits has nobody who could take them."""
        for book in self.books.values():
            if book.where == "queued":
                takers = [name for name in self.people if self._could(name, book, at_ms)]
                must(not takers, f"{book.id} waits while {takers} could take it")

    def _first_in_line(self, agent: str, book: Book, at_ms: int) -> bool:
        """Nobody waits who comes before and could go to the same agent."""
        mine = (-book.priority, book.arrived_ms, book.number)
        return not any(
            other.where == "queued"
            and (-other.priority, other.arrived_ms, other.number) < mine
            and self._could(agent, other, at_ms)
            for other in self.books.values()
        )

    def _rank(self, agent: str, book: Book) -> int:
        """What the queue's policy looks at first; idle time is left to others."""
        has = {each.skill: each.level for each in self._profile(agent).skills}
        match self._queues()[book.queue].policy:
            case Policy.ROUND_ROBIN:
                return self.people[agent].turn
            case Policy.SKILL_BASED:
                return len(set(has) - set(book.needs))
            case Policy.MOST_PROFICIENT:
                return -sum(has[skill] for skill in book.needs or has)
            case _:
                return 0

    def _could(self, agent: str, book: Book, at_ms: int) -> bool:
        if not self._is_for(agent, book) or not self._on_duty(agent):
            return False
        theirs = [each for each in self.books.values() if each.agent == agent]
        rule = self._rule(book.channel)
        rules = [self._rule(each.channel) for each in theirs]
        if rule.units + sum(each.units for each in rules) > self._profile(agent).units:
            return False
        if rules and (rule.alone or any(each.alone for each in rules)):
            return False
        if book.nobody_but not in ("", agent) and at_ms < book.nobody_until_ms:
            return False
        return not self._is_passed_over(agent, book, at_ms)

    def _is_passed_over(self, agent: str, book: Book, at_ms: int) -> bool:
        if at_ms < book.declined_ms.get(agent, at_ms - DECLINE_MS) + DECLINE_MS:
            return True
        passed = {*book.declined_ms, book.sender}
        others = [each for each in self.people if each not in passed and self._on_duty(each)]
        return agent in passed and any(self._is_for(each, book) for each in others)

    def _on_duty(self, agent: str) -> bool:
        return self.people[agent].here and self.people[agent].presence == "available"

    def _is_for(self, agent: str, book: Book) -> bool:
        profile = next((each for each in self._plan().agents if each.id == agent), None)
        queue = self._queues().get(book.queue)
        if profile is None or queue is None or book.company not in profile.companies:
            return False
        serves = set(profile.groups) & set(queue.groups) if queue.groups else queue.company in profile.companies
        has = {each.skill: each.level for each in profile.skills}
        return bool(serves) and all(has.get(skill, 0) >= level for skill, level in book.needs.items())

    def _profile(self, agent: str) -> AgentProfile:
        return next(each for each in self._plan().agents if each.id == agent)

    def _plan(self) -> Plan:
        if self.plan is None:
            return Plan("", 0, "", (), (), (), (), (), Any, ())  # type: ignore[arg-type]
        return self.plan

    def _queues(self) -> dict[str, Queue]:
        return {queue.id: queue for queue in self._plan().queues}

    def _rule(self, channel: Channel) -> ChannelRule:
        return next(rule for rule in self._plan().channels if rule.channel is channel)


def must(is_so: bool, complaint: str) -> None:
    if not is_so:
        raise Complaint(complaint)
