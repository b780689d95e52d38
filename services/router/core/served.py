"""Who served a customer last, for as long as the contact is remembered: what a sticky queue goes by."""

from services.router.core.events import ContactOutcome
from services.router.core.records import Contact
from services.router.core.tables import Tables


def note(state: Tables, contact: Contact) -> None:
    """An agent has ended the contact: it is the newest of its customer until another ends."""
    if not contact.customer or contact.outcome is not ContactOutcome.COMPLETED:
        return
    newest = state.served.get((contact.company, contact.customer))
    if newest is None or state.contacts[newest].ended_number < contact.ended_number:
        state.served[contact.company, contact.customer] = contact.id


def forget(state: Tables, contact: Contact) -> None:
    """The contact is dropped from memory."""
    if contact.customer and state.served.get((contact.company, contact.customer)) == contact.id:
        del state.served[contact.company, contact.customer]


def last_agent(state: Tables, contact: Contact) -> str:
    """Who served the conversation that the contact continues, or else its customer last; empty if nobody is known."""
    before = state.contacts.get(contact.errand.previous_contact_id)
    if before is None and contact.customer:
        before = state.contacts.get(state.served.get((contact.company, contact.customer)) or "")
    return before.agent if before is not None else ""
