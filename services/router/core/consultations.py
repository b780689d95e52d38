"""Ends consultations: one lasts as long as an agent has the contact that it is about and somebody may yet advise.

A consultation is a contact of its own that no customer knows. It waits and is offered like any other; the contact that
it is about stays with who asks, until that one hands it over.
"""

from services.router.core import limits
from services.router.core.draft import Draft
from services.router.core.events import ContactEnded, ContactOutcome
from services.router.core.records import Contact


def end(draft: Draft, consultation: Contact) -> None:
    """The consultation is over; whoever asked still has the contact."""
    draft.add(ContactEnded(consultation.id, ContactOutcome.CONSULTED, consultation.agent, "", ""))


def end_about(draft: Draft, contact: Contact) -> None:
    """End the consultation about a contact that is about to leave its agent, if there is one."""
    consultation = draft.state.contacts[contact.id].consultation
    if consultation:
        end(draft, draft.state.contacts[consultation])


def end_if_nobody_else_is_asked(draft: Draft, offer: Contact) -> None:
    """End a consultation whose offer, given as it was, has come back from whom it was meant for, or too late."""
    is_late = draft.at_ms >= offer.queued_at_ms + limits.CONSULTATION_WAIT_MS
    if offer.about and (offer.preferred or is_late):
        end(draft, draft.state.contacts[offer.id])
