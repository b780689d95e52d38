"""The auditor's books: what it knows of each contact and agent from events alone, and of the plan in force."""

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from services.plan.compiled import AgentProfile, Channel, ChannelRule, Plan, Queue, Route, Urgency

CALLS = (Channel.VOICE, Channel.CALLBACK)
# Where a contact may be that ends so.
LEGAL_ENDS = {
    "completed": ("active", "wrap-up"),
    "abandoned": ("queued", "offered", "arrived"),
    "left_in_ivr": ("arrived",),
    "joined": ("arrived", "queued", "offered"),
    "cancelled": ("arrived", "queued", "offered"),
    "diverted": ("queued", "active"),
    "callback": ("queued", "offered"),
    "consulted": ("queued", "offered", "active"),
}


class Complaint(AssertionError):
    """The core did what it must not do, or left undone what it must do."""


def must(is_so: bool, complaint: str) -> None:
    if not is_so:
        raise Complaint(complaint)


@dataclass(slots=True, eq=False)
class Book:
    """What the auditor knows of a contact."""

    id: str
    company: str
    channel: Channel
    arrived_ms: int
    number: int
    customer: str = ""
    before: str = ""
    # Whose place in the queue it was given.
    place_of: "Book | None" = None
    where: str = "arrived"
    queue: str = ""
    needs: dict[str, int] = field(default_factory=dict)
    priority: int = 0
    value: int = 0
    more_groups: tuple[str, ...] = ()
    way: str = ""
    routed_ms: int = 0
    queued_ms: int = 0
    told_ms: int = 0
    steps: list[int] = field(default_factory=list)
    # Steps that were said to stand open.
    opened: set[int] = field(default_factory=set)
    # Whom a transfer that has just been made names.
    named: str = ""
    wanted: str = ""
    wanted_until_ms: int = 0
    agent: str = ""
    offer: str = ""
    offered_ms: int = 0
    deadline_ms: int = 0
    anyway_ms: int = 0
    was_live_at_takeover: bool = False
    nobody_but: str = ""
    nobody_until_ms: int = 0
    conversation: tuple[str, ...] = ()
    declined_ms: dict[str, int] = field(default_factory=dict)
    sender: str = ""
    # What it is about, who alone is asked, and with whom it ended; and the open one about it.
    about: "Book | None" = None
    only: str = ""
    ended_ms: int = 0
    ended_with: str = ""
    consultation: "Book | None" = None
    _asked: tuple[object, ...] | None = None

    @property
    def asks(self) -> tuple[object, ...]:
        """What decides who is one for it."""
        if self._asked is None or self._asked[0] != self.queue:
            self._asked = (self.queue, self.company, self.channel, tuple(sorted(self.needs.items())), self.more_groups)
        return self._asked

    def ask(self, needs: dict[str, int], more_groups: tuple[str, ...]) -> None:
        """It asks for something else from now on."""
        self.needs, self.more_groups, self._asked = needs, more_groups, None


@dataclass(slots=True, eq=False)
class Person:
    """What the auditor knows of an agent."""

    name: str
    here: bool = False
    presence: str = "offline"
    gone_ms: int = 0
    turn: int = 0
    idle_ms: int = 0
    answered: int = 0
    takes_ms: int = 0
    day_ms: int = 0
    counted_ms: int = 0
    duty_ms: int = 0
    busy_ms: int = 0
    has: dict[str, Book] = field(default_factory=dict)
    # Whether there is room on the desk, as it is, for one more of the channel.
    room: dict[Channel, bool] = field(default_factory=dict)


class Rules:
    """The plan in force, looked up by name."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.profiles = {each.id: each for each in plan.agents}
        self.queues = {each.id: each for each in plan.queues}
        self.routes = {each.id: each.route for each in plan.entry_points} | {"default": plan.default_route}
        first_into = {route.queue: route for route in reversed(self.routes.values())}
        self.routes |= {f"queue:{queue}": route for queue, route in first_into.items()}
        self.urgency = plan.urgency or Urgency(600_000, 60_000)
        # Ways that have steps; and who is one for contacts that ask for that.
        self.steps = {way: route.steps for way, route in self.routes.items() if route.steps}
        self._able: dict[object, frozenset[str]] = {}
        # Where callers are told their place anew, how often.
        self.told_each_ms = {each.id: each.announce_every_ms for each in plan.queues if each.announce_every_ms}
        self._days_ms = sorted(plan.days_ms)

    @cached_property
    def channels(self) -> dict[Channel, ChannelRule]:
        return {each.channel: each for each in self.plan.channels}

    def is_for(self, name: str, book: Book) -> bool:
        """Whether the agent is one for such contacts, whatever they do now."""
        return name in self.able(book)

    def able(self, book: Book) -> frozenset[str]:
        able = self._able.get(book.asks)
        if able is None:
            queue = self.queues.get(book.queue)
            units = self.channels[book.channel].units
            large = {name: each for name, each in self.profiles.items() if each.units >= units}
            able = frozenset(name for name, each in large.items() if self._works_out(each, queue, book))
            self._able[book.asks] = able
        return able

    def route(self, book: Book) -> Route | None:
        return self.routes.get(book.way)

    @staticmethod
    def _works_out(profile: AgentProfile, queue: Queue | None, book: Book) -> bool:
        if queue is None or book.company not in profile.companies:
            return False
        serves = set(profile.groups) & set(queue.groups) if queue.groups else queue.company in profile.companies
        serves = (serves and queue.site in ("", profile.site)) or set(profile.groups) & set(book.more_groups)
        has = {each.skill: each.level for each in profile.skills}
        return bool(serves) and all(has.get(skill, 0) >= level for skill, level in book.needs.items())

    def day_ms(self, at_ms: int) -> int:
        begun = bisect_right(self._days_ms, at_ms)
        return self._days_ms[begun - 1] if begun else 0


class Ledger:
    """All books and people, and who waits."""

    def __init__(self) -> None:
        self.rules: Rules | None = None
        self.books: dict[str, Book] = {}
        # Those that have not ended; of these those that wait, those that don't, and those that are questions.
        self.open: dict[str, Book] = {}
        self.waiting: dict[str, Book] = {}
        self.elsewhere: dict[str, Book] = {}
        self.questions: dict[str, Book] = {}
        self.depth: Counter[str] = Counter()
        self.people: dict[str, Person] = {}

    @property
    def plan(self) -> Rules:
        if self.rules is None:
            raise Complaint("something happens before there is a plan")
        return self.rules

    def begin(self, book: Book) -> None:
        """The contact is there."""
        self.books[book.id] = self.open[book.id] = self.elsewhere[book.id] = book
        if book.about is not None:
            self.questions[book.id] = book

    def put(self, book: Book, where: str, agent: str = "", queue: str = "") -> None:
        """The contact is somewhere else now."""
        if book.where == "queued":
            del self.waiting[book.id]
            self.depth[book.queue] -= 1
        if book.agent:
            self.people[book.agent].has.pop(book.id, None)
            self.people[book.agent].room.clear()
        book.where, book.agent, book.queue = where, agent, queue or book.queue
        if where == "queued":
            self.waiting[book.id] = book
            self.depth[book.queue] += 1
            self.elsewhere.pop(book.id, None)
        else:
            self.elsewhere[book.id] = book
        if where == "ended":
            del self.open[book.id], self.elsewhere[book.id]
            self.questions.pop(book.id, None)
        if agent:
            self.people[agent].has[book.id] = book
            self.people[agent].room.clear()

    def on_duty(self, name: str) -> bool:
        person = self.people[name]
        return person.here and person.presence == "available" and name in self.plan.profiles

    def able_on_duty(self, book: Book) -> list[str]:
        able = self.plan.able(book)
        return [name for name in self.people if name in able and self.on_duty(name)]

    def able_and_available(self, book: Book) -> list[str]:
        """As `able_on_duty`, but a connection that is lost ends nobody's duty."""
        able = self.plan.able(book)
        return [name for name, person in self.people.items() if name in able and person.presence == "available"]

    def units(self, person: Person) -> int:
        """What is on the desk, without what makes room for something that stands alone."""
        return sum(self.plan.channels[each.channel].units for each in self.held(person))

    def held(self, person: Person) -> list[Book]:
        rules = self.plan.channels
        items = list(person.has.values())
        if not any(rules[each.channel].alone for each in items):
            return items
        return [each for each in items if each.where == "offered" or not rules[each.channel].interruptible]

    def has_room(self, person: Person, channel: Channel) -> bool:
        room = person.room.get(channel)
        if room is None:
            room = person.room[channel] = self._finds_room(person, channel)
        return room

    def _finds_room(self, person: Person, channel: Channel) -> bool:
        rules, units = self.plan.channels, self.plan.profiles[person.name].units
        wanted = rules[channel]
        if wanted.alone:
            # What can be interrupted makes room for what stands alone.
            stay = [each for each in person.has.values() if each.where == "offered"]
            stay += [each for each in person.has.values() if not rules[each.channel].interruptible]
            return not stay and wanted.units <= units
        if any(rules[each.channel].alone for each in person.has.values()):
            return False
        return sum(rules[each.channel].units for each in person.has.values()) + wanted.units <= units
