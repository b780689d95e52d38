"""Decides warm transfers: an agent asks a colleague and keeps the contact meanwhile, to hand it over or go on alone."""

from typing import assert_never

from services.router.core import limits
from services.router.core.commands import Consult, EndConsultation, HandOver, Refusal
from services.router.core.consultations import end, end_about
from services.router.core.decide_work import onward, refuse_consultation, refuse_unless, theirs
from services.router.core.draft import Draft, Refused
from services.router.core.events import ConsultationOpened, ContactHandedOver
from services.router.core.record import changed
from services.router.core.records import Contact, ContactStatus
from services.router.core.route import BY_QUESTION
from services.router.core.tables import ACCEPTED
from services.router.core.waiting_room import queued

ConsultationCommand = Consult | HandOver | EndConsultation


def decide_consultation(draft: Draft, command: ConsultationCommand) -> None:
    contact = theirs(draft, command.agent, command.contact_id)
    refuse_consultation(contact)
    refuse_unless(contact, ContactStatus.ACTIVE)
    match command:
        case Consult():
            _open(draft, contact, command)
        case HandOver():
            _hand_over(draft, contact)
        case EndConsultation():
            _refuse_unless_asked(contact)
            end_about(draft, contact)
        case _:
            assert_never(command)


def _open(draft: Draft, contact: Contact, command: Consult) -> None:
    if contact.consultation:
        raise Refused(
            Refusal.NOT_NOW,
            f"Somebody is being asked about {contact.id} already.",
            "End that consultation first.",
        )
    wanted = onward(draft, contact, command)
    # As many as were ever accepted: no id comes again.
    consultation_id = f"{contact.id}.c{draft.state.counts.get(ACCEPTED) or 0}"
    _refuse_taken(draft, consultation_id)
    draft.add(
        ConsultationOpened(
            consultation_id, contact.id, command.agent, contact.company, contact.channel, command.to_agent
        )
    )
    opened = draft.state.contacts[consultation_id]
    asked = changed(opened, queue=wanted.queue, skills=wanted.skills, entry_point=BY_QUESTION)
    until_ms = draft.at_ms + limits.ENDED_KEPT_MS if command.to_agent else 0
    draft.add(queued(draft, asked, command.to_agent, until_ms))


def _refuse_taken(draft: Draft, contact_id: str) -> None:
    """A program may have given a contact of its own that very id."""
    if contact_id in draft.state.contacts or contact_id in draft.state.tombstones:
        raise Refused(Refusal.NOT_NOW, f"There is a contact {contact_id}.", "Try again.")


def _hand_over(draft: Draft, contact: Contact) -> None:
    """The consultation ends first, so that nobody's desk holds both, and nothing can come between."""
    _refuse_unless_asked(contact)
    consultation = draft.state.contacts[contact.consultation]
    if consultation.status is not ContactStatus.ACTIVE:
        raise Refused(
            Refusal.NOT_NOW,
            f"Nobody has accepted the consultation about {contact.id} yet.",
            "Wait, end the consultation, or transfer the contact.",
        )
    if draft.state.agents[consultation.agent].retired:
        raise Refused(
            Refusal.NOT_NOW,
            f"The agent {consultation.agent} is not in the plan's roster any more.",
            "End the consultation and ask somebody else.",
        )
    end(draft, consultation)
    draft.add(
        ContactHandedOver(
            contact.id,
            contact.agent,
            consultation.agent,
            consultation.queue,
            consultation.skills,
            consultation.id,
            consultation.offer_id,
        )
    )


def _refuse_unless_asked(contact: Contact) -> None:
    if not contact.consultation:
        raise Refused(
            Refusal.NOT_NOW,
            f"Nobody is being asked about {contact.id}.",
            "Look at the desk again: the consultation may have ended.",
        )
