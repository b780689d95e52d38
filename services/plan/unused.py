"""What a plan file declares and nothing comes of: skills, groups, sites, queues, agents, values."""

from collections.abc import Iterable, Iterator

from services.plan.defects import Finding, Path
from services.plan.fields import shown
from services.plan.mentions import leads, routes
from services.plan.model import PlanModel
from services.plan.roster import Roster
from services.plan.route_model import RoutePart
from services.plan.stages import Stage, first_stages, stages


def unused_findings(content: PlanModel) -> Iterator[Finding]:
    """What could be taken out, or is missing a counterpart."""
    yield from _of_nobody(content)
    yield from _without_contacts(content)
    yield from _without_agents(content)
    yield from _waits_at_first(content)
    yield from _counts_for_nothing(content)


def _of_nobody(content: PlanModel) -> Iterator[Finding]:
    had = {skill for agent in content.agents for skill in agent.skills}
    yield from _missing("skills", content.skills, had, "nobody has skill {}", "give it to an agent, or take it out")
    in_groups = {group for agent in content.agents for group in agent.groups}
    yield from _missing(
        "groups", content.groups, in_groups, "nobody is in group {}", "put an agent into it, or take it out"
    )
    for index, site in enumerate(content.sites):
        if site.id not in {agent.site for agent in content.agents}:
            what = f"nobody works at site {shown(site.id)}"
            yield Finding(("sites", index, "id"), what, f"give an agent site: {site.id}, or take the site out")
    for name, callers in content.caller_lists.items():
        if not callers:
            yield Finding(("caller_lists", name), f"nobody is on the list {shown(name)}", "add callers to it")


def _missing(section: str, names: Iterable[str], used: set[str], what: str, what_to_do: str) -> Iterator[Finding]:
    for index, name in enumerate(names):
        if name not in used:
            yield Finding((section, index), what.format(shown(name)), what_to_do)


def _without_contacts(content: PlanModel) -> Iterator[Finding]:
    reached = {queue.escalates_to for queue in content.queues}
    for path, route in routes(content):
        reached |= {route.queue, *(queue for _, queue in leads(path, route))}
    for index, queue in enumerate(content.queues):
        if queue.id not in reached:
            what = f"nothing leads to queue {shown(queue.id)}: it only gets what agents transfer to it"
            yield Finding(("queues", index, "id"), what, "let an entry point, a step or a spread lead to it")


def _without_agents(content: PlanModel) -> Iterator[Finding]:
    roster = Roster(content)
    reached = {agent.id for stage in _all_stages(content) for agent in roster.able(stage)}
    for index, agent in enumerate(content.agents):
        if agent.id not in reached:
            what = f"no route reaches {shown(agent.id)}: they serve none of its queues, or lack its skills"
            yield Finding(("agents", index, "id"), what, "give them a company, group or skill that a route asks for")


def _all_stages(content: PlanModel) -> Iterator[Stage]:
    """How contacts may wait, each way once."""
    seen: set[tuple[object, ...]] = set()
    for stage in _stages(content):
        key = (stage.queue, tuple(sorted(stage.skills.items())), stage.groups)
        if key not in seen:
            seen.add(key)
            yield stage


def _stages(content: PlanModel) -> Iterator[Stage]:
    for path, route in routes(content):
        for _, first in first_stages(path, route):
            yield from stages(first, route)
    yield from (Stage(queue.escalates_to) for queue in content.queues if queue.escalates_to)


def _waits_at_first(content: PlanModel) -> Iterator[Finding]:
    roster = Roster(content)
    for path, route in routes(content):
        for where, stage in first_stages(path, route):
            if not roster.able(stage):
                yield Finding(where, _nobody_yet(stage, route), "give an agent the skills, or let a step come sooner")


def _nobody_yet(stage: Stage, route: RoutePart) -> str:
    soonest = min(step.after_s for step in route.steps)
    return f"nobody can take this in queue {shown(stage.queue)} before a step, after {soonest} s at the soonest"


def _counts_for_nothing(content: PlanModel) -> Iterator[Finding]:
    if not content.urgency.priority_s:
        for path, route in routes(content):
            if route.priority:
                where: Path = (*path, "priority")
                what = "this priority counts for nothing: urgency.priority_s is 0"
                yield Finding(where, what, "take it out, or let a point of priority count for something")
    if content.customer_values and not content.urgency.value_s:
        what = "customer values count for nothing: urgency.value_s is 0"
        yield Finding(("urgency", "value_s"), what, "let a point of value count for something")
