"""Who of a plan file's agents serves which queue, and who is able to take what waits there."""

from collections import defaultdict

from services.plan.compile import channel_rule
from services.plan.compiled import Channel
from services.plan.model import AgentPart, PlanModel, QueuePart
from services.plan.stages import Stage


class Roster:
    """The agents of a plan file, and the names that it declares. What is not declared is served by nobody."""

    def __init__(self, content: PlanModel) -> None:
        self.skills, self.groups = set(content.skills), set(content.groups)
        self.companies = {company.id for company in content.companies}
        self.sites = {site.id for site in content.sites}
        self.agents = {agent.id for agent in content.agents}
        self.costs = {channel: channel_rule(channel, content.channels.get(channel)).units for channel in Channel}
        self.units_max = max(agent.units for agent in content.agents)
        self._agents = content.agents
        self._queues = {queue.id: queue for queue in content.queues}
        self._crews: dict[tuple[str, tuple[str, ...], str], list[AgentPart]] = {}
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
        key = (part.company, part.groups, part.site)
        if key not in self._crews:
            self._crews[key] = [agent for agent in self._agents if _serves(agent, part)]
        return self._crews[key]

    def able(self, stage: Stage) -> list[AgentPart]:
        """Those who could take what waits so: who serve its queue or are in its groups, and have its skills."""
        part = self._queues.get(stage.queue)
        if part is None:
            return []
        usual = self._agents if stage.groups else self.crew(stage.queue)
        few = min((self._holders[skill] for skill in stage.skills), key=len, default=usual)
        return [agent for agent in few if _may(agent, part, stage) and _has_skills(agent, stage)]


def _serves(agent: AgentPart, queue: QueuePart) -> bool:
    in_group = not queue.groups or any(group in queue.groups for group in agent.groups)
    at_site = not queue.site or agent.site == queue.site
    return queue.company in agent.companies and in_group and at_site


def _may(agent: AgentPart, queue: QueuePart, stage: Stage) -> bool:
    joined = queue.company in agent.companies and any(group in stage.groups for group in agent.groups)
    return joined or _serves(agent, queue)


def _has_skills(agent: AgentPart, stage: Stage) -> bool:
    return all(agent.skills.get(skill, 0) >= level for skill, level in stage.skills.items())
