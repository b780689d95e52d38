"""What must be so of each of many contacts, checked from events alone and in time that does not grow with the queue."""

from collections import defaultdict
from dataclasses import dataclass, field
from heapq import heappop, heappush

from services.plan.compiled import Channel, Plan, SkillLevel
from services.router.core import events as said
from services.router.core.events import Event, OfferEnd
from tests.simulation.core_books import must


@dataclass(slots=True)
class Waiting:
    """A contact as it was queued last. `refused`: agents who had it and passed it on.

    `offered_to` has not accepted it yet. After a takeover nobody but `held_for` may have it before `held_until_ms`.
    """

    arrived_ms: int
    channel: Channel
    queue: str = ""
    skills: tuple[SkillLevel, ...] = ()
    priority: int = 0
    refused: set[str] = field(default_factory=set)
    offered_to: str = ""
    held_for: str = ""
    held_until_ms: int = 0
    # Where it waits; None while it does not.
    line: "Line | None" = None


@dataclass(slots=True)
class Line:
    """Who waits for the same with the same priority, the earliest first; who has left is dropped at the front."""

    asks: Waiting
    heap: list[tuple[int, str]] = field(default_factory=list)


class ContactChecks:
    """Raises Complaint when a contact is lost, on two desks, on a full one, or overtaken beyond the stated bound."""

    def __init__(self, plan: Plan) -> None:
        assert plan.urgency is not None
        self._priority_ms = plan.urgency.priority_ms
        self._units = {rule.channel: rule.units for rule in plan.channels}
        self._profiles = {profile.id: profile for profile in plan.agents}
        self._groups = {queue.id: set(queue.groups) for queue in plan.queues}
        self._lowest = min(entry.route.priority for entry in plan.entry_points)
        self._lines: dict[tuple[object, ...], Line] = {}
        self._lines_of: dict[str, list[Line]] = {profile.id: [] for profile in plan.agents}
        self.open: dict[str, Waiting] = {}
        self.desks: defaultdict[str, dict[str, Channel]] = defaultdict(dict)
        self.accepted = self.ended = self.offers = 0
        # By how much the lowest priority was overtaken at most.
        self.overtaken_ms = 0

    def see(self, event: Event, at_ms: int) -> None:
        """The next event, whatever it is."""
        match event:
            case said.ContactAccepted():
                must(event.contact_id not in self.open, f"{event.contact_id} was accepted twice")
                self.open[event.contact_id] = Waiting(event.arrived_at_ms, event.channel)
                self.accepted += 1
            case said.ContactQueued():
                self._queued(event)
            case said.ContactOffered():
                self._offered(event, at_ms)
            case said.OfferReturned():
                self._returned(event)
            case said.OfferAccepted():
                must(
                    event.contact_id in self.desks[event.agent], f"{event.contact_id} was accepted by who had no offer"
                )
                waiting = self.open[event.contact_id]
                waiting.refused.clear()
                waiting.offered_to, waiting.held_until_ms = "", 0
            case said.OwnerChanged():
                self._hold_offers(event)
            case said.ContactTransferred() | said.ContactReturned():
                self.desks[event.agent].pop(event.contact_id)
                self.open[event.contact_id].refused.add(event.agent)
                self._wait(event.contact_id)
            case said.ContactEnded():
                must(event.contact_id in self.open, f"{event.contact_id} ended twice")
                del self.open[event.contact_id]
                self.desks[event.agent].pop(event.contact_id, None)
                self.ended += 1

    def _hold_offers(self, event: said.OwnerChanged) -> None:
        for waiting in self.open.values():
            if waiting.offered_to:
                waiting.held_for, waiting.held_until_ms = waiting.offered_to, event.grace_until_ms

    def _queued(self, event: said.ContactQueued) -> None:
        waiting = self.open[event.contact_id]
        waiting.queue, waiting.skills, waiting.priority = event.queue, event.skills, event.priority
        self._wait(event.contact_id)

    def _wait(self, contact_id: str) -> None:
        waiting = self.open[contact_id]
        key = (waiting.queue, waiting.channel, waiting.skills, waiting.priority)
        if key not in self._lines:
            self._open_line(key, waiting)
        if waiting.line is not self._lines[key]:
            waiting.line = self._lines[key]
            heappush(waiting.line.heap, (waiting.arrived_ms, contact_id))

    def _open_line(self, key: tuple[object, ...], asks: Waiting) -> None:
        self._lines[key] = line = Line(asks)
        for name, profile in self._profiles.items():
            levels = {has.skill: has.level for has in profile.skills}
            able = all(levels.get(each.skill, 0) >= each.level for each in asks.skills)
            if able and self._groups[asks.queue] & set(profile.groups):
                self._lines_of[name].append(line)

    def _offered(self, event: said.ContactOffered, at_ms: int) -> None:
        waiting, agent = self.open[event.contact_id], event.agent
        must(waiting.line is not None, f"{event.contact_id} is offered and on a desk already")
        must(waiting.line in self._lines_of[agent], f"{event.contact_id} is offered to {agent}, who is not one for it")
        waiting.line = None
        for line in self._lines_of[agent]:
            if self._fits(agent, line.asks.channel):
                self._check_overtaken(waiting, line, agent, at_ms)
        must(self._fits(agent, waiting.channel), f"{agent} has no room for {event.contact_id}")
        self.desks[agent][event.contact_id] = waiting.channel
        waiting.offered_to = agent
        self.offers += 1

    def _fits(self, agent: str, channel: Channel) -> bool:
        desk = self.desks[agent].values()
        if channel is Channel.VOICE:
            return not desk
        taken = sum(self._units[each] for each in desk)
        return Channel.VOICE not in desk and taken + self._units[channel] <= self._profiles[agent].units

    def _check_overtaken(self, by: Waiting, line: Line, agent: str, at_ms: int) -> None:
        """Whoever waits there, and could go to the agent, arrived not much earlier."""
        while line.heap:
            arrived_ms, contact_id = line.heap[0]
            other = self.open.get(contact_id)
            if other is not None and other.line is line:
                break
            heappop(line.heap)
        else:
            return
        if agent in other.refused or (at_ms < other.held_until_ms and agent != other.held_for):
            return  # the next in that line is looked at when this one has gone
        later_ms = by.arrived_ms - arrived_ms
        bound_ms = max(0, by.priority - other.priority) * self._priority_ms
        must(later_ms <= bound_ms, f"{contact_id} was overtaken by one that came {later_ms} ms later, over {bound_ms}")
        if other.priority == self._lowest:
            self.overtaken_ms = max(self.overtaken_ms, later_ms)

    def _returned(self, event: said.OfferReturned) -> None:
        must(event.contact_id in self.desks[event.agent], f"{event.contact_id} comes back from who did not have it")
        self.desks[event.agent].pop(event.contact_id)
        self.open[event.contact_id].offered_to = ""
        if event.because is OfferEnd.DECLINED:
            self.open[event.contact_id].refused.add(event.agent)
        self._wait(event.contact_id)
