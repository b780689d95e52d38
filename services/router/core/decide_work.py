"""Decides what agents do with the contacts on their desks."""

from typing import assert_never

from services.router.core import limits
from services.router.core.commands import (
    AcceptOffer,
    CompleteContact,
    Consult,
    DeclineOffer,
    FinishConversation,
    Refusal,
    TransferContact,
)
from services.router.core.consultations import end, end_about, end_if_nobody_else_is_asked
from services.router.core.desk import is_on_duty
from services.router.core.draft import Draft, Refused
from services.router.core.events import (
    ContactEnded,
    ContactOutcome,
    ContactTransferred,
    OfferAccepted,
    OfferEnd,
    OfferReturned,
)
from services.router.core.record import changed
from services.router.core.records import Contact, ContactStatus
from services.router.core.route import by_transfer
from services.router.core.waiting_room import needed, queued, start_wrap_up

WorkCommand = AcceptOffer | DeclineOffer | FinishConversation | CompleteContact | TransferContact


def decide_work(draft: Draft, command: WorkCommand) -> None:
    contact = theirs(draft, command.agent, command.contact_id)
    match command:
        case AcceptOffer():
            _refuse_unless_offered(draft, contact, command)
            draft.add(OfferAccepted(contact.id, command.agent, command.offer_id))
        case DeclineOffer():
            _refuse_unless_offered(draft, contact, command)
            draft.add(OfferReturned(contact.id, command.agent, command.offer_id, OfferEnd.DECLINED))
            end_if_nobody_else_is_asked(draft, contact)
        case FinishConversation():
            refuse_unless(contact, ContactStatus.ACTIVE)
            if contact.about:
                end(draft, contact)
            else:
                start_wrap_up(draft, contact)
        case CompleteContact():
            _complete(draft, contact, command)
        case TransferContact():
            _transfer(draft, contact, command)
        case _:
            assert_never(command)


def theirs(draft: Draft, agent: str, contact_id: str) -> Contact:
    """The contact if it is the agent's; others are told nothing of it. Raises Refused."""
    contact = draft.state.contacts.get(contact_id)
    if contact is None or contact.agent != agent:
        raise Refused(
            Refusal.NOT_FOUND,
            f"Contact {contact_id} is not on this agent's desk.",
            "Look at the desk again: the offer may have ended.",
        )
    return contact


def _refuse_unless_offered(draft: Draft, contact: Contact, command: AcceptOffer | DeclineOffer) -> None:
    refuse_unless(contact, ContactStatus.OFFERED)
    if contact.offer_id != command.offer_id or draft.at_ms >= contact.deadline_ms:
        raise Refused(
            Refusal.NOT_NOW,
            f"The offer {command.offer_id} is over.",
            "Look at the desk again.",
        )


def refuse_unless(contact: Contact, *statuses: ContactStatus) -> None:
    """Raises Refused for a contact that is in none of these."""
    if contact.status not in statuses:
        raise Refused(
            Refusal.NOT_NOW,
            f"Contact {contact.id} is {contact.status}; this needs it to be {' or '.join(statuses)}.",
            "Look at the desk again.",
        )


def _complete(draft: Draft, contact: Contact, command: CompleteContact) -> None:
    refuse_consultation(contact)
    refuse_unless(contact, ContactStatus.ACTIVE, ContactStatus.WRAP_UP)
    company = draft.state.companies.get(contact.company)
    known = tuple(each.id for each in company.dispositions) if company else ()
    if command.disposition not in (known or ("",)):
        raise Refused(
            Refusal.INVALID,
            f"The company {contact.company} has no such disposition.",
            f"Use one of its own: {', '.join(known) or 'it has none, so leave it empty'}.",
        )
    end_about(draft, contact)
    draft.add(ContactEnded(contact.id, ContactOutcome.COMPLETED, command.agent, command.disposition, ""))


def _transfer(draft: Draft, contact: Contact, command: TransferContact) -> None:
    """The sender's segment ends at once, without wrap-up, so that one contact is never on two desks."""
    refuse_consultation(contact)
    refuse_unless(contact, ContactStatus.ACTIVE)
    wanted = onward(draft, contact, command)
    end_about(draft, contact)
    draft.add(ContactTransferred(contact.id, command.agent, wanted.queue, command.to_agent))
    until_ms = draft.at_ms + limits.NAMED_AGENT_PATIENCE_MS if command.to_agent else 0
    moved = changed(draft.state.contacts[contact.id], skills=wanted.skills, groups=(), entry_point=wanted.entry_point)
    draft.add(queued(draft, moved, command.to_agent, until_ms))


def refuse_consultation(contact: Contact) -> None:
    """Raises Refused for what is a consultation and no customer's contact."""
    if contact.about:
        raise Refused(
            Refusal.NOT_NOW,
            f"{contact.id} is a consultation: the contact {contact.about} is with the colleague who asks.",
            "Finish it, or have the contact handed over first.",
        )


def onward(draft: Draft, contact: Contact, command: TransferContact | Consult) -> Contact:
    """The contact as it would ask for the next agent. Raises Refused where it can't go."""
    queue = draft.state.queues.get(command.queue or contact.queue)
    if queue is None or queue.company != contact.company:
        raise Refused(
            Refusal.NOT_FOUND,
            f"The company {contact.company} has no such queue.",
            "Name one of the queues that the plan gives this company.",
        )
    wanted = changed(
        contact, queue=queue.id, skills=needed(command.skills), groups=(), entry_point=by_transfer(queue.id)
    )
    if command.to_agent:
        _refuse_unless_able(draft, wanted, command)
    return wanted


def _refuse_unless_able(draft: Draft, wanted: Contact, command: TransferContact | Consult) -> None:
    agent = draft.state.agents.get(command.to_agent)
    if agent is None or agent.id == command.agent or not draft.state.index.is_able(agent, wanted):
        raise Refused(
            Refusal.INVALID,
            f"The agent {command.to_agent} is not one who could take this contact from another.",
            "Name a colleague who serves the queue and has the skills, or leave the name out.",
        )
    if not is_on_duty(agent):
        raise Refused(
            Refusal.NOT_NOW, f"The agent {agent.id} is not on duty.", "Name somebody else, or leave the name out."
        )
