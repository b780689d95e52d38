"""Decides what becomes of a call that an agent accepted: the agent's telephone was answered, or it was not."""

from typing import assert_never

from services.router.core import limits
from services.router.core.commands import ConnectCall, Refusal, ReturnCall
from services.router.core.consultations import end, end_about
from services.router.core.draft import Draft, Refused
from services.router.core.events import CallConnected, ContactReturned, Presence, PresenceChanged
from services.router.core.records import Contact, ContactStatus
from services.router.core.waiting_room import queue_by_default_if_gone, withdraw_offers

CallCommand = ConnectCall | ReturnCall


def decide_call(draft: Draft, command: CallCommand) -> None:
    contact = _current(draft, command)
    match command:
        case ConnectCall():
            draft.add(CallConnected(contact.id, contact.agent))
        case ReturnCall():
            _return(draft, contact)
        case _:
            assert_never(command)


def _current(draft: Draft, command: CallCommand) -> Contact:
    """The call, if it is still with the agent who accepted that offer: reports may be late."""
    contact = draft.state.contacts.get(command.contact_id)
    if contact is None or contact.channel not in limits.CALLS:
        raise Refused(Refusal.NOT_FOUND, f"There is no call {command.contact_id}.", "Check the contact's id.")
    if contact.status is not ContactStatus.ACTIVE or contact.offer_id != command.offer_id:
        raise Refused(Refusal.NOT_NOW, f"The call {contact.id} is not with that agent any more.", "Nothing.")
    return contact


def _return(draft: Draft, contact: Contact) -> None:
    """The call waits again at its old place; whoever does not answer their telephone gets nothing more.

    A consultation is over: whoever asked speaks with the customer again, and may ask somebody else.
    """
    if contact.about:
        end(draft, contact)
    else:
        end_about(draft, contact)
        draft.add(ContactReturned(contact.id, contact.agent))
        queue_by_default_if_gone(draft, contact.id)
    agent = draft.state.agents.get(contact.agent)  # who had left the roster is gone with their last item
    if agent is not None and agent.presence is Presence.AVAILABLE:
        withdraw_offers(draft, contact.agent)
        draft.add(PresenceChanged(contact.agent, Presence.NOT_RESPONDING, ""))
