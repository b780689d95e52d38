"""Can anybody take it: queues that no agent serves, routes that no agent is able to take, units that no agent has."""

from collections.abc import Iterator

from services.plan.compiled import Channel
from services.plan.defects import Finding, Path
from services.plan.fields import shown
from services.plan.model import PlanModel, QueuePart
from services.plan.roster import Roster
from services.plan.route_model import RoutePart
from services.plan.stages import Stage, diverts, first_stages, stages


def staffing_findings(content: PlanModel) -> Iterator[Finding]:
    """Queues, routes and channels whose contacts would wait for ever."""
    roster = Roster(content)
    yield from _unserved_queues(content, roster)
    yield from _costly_channels(content, roster)
    yield from _impossible_route(("default",), content.default, (), roster)
    for index, entry in enumerate(content.entry_points):
        yield from _impossible_route(("entry_points", index, "route"), entry.route, entry.match.channel, roster)


def _unserved_queues(content: PlanModel, roster: Roster) -> Iterator[Finding]:
    # A queue of an undeclared company or group was reported already.
    for index, queue in enumerate(content.queues):
        if not roster.crew(queue.id) and queue.company in roster.companies and _is_declared(queue, roster):
            groups = " and is in one of its groups" if queue.groups else ""
            site = f" and works at {shown(queue.site)}" if queue.site else ""
            what = f"nobody serves queue {shown(queue.id)}: no agent has company {shown(queue.company)}{groups}{site}"
            yield Finding(("queues", index, "id"), what, "give an agent the company, a group and the site of the queue")


def _costly_channels(content: PlanModel, roster: Roster) -> Iterator[Finding]:
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


def _is_declared(queue: QueuePart, roster: Roster) -> bool:
    in_site = not queue.site or queue.site in roster.sites
    return queue.company in roster.companies and roster.groups.issuperset(queue.groups) and in_site


def _impossible_route(path: Path, route: RoutePart, channels: tuple[Channel, ...], roster: Roster) -> Iterator[Finding]:
    for where, stage in first_stages(path, route):
        # What names something undeclared, or goes where nobody serves, was reported already.
        if roster.crew(stage.queue) and roster.skills.issuperset(stage.skills):
            yield from _impossible_stage(where, stage, route, roster)
            yield from _units(path, stage, channels, roster)
    yield from _impatient(path, route, roster)


def _impossible_stage(where: Path, stage: Stage, route: RoutePart, roster: Roster) -> Iterator[Finding]:
    # What nobody can take at first, a step may let somebody take, or send elsewhere (warnings tell of it).
    if diverts(route) or any(roster.able(each) for each in stages(stage, route)):
        return
    asked = ", ".join(f"{skill} {level} or more" for skill, level in sorted(stage.skills.items()))
    what = f"no agent of queue {shown(stage.queue)} has {asked}"
    yield Finding(where, what, "give an agent the skills, or ask for less")


def _units(path: Path, stage: Stage, channels: tuple[Channel, ...], roster: Roster) -> Iterator[Finding]:
    units = max((agent.units for agent in roster.able(stage)), default=roster.units_max)
    for channel in channels:
        if units < roster.costs[channel] <= roster.units_max:
            what = f"no agent who can take this has the {roster.costs[channel]} units that {channel} costs"
            yield Finding(path, what, "give one of them more units, or let the channel cost less")


def _impatient(path: Path, route: RoutePart, roster: Roster) -> Iterator[Finding]:
    if route.agent not in roster.agents or not roster.skills.issuperset(route.skills):
        return
    reached = [stage for _, stage in first_stages(path, route) if roster.crew(stage.queue)]
    if reached and not any(agent.id == route.agent for stage in reached for agent in roster.able(stage)):
        what = f"{shown(route.agent)} can't take what comes here: they don't serve the queue, or lack a skill"
        yield Finding((*path, "agent"), what, "name an agent of the queue who has the skills")
