"""Applies ends: a contact's, one heard of before its arrival, and that of our memory of both."""

from typing import assert_never

from services.router.core.apply_work import take_off_desk
from services.router.core.events import ContactEnded, ContactForgotten, LeftBeforeArrival
from services.router.core.figures import note_end
from services.router.core.keep import drop_contact, put_contact
from services.router.core.memory import drop_seen
from services.router.core.record import changed
from services.router.core.records import ENDED, ON_A_DESK, Remembered
from services.router.core.state import TenantState

EndEvent = ContactEnded | LeftBeforeArrival | ContactForgotten


def apply_end(state: TenantState, event: EndEvent, at_ms: int) -> None:
    match event:
        case ContactEnded():
            _ended(state, event, at_ms)
        case LeftBeforeArrival():
            state.tombstones[event.contact_id] = state.ended.add(Remembered(event.contact_id, at_ms))
        case ContactForgotten():
            _forgotten(state, event.contact_id)
        case _:
            assert_never(event)


def _ended(state: TenantState, event: ContactEnded, at_ms: int) -> None:
    contact = state.contacts[event.contact_id]
    ended = changed(
        contact,
        status=ENDED,
        agent=event.agent,
        offer_id="",
        deadline_ms=0,
        why=None,
        carried=False,
        passed_by=(),
        held_for="",
        held_until_ms=0,
        preferred="",
        preferred_until_ms=0,
        outcome=event.outcome,
        disposition=event.disposition,
        joined_contact_id=event.joined_contact_id,
        ended_at_ms=at_ms,
        ended_number=state.ended.add(Remembered(contact.id, at_ms)),
    )
    note_end(state, contact, event.outcome, at_ms)
    put_contact(state, ended)
    if contact.about:
        put_contact(state, changed(state.contacts[contact.about], consultation=""))
    if contact.status in ON_A_DESK:
        take_off_desk(state, contact, at_ms)


def _forgotten(state: TenantState, contact_id: str) -> None:
    number = state.tombstones.get(contact_id)
    if number is None:
        number = state.contacts[contact_id].ended_number
        drop_contact(state, contact_id)
    else:
        del state.tombstones[contact_id]
    state.ended.remove(number)
    drop_seen(state, contact_id)
