"""The engine under test: the index that the router's core itself decides by."""

from services.router.core.choice import Picked
from services.router.core.records import Agent, Contact
from services.router.core.state import TenantState


class EngineMatcher:
    """Asks the state's own index."""

    def __init__(self, state: TenantState) -> None:
        self._index = state.index

    def agent_for(self, contact: Contact) -> Picked | None:
        return self._index.best_agent(contact)

    def contact_for(self, agent: Agent) -> str:
        contact = self._index.best_contact(agent)
        return contact.id if contact else ""
