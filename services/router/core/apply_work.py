"""Applies how an agent's part in a contact goes on: a call put through, wrap-up, transfer, being taken back."""

from dataclasses import replace
from typing import assert_never

from services.router.core.events import CallConnected, ContactReturned, ContactTransferred, WrapUpStarted
from services.router.core.keep import put_agent, put_contact
from services.router.core.state import Contact, ContactStatus, Pass, TenantState

WorkEvent = CallConnected | WrapUpStarted | ContactTransferred | ContactReturned


def apply_to_work(state: TenantState, event: WorkEvent, at_ms: int) -> None:
    contact = state.contacts[event.contact_id]
    match event:
        case CallConnected():
            pass  # routing does not go by it; those who follow the log do
        case WrapUpStarted():
            put_contact(state, replace(contact, status=ContactStatus.WRAP_UP, deadline_ms=event.deadline_ms))
        case ContactTransferred():
            sender = (Pass(event.agent, until_ms=0),)
            put_contact(state, replace(_waiting_again(contact), queue=event.queue, passed_by=sender))
            take_off_desk(state, contact, at_ms)
        case ContactReturned():
            put_contact(state, _waiting_again(contact))
            take_off_desk(state, contact, at_ms)
        case _:
            assert_never(event)


def take_off_desk(state: TenantState, contact: Contact, at_ms: int) -> None:
    """Remove the contact, given as it was there, from the desk it was on."""
    agent = state.agents[contact.agent]
    items = tuple(item for item in agent.items if item != contact.id)
    worked = contact.status is not ContactStatus.OFFERED
    if worked and not items:
        agent = replace(agent, idle_since_ms=at_ms)
    put_agent(state, replace(agent, items=items))


def _waiting_again(contact: Contact) -> Contact:
    return replace(
        contact, status=ContactStatus.QUEUED, agent="", offer_id="", offered_at_ms=0, deadline_ms=0, why=None
    )
