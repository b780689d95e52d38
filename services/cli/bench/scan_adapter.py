"""The plain scan as the bench's baseline and oracle."""

from services.router.core.choice import Picked
from services.router.core.records import Agent, Contact
from services.router.core.scan import best_agent, waiting_for
from services.router.core.state import TenantState


class ScanMatcher:
    """Looks at all agents, or at all that waits, each time."""

    def __init__(self, state: TenantState) -> None:
        self._state = state

    def agent_for(self, contact: Contact) -> Picked | None:
        choice = best_agent(self._state, contact)
        if choice is None:
            return None
        return Picked(choice.agent.id, choice.why.runner_up, choice.why.free, choice.why.eligible)

    def contact_for(self, agent: Agent) -> str:
        waiting = waiting_for(self._state, agent)
        return waiting[0].id if waiting else ""
