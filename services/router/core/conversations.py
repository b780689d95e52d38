"""Which contact is the newest of a conversation that a customer has one of at a time: by SMS, about a call-back."""

from services.plan.compiled import Channel
from services.router.core import limits
from services.router.core.commands import Arrive
from services.router.core.events import ContactOutcome
from services.router.core.records import Contact
from services.router.core.state import TenantState

Key = tuple[Channel, str, str, str]


def key_of(contact: Contact | Arrive) -> Key | None:
    """What tells such conversations apart; None where there are none, or nobody knows whose it is."""
    if not contact.customer or contact.channel not in limits.ONE_AT_A_TIME:
        return None
    return contact.channel, contact.company, contact.dialed, contact.customer


def note(state: TenantState, contact: Contact) -> None:
    """Keep the newest contact of its conversation; one that joined another gives its place back to that."""
    key = key_of(contact)
    if key is None:
        return
    newest = state.conversations.get(key)
    if contact.outcome is ContactOutcome.JOINED:
        if newest == contact.id:
            state.conversations[key] = contact.joined_contact_id
    elif newest is None or state.contacts[newest].order < contact.order:
        state.conversations[key] = contact.id


def forget(state: TenantState, contact: Contact) -> None:
    """The contact is dropped from memory, and is nobody's newest any more."""
    key = key_of(contact)
    if key is not None and state.conversations.get(key) == contact.id:
        del state.conversations[key]
