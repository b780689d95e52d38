"""What another plan means for the contacts that are in flight when it is put in force.

They keep the queue, the skills and the priority that they have; what of them a plan no longer has is made good at once.
"""

from collections.abc import Iterator

from services.plan.fields import shown
from services.plan.model import AgentPart, PlanModel, QueuePart
from services.plan.route_model import StepPart


def touched(old: PlanModel, new: PlanModel) -> Iterator[str]:
    """A sentence for each change that contacts in flight notice."""
    yield from _queues(old, new)
    yield from _agents(old, new)
    yield from _channels(old, new)
    yield from _entry_points(old, new)


def _queues(old: PlanModel, new: PlanModel) -> Iterator[str]:
    after = {queue.id: queue for queue in new.queues}
    for queue in old.queues:
        if queue.id not in after:
            yield f"what waits in {shown(queue.id)} goes by the default route, to {shown(new.default.queue)}"
        elif after[queue.id].company != queue.company:
            what = f"what waits in {shown(queue.id)} is of {shown(queue.company)}"
            yield f"{what}, and the queue is no longer: nobody can take it"
        elif _servers(after[queue.id]) != _servers(queue):
            yield f"offers from {shown(queue.id)} to agents who serve it no more are withdrawn, and others get them"


def _servers(queue: QueuePart) -> tuple[object, ...]:
    return queue.groups, queue.site


def _agents(old: PlanModel, new: PlanModel) -> Iterator[str]:
    after = {agent.id: agent for agent in new.agents}
    for agent in old.agents:
        now = after.get(agent.id)
        if now is None:
            yield f"{shown(agent.id)} loses open offers, ends what they have, and gets nothing new"
        elif _abilities(now) != _abilities(agent):
            yield f"offers to {shown(agent.id)} that the new plan does not allow are withdrawn; what they have stays"


def _abilities(agent: AgentPart) -> tuple[object, ...]:
    return agent.skills, agent.groups, agent.companies, agent.units, agent.site


def _channels(old: PlanModel, new: PlanModel) -> Iterator[str]:
    for channel in sorted({*old.channels, *new.channels}):
        if old.channels.get(channel) != new.channels.get(channel):
            yield f"desks with more than the rules of {channel} now allow get nothing new; offers beyond are withdrawn"


def _entry_points(old: PlanModel, new: PlanModel) -> Iterator[str]:
    if (old.entry_points, old.default) == (new.entry_points, new.default):
        return
    yield "what waits keeps its queue, skills and priority; entry points and routes are for what comes from now on"
    before, after = _steps(old), _steps(new)
    for name, steps in before.items():
        if name not in after and steps:
            yield f"what waits and came by {shown(name)} takes no more steps"
        elif after.get(name, steps) != steps:
            yield f"what waits and came by {shown(name)} takes the new steps; those taken are not taken again"


def _steps(plan: PlanModel) -> dict[str, tuple[StepPart, ...]]:
    return {**{entry.id: entry.route.steps for entry in plan.entry_points}, "default": plan.default.steps}
