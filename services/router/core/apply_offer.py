"""Applies the life of an offer: made, accepted, returned, carried over a takeover."""

from typing import assert_never

from services.router.core import limits
from services.router.core.apply_work import take_off_desk
from services.router.core.events import (
    ContactOffered,
    DeclineLapsed,
    OfferAccepted,
    OfferCarried,
    OfferEnd,
    OfferReturned,
)
from services.router.core.figures import note_accept, response_ms, up_to
from services.router.core.keep import put_agent, put_contact
from services.router.core.record import changed
from services.router.core.records import ACTIVE, OFFERED, QUEUED, Contact, Pass
from services.router.core.state import TenantState

OfferEvent = ContactOffered | OfferAccepted | OfferReturned | OfferCarried | DeclineLapsed


def apply_to_offer(state: TenantState, event: OfferEvent, at_ms: int) -> None:
    match event:
        case ContactOffered():
            _offered(state, event, at_ms)
        case OfferAccepted():
            _accepted(state, event, at_ms)
        case OfferReturned():
            _returned(state, event, at_ms)
        case OfferCarried():
            put_contact(state, changed(state.contacts[event.contact_id], deadline_ms=event.deadline_ms))
        case DeclineLapsed():
            put_contact(state, _lapsed(state.contacts[event.contact_id], at_ms))
        case _:
            assert_never(event)


def _offered(state: TenantState, event: ContactOffered, at_ms: int) -> None:
    contact = state.contacts[event.contact_id]
    offered = changed(
        contact,
        status=OFFERED,
        agent=event.agent,
        offers=contact.course.offers + 1,
        offer_id=event.offer_id,
        offered_at_ms=at_ms,
        deadline_ms=event.deadline_ms,
        why=event.why,
    )
    put_contact(state, offered)
    agent = state.agents[event.agent]
    last_offer = state.count("offers") + 1
    put_agent(state, up_to(state, agent, at_ms, items=(*agent.items, contact.id), last_offer=last_offer))


def _accepted(state: TenantState, event: OfferAccepted, at_ms: int) -> None:
    contact = state.contacts[event.contact_id]
    note_accept(state, contact, at_ms)
    accepted = changed(
        contact,
        status=ACTIVE,
        accepted_at_ms=at_ms,
        deadline_ms=0,
        carried=False,
        passed_by=(),
        held_for="",
        held_until_ms=0,
        preferred="",
        preferred_until_ms=0,
    )
    put_contact(state, accepted)
    agent = up_to(state, state.agents[event.agent], at_ms)
    answered = agent.answered + 1
    took_ms = response_ms(agent, at_ms - contact.offered_at_ms)
    put_agent(state, changed(agent, idle_since_ms=at_ms, answered=answered, response_ms=took_ms))


def _returned(state: TenantState, event: OfferReturned, at_ms: int) -> None:
    contact = state.contacts[event.contact_id]
    passed_by = contact.passed_by
    if event.because in (OfferEnd.DECLINED, OfferEnd.TIMED_OUT) and event.agent == contact.preferred:
        contact = changed(contact, preferred="", preferred_until_ms=0)
    if event.because is OfferEnd.DECLINED:
        others = tuple(passed for passed in passed_by if passed.agent != event.agent)
        passed_by = (*others, Pass(event.agent, at_ms + limits.DECLINE_LAPSES_MS))
    returned = changed(
        contact,
        status=QUEUED,
        agent="",
        offer_id="",
        offered_at_ms=0,
        deadline_ms=0,
        why=None,
        carried=False,
        passed_by=passed_by,
    )
    put_contact(state, returned)
    take_off_desk(state, contact, at_ms)


def _lapsed(contact: Contact, at_ms: int) -> Contact:
    passed_by = tuple(changed(each, until_ms=0) if each.until_ms <= at_ms else each for each in contact.passed_by)
    if contact.held_until_ms <= at_ms:
        contact = changed(contact, held_for="", held_until_ms=0)
    if contact.preferred_until_ms <= at_ms:
        contact = changed(contact, preferred="", preferred_until_ms=0)
    return changed(contact, passed_by=passed_by)
