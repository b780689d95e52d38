"""Applies how an agent's part in a contact goes on: a call put through, wrap-up, transfer, being taken back."""

from typing import assert_never

from services.router.core.events import CallConnected, ContactReturned, ContactTransferred, WrapUpStarted
from services.router.core.figures import up_to
from services.router.core.keep import put_agent, put_contact
from services.router.core.record import changed
from services.router.core.records import OFFERED, QUEUED, WRAP_UP, Contact, Pass
from services.router.core.state import TenantState

WorkEvent = CallConnected | WrapUpStarted | ContactTransferred | ContactReturned


def apply_to_work(state: TenantState, event: WorkEvent, at_ms: int) -> None:
    contact = state.contacts[event.contact_id]
    match event:
        case CallConnected():
            pass  # routing does not go by it; those who follow the log do
        case WrapUpStarted():
            put_contact(state, changed(contact, status=WRAP_UP, deadline_ms=event.deadline_ms))
            put_agent(state, state.agents[contact.agent])
        case ContactTransferred():
            sender = (Pass(event.agent, until_ms=0),)
            # Its way begins anew, also within its queue.
            after = changed(_waiting_again(contact), queue=event.queue, passed_by=sender, routed_at_ms=0)
            put_contact(state, after)
            take_off_desk(state, contact, at_ms)
        case ContactReturned():
            put_contact(state, _waiting_again(contact))
            take_off_desk(state, contact, at_ms)
        case _:
            assert_never(event)


def take_off_desk(state: TenantState, contact: Contact, at_ms: int) -> None:
    """Remove the contact, given as it was there, from the desk it was on."""
    agent = state.agents[contact.agent]
    items = tuple([item for item in agent.items if item != contact.id])
    worked = contact.status is not OFFERED
    idle_since_ms = at_ms if worked and not items else agent.idle_since_ms
    put_agent(state, up_to(state, agent, at_ms, items=items, idle_since_ms=idle_since_ms))


def _waiting_again(contact: Contact) -> Contact:
    return changed(
        contact,
        status=QUEUED,
        agent="",
        offer_id="",
        offered_at_ms=0,
        accepted_at_ms=0,
        deadline_ms=0,
        why=None,
    )
