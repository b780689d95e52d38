"""Counts the figures of docs/metrics.md from the events of a log, by plain passes over the list of events.

It shares nothing with reporting: no code and no state machine. Every figure is looked up in the list: who had the
contact at that moment is the last accept before it, a wait's end is the first event behind its beginning that ends
waits, and so on. Times of agents are measured by cutting the day into pieces at everything that happens.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from services.plan.compiled import Channel, Plan
from services.router.core import events as said
from services.router.core.events import ContactOutcome, Event, OfferEnd, Presence

QUARTER_MS = 900_000
SHORT_MS = 5_000
SPOKEN = (Channel.VOICE, Channel.CALLBACK)
CHATTED = (Channel.WEB_CHAT, Channel.SMS)
NAMES = {
    said.ContactAccepted: "arrived",
    said.ContactOffered: "offered",
    said.OfferAccepted: "accepted",
    said.CallConnected: "connected",
    said.ContactTransferred: "transferred",
    said.ContactReturned: "taken_back",
    said.CustomerWrote: "message",
    said.StepTaken: "step_taken",
    said.CustomerTold: "told",
}
GIVEN_UP = (said.ContactTransferred, said.ContactReturned, said.ContactEnded)

# Interval, company, queue, channel, agent.
Key = tuple[int, str, str, str, str]


@dataclass(frozen=True)
class Told:
    """An event with its moment and its number in the log."""

    at_ms: int
    number: int
    event: Event


@dataclass(frozen=True)
class Waited:
    """A wait that is over."""

    queue: str
    from_ms: int
    until_ms: int
    wait_ms: int
    end: str
    within: bool
    agent: str


@dataclass(frozen=True)
class Served:
    """A segment that is over."""

    agent: str
    queue: str
    accepted_ms: int
    connected_ms: int
    wrap_up_ms: int
    ended_ms: int
    end: str


@dataclass
class Story:
    """The events of one contact."""

    accepted: said.ContactAccepted
    told: list[Told] = field(default_factory=list)

    def queue_before(self, place: int) -> str:
        queues = [each.event.queue for each in self.told[:place] if isinstance(each.event, said.ContactQueued)]
        return queues[-1] if queues else ""

    def holder_before(self, place: int) -> str:
        """Who had accepted it and still had it."""
        for each in reversed(self.told[:place]):
            if isinstance(each.event, said.OfferAccepted):
                return each.event.agent
            if isinstance(each.event, said.ContactTransferred | said.ContactReturned):
                return ""
            if isinstance(each.event, said.ContactEnded):
                return each.event.agent or self.holder_before(self.told.index(each))
        return ""

    def first_behind(self, place: int, *kinds: type) -> int | None:
        """Where the first event of these kinds behind that one stands."""
        places = (at for at in range(place + 1, len(self.told)) if isinstance(self.told[at].event, kinds))
        return next(places, None)


class DayCount:
    """All figures of one tenant's log."""

    def __init__(self, log: list[tuple[int, Event]]) -> None:
        self.log = [Told(at_ms, number, event) for number, (at_ms, event) in enumerate(log)]
        self.end_ms = max((each.at_ms for each in self.log), default=0)
        self.plans = [(each, each.event.plan) for each in self.log if isinstance(each.event, said.PlanActivated)]
        self._presence_changes: dict[str, list[tuple[int, str]]] = {}
        self.stories = self._stories()
        self.waits = {name: list(self._waits(story)) for name, story in self.stories.items()}
        self.segments = {name: list(_segments(story)) for name, story in self.stories.items()}
        self.figures = self._figures()
        self.times = self._times()

    def _stories(self) -> dict[str, Story]:
        stories: dict[str, Story] = {}
        for each in self.log:
            if isinstance(each.event, said.ContactAccepted):
                stories[each.event.contact_id] = Story(each.event)
            name = getattr(each.event, "contact_id", "")
            if name in stories:
                stories[name].told.append(each)
        return stories

    # Waits

    def _waits(self, story: Story) -> Iterator[Waited]:
        for begin, end, how in _wait_places(story):
            if end is not None:
                yield self._waited(story, begin, end, how)

    def _waited(self, story: Story, begin: int, end: int, how: str) -> Waited:
        queue = story.queue_before(end)
        from_ms, until_ms = story.told[begin].at_ms, story.told[end].at_ms
        in_hours = story.accepted.channel not in (*SPOKEN, *CHATTED)
        wait_ms = self._open_ms(queue, from_ms, until_ms) if in_hours else until_ms - from_ms
        within = how == "answered" and wait_ms <= self._target_ms(queue, story.told[end])
        agent = getattr(story.told[end].event, "agent", "") or story.holder_before(end)
        return Waited(queue, from_ms, until_ms, wait_ms, how, within, agent if how == "answered" else "")

    def _open_ms(self, queue: str, from_ms: int, until_ms: int) -> int:
        """Piece by piece: each plan says when it was open while it was in force."""
        ends = [each.at_ms for each, _ in self.plans[1:]] + [until_ms]
        total = 0
        for (begin, plan), end_ms in zip(self.plans, ends, strict=True):
            since_ms, till_ms = max(from_ms, begin.at_ms), min(until_ms, end_ms)
            if since_ms < till_ms:
                total += _open_by(plan, queue, since_ms, till_ms)
        return total

    def _target_ms(self, queue: str, told: Told) -> int:
        before = [plan for each, plan in self.plans if each.number < told.number]
        return [each.service_level_ms for plan in before for each in plan.queues if each.id == queue][-1]

    # Figures

    def _figures(self) -> dict[Key, Counter[str]]:
        found: dict[Key, Counter[str]] = defaultdict(Counter)
        for name, story in self.stories.items():
            self._count_events(found, story)
            self._count_waits(found, story, self.waits[name])
            self._count_expectations(found, story)
            self._count_segments(found, story, self.segments[name])
        return dict(found)

    def _count_events(self, found: dict[Key, Counter[str]], story: Story) -> None:
        for place, each in enumerate(story.told):
            event = each.event
            queue = event.queue if isinstance(event, said.ContactQueued) else story.queue_before(place)
            agent = getattr(event, "agent", "")
            if isinstance(event, said.CustomerWrote | said.ReplySettled | said.ContactEnded):
                agent = agent or story.holder_before(place)
            if name := _name(event):
                found[_key(story, each.at_ms, queue, agent)][name] += 1

    def _count_waits(self, found: dict[Key, Counter[str]], story: Story, waits: list[Waited]) -> None:
        for begin, _, _ in _wait_places(story):
            event = story.told[begin].event
            queue = getattr(event, "queue", "") or story.queue_before(begin)
            found[_key(story, story.told[begin].at_ms, queue, "")]["entered"] += 1
        for each in waits:
            counts = found[_key(story, each.until_ms, each.queue, each.agent)]
            counts.update({each.end: 1, f"{each.end}_ms": each.wait_ms})
            counts["answered_within"] += each.within
            counts["short_abandoned"] += each.end == "abandoned" and each.wait_ms < SHORT_MS

    def _count_expectations(self, found: dict[Key, Counter[str]], story: Story) -> None:
        """For each accept the first queueing that said how long it would take, behind the last accept or transfer."""
        ends = (said.OfferAccepted, said.ContactTransferred)
        for place, each in enumerate(story.told):
            if not isinstance(each.event, said.OfferAccepted):
                continue
            since = max((at for at in range(place) if isinstance(story.told[at].event, ends)), default=-1)
            for before in story.told[since + 1 : place]:
                event = before.event
                if isinstance(event, said.ContactQueued) and event.expected_wait_p90_ms:
                    waited_ms = each.at_ms - before.at_ms
                    counts = found[_key(story, each.at_ms, story.queue_before(place), "")]
                    counts["expected"] += 1
                    counts["within_p50"] += waited_ms <= event.expected_wait_ms
                    counts["within_p90"] += waited_ms <= event.expected_wait_p90_ms
                    break

    def _count_segments(self, found: dict[Key, Counter[str]], story: Story, segments: list[Served]) -> None:
        is_call = story.accepted.channel in SPOKEN
        for each in segments:
            counts = found[_key(story, each.ended_ms, each.queue, each.agent)]
            if is_call and not each.connected_ms:
                counts.update({"unmet": 1, "unmet_ms": each.ended_ms - each.accepted_ms})
                continue
            met_ms = each.connected_ms or each.accepted_ms
            counts.update({"handled": 1, "handled_ms": each.ended_ms - met_ms})
            counts["active_ms"] += (each.wrap_up_ms or each.ended_ms) - met_ms
            counts["wrap_up_ms"] += each.ended_ms - (each.wrap_up_ms or each.ended_ms)
            counts["connecting_ms"] += met_ms - each.accepted_ms if is_call else 0

    # Agents

    def _times(self) -> dict[tuple[int, str], Counter[str]]:
        """Milliseconds by interval and agent in each state but offline."""
        found: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
        desks = self._desks()
        agents = {profile.id for _, plan in self.plans for profile in plan.agents}
        for agent in sorted(agents):
            for from_ms, until_ms in self._pieces(agent, desks[agent]):
                state = self._state(agent, desks[agent], from_ms)
                if state != "offline":
                    found[from_ms // QUARTER_MS * QUARTER_MS, agent][state] += until_ms - from_ms
        return dict(found)

    def _desks(self) -> dict[str, list[tuple[int, int, str]]]:
        """For each agent from when until when something lay on the desk, and how."""
        found: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        for story in self.stories.values():
            for place, each in enumerate(story.told):
                for from_ms, until, how in _lay(story, place):
                    until_ms = self.end_ms if until is None else story.told[until].at_ms
                    agent = getattr(each.event, "agent", "")
                    found[agent].append((from_ms, until_ms, how))
        return found

    def _pieces(self, agent: str, desk: list[tuple[int, int, str]]) -> Iterator[tuple[int, int]]:
        """The day cut wherever something changes for the agent, and at the quarters of an hour."""
        cuts = {each.at_ms for each in self.log if getattr(each.event, "agent", "") == agent}
        cuts |= {moment for from_ms, until_ms, _ in desk for moment in (from_ms, until_ms)}
        cuts |= {each.at_ms for each, _ in self.plans} | {self.end_ms}
        first_ms = min(cuts)
        cuts |= set(range(first_ms - first_ms % QUARTER_MS + QUARTER_MS, self.end_ms, QUARTER_MS))
        ordered = sorted(cuts)
        yield from pairwise(ordered)

    def _state(self, agent: str, desk: list[tuple[int, int, str]], at_ms: int) -> str:
        there = {how for from_ms, until_ms, how in desk if from_ms <= at_ms < until_ms}
        for how in ("busy", "wrap_up", "offered"):
            if how in there:
                return how
        in_force = [plan for each, plan in self.plans if each.at_ms <= at_ms]
        if not in_force or all(profile.id != agent for profile in in_force[-1].agents):
            return "offline"
        return self._said(agent, at_ms)

    def _said(self, agent: str, at_ms: int) -> str:
        """What the agent last said, or what was said for them."""
        changes = self._presences().get(agent, [])
        place = bisect_right(changes, at_ms, key=lambda each: each[0])
        return changes[place - 1][1] if place else "offline"

    def _presences(self) -> dict[str, list[tuple[int, str]]]:
        if not self._presence_changes:
            for each in self.log:
                if isinstance(each.event, said.PresenceChanged):
                    away = f"away/{each.event.reason}" if each.event.presence is Presence.AWAY else ""
                    change = (each.at_ms, away or each.event.presence.value)
                    self._presence_changes.setdefault(each.event.agent, []).append(change)
        return self._presence_changes


def _wait_places(story: Story) -> Iterator[tuple[int, int | None, str]]:
    """Where each wait begins and ends, and how; None for one that is not over."""
    begin = story.first_behind(-1, said.ContactQueued)
    while begin is not None:
        behind = list(enumerate(story.told))[begin + 1 :]
        ends = ((at, _ends_wait(story.accepted.channel, each.event)) for at, each in behind)
        end, how = next(((at, how) for at, how in ends if how), (None, ""))
        yield begin, end, how
        if end is None:
            return
        is_transfer = isinstance(story.told[end].event, said.ContactTransferred)
        begin = end if is_transfer else story.first_behind(end, said.ContactReturned, said.ContactTransferred)


def _ends_wait(channel: Channel, event: Event) -> str:
    """By the table of docs/metrics.md, "The clock"."""
    if isinstance(event, said.ContactEnded):
        answered = channel not in (*SPOKEN, *CHATTED) and event.outcome is ContactOutcome.COMPLETED
        how = {ContactOutcome.ABANDONED: "abandoned"}.get(event.outcome, "unanswered")
        return "answered" if answered else how
    if isinstance(event, said.ReplySettled):
        return "answered" if event.delivered and channel not in (*SPOKEN, *CHATTED) else ""
    ends: dict[type, str] = {said.ContactTransferred: "unanswered"}
    if channel in SPOKEN:
        left = "not_reached" if channel is Channel.CALLBACK else "abandoned"
        ends |= {said.CallConnected: "answered", said.CustomerLeft: left, said.WrapUpStarted: "unanswered"}
    if channel in CHATTED:
        ends |= {said.OfferAccepted: "answered"}
    return ends.get(type(event), "")


def _segments(story: Story) -> Iterator[Served]:
    for place, each in enumerate(story.told):
        end = story.first_behind(place, *GIVEN_UP) if isinstance(each.event, said.OfferAccepted) else None
        if end is not None and isinstance(each.event, said.OfferAccepted):
            inside = story.told[place:end]
            connected = [told.at_ms for told in inside if isinstance(told.event, said.CallConnected)]
            wrap_up = [told.at_ms for told in inside if isinstance(told.event, said.WrapUpStarted)]
            how = {said.ContactTransferred: "transferred", said.ContactReturned: "taken_back"}
            yield Served(
                each.event.agent,
                story.queue_before(end),
                each.at_ms,
                min(connected, default=0),
                min(wrap_up, default=0),
                story.told[end].at_ms,
                how.get(type(story.told[end].event), "ended"),
            )


def _lay(story: Story, place: int) -> Iterator[tuple[int, int | None, str]]:
    """From when until what event this one put the contact on a desk, and how it lay there."""
    told = story.told[place]
    match told.event:
        case said.ContactOffered():
            yield (
                told.at_ms,
                story.first_behind(place, said.OfferAccepted, said.OfferReturned, said.ContactEnded),
                "offered",
            )
        case said.OfferAccepted():
            yield told.at_ms, story.first_behind(place, said.WrapUpStarted, *GIVEN_UP), "busy"
        case said.WrapUpStarted():
            yield told.at_ms, story.first_behind(place, said.ContactEnded), "wrap_up"


def _open_by(plan: Plan, queue: str, from_ms: int, until_ms: int) -> int:
    hours_id = next((each.hours for each in plan.queues if each.id == queue), "")
    hours = next((each for each in plan.hours if each.id == hours_id), None)
    if hours is None:
        return until_ms - from_ms
    known = [(each.from_ms, each.until_ms) for each in hours.open] + [(hours.known_until_ms, until_ms)]
    return sum(max(0, min(till_ms, until_ms) - max(since_ms, from_ms)) for since_ms, till_ms in known)


def _key(story: Story, at_ms: int, queue: str, agent: str) -> Key:
    return (at_ms // QUARTER_MS * QUARTER_MS, story.accepted.company, queue, story.accepted.channel, agent)


def _name(event: Event) -> str:
    match event:
        case said.OfferReturned(because=because):
            ends = {OfferEnd.DECLINED: "declined", OfferEnd.TIMED_OUT: "timed_out", OfferEnd.WITHDRAWN: "withdrawn"}
            return f"offer_{ends.get(because, 'lapsed')}"
        case said.ReplySettled(delivered=delivered):
            return "reply_delivered" if delivered else "reply_failed"
        case said.ContactEnded(outcome=outcome):
            return f"ended_{outcome.value}"
        case said.ContactQueued():
            return "queued"
        case _:
            return NAMES.get(type(event), "")
