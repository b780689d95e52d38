"""Who is on duty for which queue: a fold over router.log."""

from services.ingest.router_log.facts import (
    AgentAttached,
    AgentDetached,
    Fact,
    OwnerChanged,
    Plan,
    PlanActivated,
    Presence,
    PresenceChanged,
)
from services.plan.compiled import AgentProfile, Queue


class Staff:
    """The agents of one tenant. On is who is attached and available, busy or not."""

    def __init__(self) -> None:
        self._roster: dict[str, AgentProfile] = {}
        self._queues: dict[str, Queue] = {}
        self._attached: set[str] = set()
        self._available: set[str] = set()

    def learn(self, fact: Fact) -> None:
        """Take a fact of router.log into account."""
        match fact:
            case PlanActivated(plan):
                self._activate(plan)
            case AgentAttached(agent):
                self._attached.add(agent)
            case AgentDetached(agent):
                self._attached.discard(agent)
            case PresenceChanged(agent, Presence.AVAILABLE):
                self._available.add(agent)
            case PresenceChanged(agent):
                self._available.discard(agent)
            case OwnerChanged():
                self._attached.clear()

    def agents_on(self, queue_id: str) -> int:
        """How many serve this queue now; 0 for a queue that is not in the plan."""
        queue = self._queues.get(queue_id)
        if queue is None:
            return 0
        on = self._attached & self._available
        return sum(1 for agent in on if agent in self._roster and _serves(self._roster[agent], queue))

    def _activate(self, plan: Plan) -> None:
        self._roster = {agent.id: agent for agent in plan.agents}
        self._queues = {queue.id: queue for queue in plan.queues}


def _serves(agent: AgentProfile, queue: Queue) -> bool:
    """As the router's core has it: those of its groups or, where it names none, all; of its company only."""
    if queue.company not in agent.companies:
        return False
    return not queue.groups or any(group in queue.groups for group in agent.groups)
