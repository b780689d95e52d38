"""What the bench asks of whatever finds agents for contacts: the engine, or the plain scan."""

from typing import Protocol

from services.router.core.choice import Picked
from services.router.core.records import Agent, Contact


class Matcher(Protocol):
    """Finds, without changing anything."""

    def agent_for(self, contact: Contact) -> Picked | None:
        """Whom the contact's queue picks now, who would have been next, and among how many; None where nobody may."""
        ...

    def contact_for(self, agent: Agent) -> str:
        """The id of the contact that the agent gets now; "" where there is none."""
        ...
