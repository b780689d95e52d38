"""What happens when time runs out: timers that are due fire in order, before anything else is decided."""

from typing import assert_never

from services.router.core import limits
from services.router.core.agenda import Due
from services.router.core.consultations import end, end_about, end_if_nobody_else_is_asked
from services.router.core.decide_steps import open_steps
from services.router.core.desk import to_take_back
from services.router.core.draft import Draft
from services.router.core.events import (
    ContactEnded,
    ContactForgotten,
    ContactOutcome,
    ContactReturned,
    DeclineLapsed,
    OfferEnd,
    OfferReturned,
    Presence,
    PresenceChanged,
)
from services.router.core.invariants import InvariantBroken
from services.router.core.records import TimerKind
from services.router.core.waiting_room import queue_by_default_if_gone, queue_by_route, withdraw_offers


def fire_due(draft: Draft) -> None:
    """Fire the timers that are due; what does not fit into this decision stays due. Raises InvariantBroken."""
    agenda = draft.state.agenda
    while (due := agenda.due(draft.at_ms)) is not None:
        if len(draft.events) >= limits.TIMER_EVENTS_MAX:
            return
        _fire(draft, due)
        if agenda.due(draft.at_ms) == due:
            raise InvariantBroken(f"{due.id}: {due.kind} has fired and is still armed")


def _fire(draft: Draft, due: Due) -> None:
    match due.kind:
        case TimerKind.CONSULTATION:
            end(draft, draft.state.contacts[due.id])
        case TimerKind.QUEUE_ANYWAY:
            queue_by_route(draft, due.id)
        case TimerKind.KEPT_FROM:
            draft.add(DeclineLapsed(due.id))
        case TimerKind.OFFER:
            _offer_ran_out(draft, due.id)
        case TimerKind.WRAP_UP:
            agent = draft.state.contacts[due.id].agent
            draft.add(ContactEnded(due.id, ContactOutcome.COMPLETED, agent, "", ""))
        case TimerKind.DETACHED:
            withdraw_offers(draft, due.id)
            draft.add(PresenceChanged(due.id, Presence.OFFLINE, ""))
        case TimerKind.TAKE_BACK:
            _take_back(draft, due.id)
        case TimerKind.STEP:
            open_steps(draft, due.id)
        case _:
            assert_never(due.kind)


def _offer_ran_out(draft: Draft, contact_id: str) -> None:
    """The agent does not respond, and gets nothing more; unless the offer was live while the router changed hands."""
    contact = draft.state.contacts[contact_id]
    if contact.carried:
        draft.add(OfferReturned(contact_id, contact.agent, contact.offer_id, OfferEnd.LAPSED))
        end_if_nobody_else_is_asked(draft, contact)
        return
    draft.add(OfferReturned(contact_id, contact.agent, contact.offer_id, OfferEnd.TIMED_OUT))
    end_if_nobody_else_is_asked(draft, contact)
    withdraw_offers(draft, contact.agent)
    draft.add(PresenceChanged(contact.agent, Presence.NOT_RESPONDING, ""))


def _take_back(draft: Draft, agent_id: str) -> None:
    for contact in to_take_back(draft.state, draft.state.agents[agent_id]):
        if contact.about:
            end(draft, contact)
            continue
        end_about(draft, contact)
        draft.add(ContactReturned(contact.id, agent_id))
        queue_by_default_if_gone(draft, contact.id)


def forget_old(draft: Draft) -> None:
    """Forget some of the contacts that ended long ago."""
    for _ in range(limits.FORGOTTEN_AT_ONCE_MAX):
        oldest = draft.state.ended.oldest()
        if oldest is None or oldest.at_ms + limits.ENDED_KEPT_MS > draft.at_ms:
            return
        draft.add(ContactForgotten(oldest.id))
