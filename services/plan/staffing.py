"""Can anybody take it: queues that no agent serves, routes that no agent is able to take, units that no agent has."""

from collections import defaultdict
from collections.abc import Iterator

from services.plan.compile import channel_rule
from services.plan.compiled import Channel
from services.plan.defects import Finding, Path
from services.plan.fields import shown
from services.plan.model import AgentPart, PlanModel, QueuePart, RoutePart


def staffing_findings(content: PlanModel) -> Iterator[Finding]:
    """Queues, routes and channels whose contacts would wait for ever."""
    roster = _Roster(content)
    yield from _unserved_queues(content, roster)
    yield from _costly_channels(content, roster)
    yield from _impossible_route(("default",), content.default, (), roster)
    for index, entry in enumerate(content.entry_points):
        yield from _impossible_route(("entry_points", index, "route"), entry.route, entry.match.channel, roster)


class _Roster:
    """Who serves which queue, and who is able to take what goes there."""

    def __init__(self, content: PlanModel) -> None:
        self.skills, self.groups = set(content.skills), set(content.groups)
        self.companies = {company.id for company in content.companies}
        self.costs = {channel: channel_rule(channel, content.channels.get(channel)).units for channel in Channel}
        self.units_max = max(agent.units for agent in content.agents)
        self._agents = content.agents
        self._queues = {queue.id: queue for queue in content.queues}
        self._crews: dict[tuple[str, tuple[str, ...]], list[AgentPart]] = {}
        # A route's rarest skill leaves few agents to look at, however long the roster is.
        self._holders: defaultdict[str, list[AgentPart]] = defaultdict(list)
        for agent in content.agents:
            for skill in agent.skills:
                self._holders[skill].append(agent)

    def crew(self, queue: str) -> list[AgentPart]:
        """Those who serve the queue; nobody, if there is no such queue."""
        part = self._queues.get(queue)
        if part is None:
            return []
        key = (part.company, part.groups)
        if key not in self._crews:
            self._crews[key] = [agent for agent in self._agents if _serves(agent, part)]
        return self._crews[key]

    def able(self, route: RoutePart) -> list[AgentPart]:
        """Those who serve the route's queue and have its skills."""
        part = self._queues[route.queue]
        few = min((self._holders[skill] for skill in route.skills), key=len, default=self.crew(route.queue))
        return [agent for agent in few if _serves(agent, part) and _is_able(agent, route)]


def _serves(agent: AgentPart, queue: QueuePart) -> bool:
    in_group = not queue.groups or any(group in queue.groups for group in agent.groups)
    return queue.company in agent.companies and in_group


def _is_able(agent: AgentPart, route: RoutePart) -> bool:
    return all(agent.skills.get(skill, 0) >= level for skill, level in route.skills.items())


def _unserved_queues(content: PlanModel, roster: _Roster) -> Iterator[Finding]:
    # A queue of an undeclared company or group was reported already.
    for index, queue in enumerate(content.queues):
        if not roster.crew(queue.id) and queue.company in roster.companies and roster.groups.issuperset(queue.groups):
            groups = " and is in one of its groups" if queue.groups else ""
            what = f"nobody serves queue {shown(queue.id)}: no agent has company {shown(queue.company)}{groups}"
            yield Finding(("queues", index, "id"), what, "give an agent the company and a group of the queue")


def _costly_channels(content: PlanModel, roster: _Roster) -> Iterator[Finding]:
    for channel, path in _channels_in_use(content).items():
        if roster.costs[channel] > roster.units_max:
            what = (
                f"a contact by {channel} costs {roster.costs[channel]} units; no agent has more than {roster.units_max}"
            )
            yield Finding(path, what, "give agents more units, or let the channel cost less")


def _channels_in_use(content: PlanModel) -> dict[Channel, Path]:
    """The channels that the file speaks of, each with where it does so first."""
    used: dict[Channel, Path] = {channel: ("channels", channel.value) for channel in content.channels}
    for index, company in enumerate(content.companies):
        for place, part in enumerate(company.addresses):
            used.setdefault(part.channel, ("companies", index, "addresses", place))
    for index, entry in enumerate(content.entry_points):
        for channel in entry.match.channel:
            used.setdefault(channel, ("entry_points", index, "match", "channel"))
    return used


def _impossible_route(
    path: Path, route: RoutePart, channels: tuple[Channel, ...], roster: _Roster
) -> Iterator[Finding]:
    # What names something undeclared, or goes where nobody serves, was reported already.
    if not roster.crew(route.queue) or not roster.skills.issuperset(route.skills):
        return
    able = roster.able(route)
    if not able:
        levels = ", ".join(f"{skill} {level} or more" for skill, level in sorted(route.skills.items()))
        what = f"no agent of queue {shown(route.queue)} has {levels}"
        yield Finding((*path, "skills"), what, "give an agent the skills, or ask for less")
        return
    units = max(agent.units for agent in able)
    for channel in channels:
        if units < roster.costs[channel] <= roster.units_max:
            what = f"no agent who can take this has the {roster.costs[channel]} units that {channel} costs"
            yield Finding(path, what, "give one of them more units, or let the channel cost less")
