"""Writes a record together with all that is derived from it: who waits, conversations, and which timers are armed.

A contact's status shows on its agent's desk, so whoever puts a contact that is on a desk puts its agent afterwards.
"""

from services.router.core import conversations, served
from services.router.core.records import ENDED, QUEUED, Agent, Armed, Contact
from services.router.core.state import TenantState
from services.router.core.table import Table
from services.router.core.timers import timers_of_agent, timers_of_contact


def put_contact(state: TenantState, contact: Contact) -> None:
    """Store the contact."""
    before = state.contacts.get(contact.id)
    state.contacts[contact.id] = contact
    if contact.status is QUEUED or (before is not None and before.status is QUEUED):
        _let_wait(state, before, contact)
    if contact.customer:
        conversations.note(state, contact)
    if contact.status is ENDED:
        served.note(state, contact)
    due = timers_of_contact(state, contact)
    if due or contact.id in state.contact_timers:
        _arm(state, state.contact_timers, contact.id, due)


def put_told(state: TenantState, contact: Contact) -> None:
    """Store the contact, of which nothing has changed but when its customer was told: it waits where it did."""
    state.contacts[contact.id] = contact
    state.index.note_record(contact)
    _arm(state, state.contact_timers, contact.id, timers_of_contact(state, contact))


def drop_contact(state: TenantState, contact_id: str) -> None:
    """Only an ended contact is dropped: nothing is armed for it, and nobody has it."""
    contact = state.contacts[contact_id]
    conversations.forget(state, contact)
    served.forget(state, contact)
    state.contacts.drop(contact_id)


def put_agent(state: TenantState, agent: Agent) -> None:
    """Store the agent; one who has left the roster and has nothing to finish is dropped."""
    if agent.retired and not agent.items:
        state.agents.drop(agent.id)
        state.index.drop_agent(agent.id)
        _arm(state, state.agent_timers, agent.id, {})
        return
    state.agents[agent.id] = agent
    state.index.note_agent(agent)
    due = timers_of_agent(state, agent)
    if due or agent.id in state.agent_timers:
        _arm(state, state.agent_timers, agent.id, due)


def _let_wait(state: TenantState, before: Contact | None, contact: Contact) -> None:
    stood = before if before is not None and before.status is QUEUED else None
    stands = contact if contact.status is QUEUED else None
    if stood is not None:
        _count(state, stood, -1)
    if stands is not None:
        _count(state, stands, 1)
    state.index.note_contact(stood, stands)


def _count(state: TenantState, contact: Contact, more: int) -> None:
    errand = contact.errand
    state.add_to_depth(errand.queue, (errand.priority, errand.value), more)
    for step in errand.steps_open:
        state.add_to(state.opened, (errand.queue, errand.entry_point, step), more)
    if errand.steps_open:
        state.add_to(state.at_open_steps, contact.id, more)


def _arm(state: TenantState, timers: Table[str, Armed], id: str, due: Armed) -> None:
    armed = timers.get(id)
    if due == armed:
        return
    if due:
        timers[id] = due
    else:
        timers.drop(id)
    for kind, due_ms in due.items():
        if armed is None or armed.get(kind) != due_ms:
            state.agenda.note(kind, id, due_ms)
