"""Decides what customers, and the edges that speak for them, bring about."""

from dataclasses import replace
from typing import assert_never

from services.plan.compiled import Attribute, Direction
from services.router.core import limits
from services.router.core.commands import Arrive, Cancel, CustomerLeaves, CustomerWrites, Refine, Refusal, SettleReply
from services.router.core.consultations import end
from services.router.core.conversations import key_of
from services.router.core.decide_place import join, keep_place, place_to_keep
from services.router.core.draft import Draft, Refused
from services.router.core.events import (
    ContactAccepted,
    ContactEnded,
    ContactOutcome,
    ContactRefined,
    CustomerLeft,
    CustomerWrote,
    LeftBeforeArrival,
    ReplySettled,
)
from services.router.core.records import Contact, ContactStatus
from services.router.core.state import TenantState
from services.router.core.waiting_room import queue_by_route, start_wrap_up

ContactCommand = Arrive | Refine | CustomerWrites | CustomerLeaves | SettleReply | Cancel

_NO_AGENT_YET = (ContactStatus.ARRIVED, ContactStatus.QUEUED, ContactStatus.OFFERED)


def decide_contact(draft: Draft, command: ContactCommand) -> None:
    match command:
        case Arrive():
            _arrive(draft, command)
        case Refine():
            _refine(draft, _known(draft.state, command.contact_id), command)
        case CustomerWrites():
            _write(draft, _known(draft.state, command.contact_id), command)
        case CustomerLeaves():
            _leave(draft, command)
        case SettleReply():
            contact = _known(draft.state, command.contact_id)
            draft.add(ReplySettled(contact.id, command.outbound_id, command.delivered))
        case Cancel():
            _cancel(draft, _known(draft.state, command.contact_id), command)
        case _:
            assert_never(command)


def _known(state: TenantState, contact_id: str) -> Contact:
    contact = state.contacts.get(contact_id)
    if contact is None or contact.about:  # of consultations no customer knows
        raise _not_found(contact_id)
    return contact


def _not_found(contact_id: str) -> Refused:
    return Refused(Refusal.NOT_FOUND, f"There is no contact {contact_id}.", "Check the contact's id.")


def _arrive(draft: Draft, command: Arrive) -> None:
    if command.contact_id in draft.state.contacts:
        return
    if draft.state.plan is None:
        raise Refused(Refusal.NOT_NOW, "No plan is in force, so nothing can be routed.", "Activate a plan first.")
    left_before = command.contact_id in draft.state.tombstones
    before = _same_conversation(draft.state, command)
    original = None if left_before else place_to_keep(draft.state, command)
    if before is not None and not command.previous_contact_id and before.status is ContactStatus.ENDED:
        command = replace(command, previous_contact_id=before.id)
    draft.add(_accepted(command))
    if original is not None:
        keep_place(draft, command.contact_id, original, before)
    elif before is not None and before.status is not ContactStatus.ENDED:
        join(draft, command.contact_id, before)
    elif left_before:
        outcome = ContactOutcome.ABANDONED if command.ready else ContactOutcome.LEFT_IN_IVR
        draft.add(ContactEnded(command.contact_id, outcome, "", "", ""))
    elif command.ready:
        queue_by_route(draft, command.contact_id)


def _same_conversation(state: TenantState, command: Arrive) -> Contact | None:
    """The newest contact of the conversation that it belongs to, where a customer has one at a time."""
    key = key_of(command)
    newest = state.conversations.get(key) if key else None
    return state.contacts[newest] if newest else None


def _accepted(command: Arrive) -> ContactAccepted:
    return ContactAccepted(
        contact_id=command.contact_id,
        company=command.company,
        channel=command.channel,
        direction=command.direction,
        dialed=command.dialed,
        caller_classes=command.caller_classes,
        customer=command.customer,
        ivr_path=command.ivr_path[: limits.IVR_NODES_MAX],
        language=command.language,
        attributes=_merged((), command.attributes),
        arrived_at_ms=command.arrived_at_ms,
        previous_contact_id=command.previous_contact_id,
        queue_anyway_at_ms=0 if command.ready else command.queue_anyway_at_ms,
    )


def _refine(draft: Draft, contact: Contact, command: Refine) -> None:
    """Keep what became known; a contact that is with nobody yet joins the conversation that it continues."""
    if contact.status is ContactStatus.ENDED:
        return
    continued = _continued(draft.state, contact, command.continues_contact_id)
    refined = _refined(contact, command, continued)
    if refined != _as_known(contact):
        draft.add(refined)
    if not command.ready or contact.status not in _NO_AGENT_YET:
        return
    if continued is not None and continued.status is not ContactStatus.ENDED:
        join(draft, contact.id, continued)
    elif contact.status is ContactStatus.ARRIVED:
        queue_by_route(draft, contact.id)


def _continued(state: TenantState, contact: Contact, continues_id: str) -> Contact | None:
    """The conversation that the contact continues: of its company, and of its customer where both are known."""
    if contact.channel in limits.ONE_AT_A_TIME:
        return None  # it has joined its conversation when it arrived
    other = state.contacts.get(continues_id)
    while other is not None and other.outcome is ContactOutcome.JOINED:
        other = state.contacts.get(other.joined_contact_id)
    if other is None or other.about or other.id == contact.id or other.company != contact.company:
        return None
    if other.customer and contact.customer and other.customer != contact.customer:
        return None
    return other


def _refined(contact: Contact, command: Refine, continued: Contact | None) -> ContactRefined:
    has_ended = continued is not None and continued.status is ContactStatus.ENDED
    return ContactRefined(
        contact_id=contact.id,
        ivr_path=(*contact.ivr_path, *command.ivr_path)[: limits.IVR_NODES_MAX],
        language=command.language or contact.language,
        attributes=_merged(contact.attributes, command.attributes),
        previous_contact_id=continued.id if continued and has_ended else contact.previous_contact_id,
    )


def _as_known(contact: Contact) -> ContactRefined:
    return ContactRefined(
        contact.id, contact.ivr_path, contact.language, contact.attributes, contact.previous_contact_id
    )


def _merged(before: tuple[Attribute, ...], more: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
    """Each attribute replaces the one of its name."""
    values = {attribute.name: attribute for attribute in (*before, *more)}
    return tuple(values.values())[: limits.ATTRIBUTES_MAX]


def _write(draft: Draft, contact: Contact, command: CustomerWrites) -> None:
    """A message joins the open conversation; after its end it is a new contact, which later ones join."""
    if contact.status is not ContactStatus.ENDED:
        draft.add(CustomerWrote(contact.id, ""))
        return
    heir = draft.state.contacts.get(command.successor)
    if heir is not None:
        _write(draft, heir, replace(command, successor=_after(heir)))
        return
    if not command.successor:
        raise Refused(
            Refusal.INVALID,
            f"Contact {contact.id} has ended and no contact was named to succeed it.",
            "Send the message with the id of its own contact.",
        )
    _arrive(draft, _succeeding(contact, command.successor, draft.at_ms))


def _after(heir: Contact) -> str:
    """What succeeds a successor: ids differ in length, so that none comes round again."""
    return f"{heir.id}.next"


def _succeeding(contact: Contact, successor: str, at_ms: int) -> Arrive:
    return Arrive(
        contact_id=successor,
        company=contact.company,
        channel=contact.channel,
        direction=Direction.INBOUND,
        dialed=contact.dialed,
        caller_classes=contact.caller_classes,
        customer=contact.customer,
        ivr_path=(),
        language=contact.language,
        attributes=contact.attributes,
        arrived_at_ms=at_ms,
        previous_contact_id=contact.id,
        ready=True,
    )


def _leave(draft: Draft, command: CustomerLeaves) -> None:
    contact = draft.state.contacts.get(command.contact_id)
    if contact is None:
        if command.contact_id not in draft.state.tombstones:
            draft.add(LeftBeforeArrival(command.contact_id))
    elif contact.about:
        _leave_a_consultation(draft, contact)
    elif contact.status is ContactStatus.ARRIVED:
        draft.add(ContactEnded(contact.id, ContactOutcome.LEFT_IN_IVR, "", "", ""))
    elif contact.status in _NO_AGENT_YET:
        draft.add(ContactEnded(contact.id, ContactOutcome.ABANDONED, "", "", ""))
    elif contact.status is not ContactStatus.ENDED:
        _leave_an_agent(draft, contact)


def _leave_a_consultation(draft: Draft, consultation: Contact) -> None:
    """One of the two who speak by telephone has hung up; on other channels nobody can leave it."""
    if consultation.channel not in limits.CALLS:
        raise _not_found(consultation.id)
    if consultation.status is ContactStatus.ACTIVE:
        end(draft, consultation)


def _leave_an_agent(draft: Draft, contact: Contact) -> None:
    if contact.channel in limits.WITHOUT_A_LINE or contact.customer_left:
        return
    draft.add(CustomerLeft(contact.id))
    if contact.status is ContactStatus.ACTIVE:
        start_wrap_up(draft, contact)


def _cancel(draft: Draft, contact: Contact, command: Cancel) -> None:
    if command.companies and contact.company not in command.companies:
        raise _not_found(contact.id)
    if contact.status not in _NO_AGENT_YET:
        raise Refused(
            Refusal.NOT_NOW,
            f"Contact {contact.id} is {contact.status}; only one that no agent has accepted can be cancelled.",
            "Nothing: the contact has ended, or the agent will end it.",
        )
    draft.add(ContactEnded(contact.id, ContactOutcome.CANCELLED, "", "", ""))
