"""Writes a record together with all that is derived from it: who waits, conversations, and which timers are armed."""

from services.router.core import conversations
from services.router.core.state import Agent, Contact, ContactStatus, TenantState, TimerKind
from services.router.core.timers import AGENT_TIMERS, CONTACT_TIMERS, timers_of_agent, timers_of_contact


def put_contact(state: TenantState, contact: Contact) -> None:
    before = state.contacts.get(contact.id)
    state.contacts[contact.id] = contact
    if contact.status is ContactStatus.QUEUED:
        state.waiting[contact.id] = contact.queue
    else:
        state.waiting.drop(contact.id)
    conversations.note(state, contact)
    _arm(state, contact.id, CONTACT_TIMERS, timers_of_contact(contact))
    for agent_id in {contact.agent: None, before.agent if before else "": None}:
        agent = state.agents.get(agent_id)
        if agent is not None:
            _arm(state, agent.id, AGENT_TIMERS, timers_of_agent(state, agent))


def drop_contact(state: TenantState, contact_id: str) -> None:
    """Only an ended contact is dropped: nothing is armed for it, and nobody has it."""
    conversations.forget(state, state.contacts[contact_id])
    state.contacts.drop(contact_id)


def put_agent(state: TenantState, agent: Agent) -> None:
    """Store the agent; one who has left the roster and has nothing to finish is dropped."""
    if agent.retired and not agent.items:
        state.agents.drop(agent.id)
        _arm(state, agent.id, AGENT_TIMERS, {})
        return
    state.agents[agent.id] = agent
    _arm(state, agent.id, AGENT_TIMERS, timers_of_agent(state, agent))


def _arm(state: TenantState, id: str, kinds: tuple[TimerKind, ...], due: dict[TimerKind, int]) -> None:
    for kind in kinds:
        key = (kind, id)
        if kind not in due:
            state.timers.drop(key)
        elif state.timers.get(key) != due[kind]:
            state.timers[key] = due[kind]
