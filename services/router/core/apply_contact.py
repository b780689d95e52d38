"""Applies what the customer's side brought: arrivals, what became known, the place in a queue, messages."""

from typing import assert_never

from services.router.core.events import (
    ContactAccepted,
    ContactQueued,
    ContactRefined,
    CustomerLeft,
    CustomerWrote,
    ReplySettled,
)
from services.router.core.keep import put_contact
from services.router.core.record import changed
from services.router.core.records import QUEUED, Contact
from services.router.core.state import TenantState
from services.router.core.tables import ACCEPTED, routed

ContactEvent = ContactAccepted | ContactRefined | ContactQueued | CustomerWrote | CustomerLeft | ReplySettled


def apply_to_contact(state: TenantState, event: ContactEvent, at_ms: int) -> None:
    match event:
        case ContactAccepted():
            _accepted(state, event)
        case ContactRefined():
            _refined(state, event)
        case ContactQueued():
            _queued(state, event, at_ms)
        case CustomerWrote():
            contact = state.contacts[event.contact_id]
            put_contact(state, changed(contact, messages=contact.messages + 1))
        case CustomerLeft():
            put_contact(state, changed(state.contacts[event.contact_id], customer_left=True))
        case ReplySettled():
            pass  # routing does not go by it; those who follow the log do
        case _:
            assert_never(event)


def _accepted(state: TenantState, event: ContactAccepted) -> None:
    number = state.tombstones.get(event.contact_id)
    if number is not None:
        del state.tombstones[event.contact_id]
        state.ended.remove(number)
    contact = Contact(
        id=event.contact_id,
        company=event.company,
        channel=event.channel,
        direction=event.direction,
        dialed=event.dialed,
        caller_classes=event.caller_classes,
        customer=event.customer,
        ivr_path=event.ivr_path,
        language=event.language,
        attributes=event.attributes,
        arrived_at_ms=event.arrived_at_ms,
        previous_contact_id=event.previous_contact_id,
        order=state.count(ACCEPTED),
        deadline_ms=event.queue_anyway_at_ms,
    )
    put_contact(state, contact)


def _refined(state: TenantState, event: ContactRefined) -> None:
    contact = changed(
        state.contacts[event.contact_id],
        ivr_path=event.ivr_path,
        language=event.language,
        attributes=event.attributes,
        previous_contact_id=event.previous_contact_id,
    )
    put_contact(state, contact)


def _queued(state: TenantState, event: ContactQueued, at_ms: int) -> None:
    before = state.contacts[event.contact_id]
    # Moved by a step of its own route: it goes on where that is.
    on_its_way = bool(before.routed_at_ms) and before.entry_point == event.entry_point
    if not on_its_way:
        state.count(routed(event.entry_point))
    contact = changed(
        before,
        status=QUEUED,
        queue=event.queue,
        skills=event.skills,
        priority=event.priority,
        value=event.value,
        entry_point=event.entry_point,
        plan_version=event.plan_version,
        queued_at_ms=at_ms,
        expected_wait_ms=event.expected_wait_ms,
        expected_wait_p90_ms=event.expected_wait_p90_ms,
        preferred=event.preferred,
        preferred_until_ms=event.preferred_until_ms,
        deadline_ms=0,
        **({} if on_its_way else {"groups": (), "steps_taken": (), "steps_open": (), "routed_at_ms": at_ms}),
    )
    put_contact(state, contact)
