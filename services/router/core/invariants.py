"""What must hold: `check` looks at everything, `check_event` and `check_touched` at what one event concerns.

A broken invariant is a bug in the core and never the fault of who asked.
"""

from collections import Counter

from services.router.core.conversations import Key, key_of
from services.router.core.desk import is_overfull, items_of, offers_to
from services.router.core.events import (
    CallConnected,
    ContactAccepted,
    ContactDiverted,
    ContactEnded,
    ContactForgotten,
    ContactOffered,
    ContactOutcome,
    ContactQueued,
    ContactRefined,
    ContactReturned,
    ContactTransferred,
    CustomerLeft,
    CustomerTold,
    CustomerWrote,
    DeclineLapsed,
    Event,
    LeftBeforeArrival,
    OfferAccepted,
    OfferCarried,
    OfferReturned,
    Presence,
    ReplySettled,
    StepOpened,
    StepTaken,
    WrapUpStarted,
)
from services.router.core.records import ON_A_DESK, Agent, Contact, ContactStatus, Remembered, TimerKind
from services.router.core.scan import unfit, verdict
from services.router.core.state import TenantState
from services.router.core.table import Line
from services.router.core.timers import timers_of_agent, timers_of_contact

_OPEN = tuple(status for status in ContactStatus if status is not ContactStatus.ENDED)
_WAITING = (ContactStatus.QUEUED, ContactStatus.OFFERED)
_LEGAL_FROM: dict[type[Event], tuple[ContactStatus, ...]] = {
    ContactRefined: _OPEN,
    ContactQueued: (ContactStatus.ARRIVED, ContactStatus.QUEUED),
    ContactOffered: (ContactStatus.QUEUED,),
    OfferAccepted: (ContactStatus.OFFERED,),
    OfferReturned: (ContactStatus.OFFERED,),
    OfferCarried: (ContactStatus.OFFERED,),
    DeclineLapsed: _WAITING,
    StepTaken: (ContactStatus.QUEUED,),
    StepOpened: (ContactStatus.QUEUED,),
    CustomerTold: (ContactStatus.QUEUED,),
    ContactDiverted: (ContactStatus.QUEUED, ContactStatus.ACTIVE),
    CustomerWrote: _OPEN,
    CustomerLeft: (ContactStatus.ACTIVE, ContactStatus.WRAP_UP),
    ReplySettled: tuple(ContactStatus),
    WrapUpStarted: (ContactStatus.ACTIVE,),
    ContactTransferred: (ContactStatus.ACTIVE,),
    ContactReturned: (ContactStatus.ACTIVE,),
    CallConnected: (ContactStatus.ACTIVE,),
    ContactEnded: _OPEN,
    ContactForgotten: (ContactStatus.ENDED,),
}


class InvariantBroken(Exception):
    """The core has a bug: what it holds, or was about to decide, cannot be."""


def check_event(state: TenantState, event: Event) -> None:
    """Raise InvariantBroken if the event may not happen in this state."""
    contact = state.contacts.get(getattr(event, "contact_id", ""))
    if isinstance(event, ContactAccepted | LeftBeforeArrival):
        _hold(contact is None, "a contact arrives that exists", event.contact_id)
    if contact is None:
        return
    _hold(contact.status in _LEGAL_FROM[type(event)], f"{type(event).__name__} while {contact.status}", contact.id)
    if isinstance(event, ContactOffered):
        why_not = verdict(state, state.agents[event.agent], contact)
        _hold(not why_not, f"is offered to {event.agent}, who {why_not}", contact.id)


def check_touched(state: TenantState, event: Event) -> None:
    """Raise InvariantBroken if the contact or the agent that the event named is not as it must be afterwards."""
    contact = state.contacts.get(getattr(event, "contact_id", ""))
    if contact is not None:
        _check_contact(state, contact)
    agent = state.agents.get(getattr(event, "agent", ""))
    if agent is not None:
        _check_agent(state, agent)


def check(state: TenantState) -> None:
    """Raise InvariantBroken if anything is not as it must be between two decisions."""
    check_records(state)
    for contact_id in state.waiting:
        queue = state.contacts[contact_id].queue
        _hold(queue in state.queues, f"waits in {queue}, which is not in the plan", contact_id)


def check_records(state: TenantState) -> None:
    """Raise InvariantBroken if anything is not as it must be after each event."""
    for contact in state.contacts.values():
        _check_contact(state, contact)
    for agent in state.agents.values():
        _check_agent(state, agent)
    _check_desks(state)
    _check_derived(state)
    _check_ended(state)
    _check_memory(state)


def _hold(is_so: bool, what: str, whom: str) -> None:
    if not is_so:
        raise InvariantBroken(f"{whom}: {what}")


def _check_contact(state: TenantState, contact: Contact) -> None:
    if contact.status in ON_A_DESK:
        agent = state.agents.get(contact.agent)
        _hold(agent is not None and contact.id in agent.items, f"is not on the desk of {contact.agent}", contact.id)
    elif contact.status is not ContactStatus.ENDED:
        _hold(not contact.agent, f"has an agent while {contact.status}", contact.id)
    is_offered = contact.status is ContactStatus.OFFERED
    _hold(not is_offered or bool(contact.offer_id), "is offered without an offer", contact.id)
    _hold(is_offered or not contact.carried, "carries an offer that is over", contact.id)
    _hold((contact.outcome is None) == (contact.status is not ContactStatus.ENDED), "is half ended", contact.id)


def _check_agent(state: TenantState, agent: Agent) -> None:
    _hold(len(set(agent.items)) == len(agent.items), "has something twice", agent.id)
    for item in items_of(state, agent):
        _hold(item.agent == agent.id and item.status in ON_A_DESK, f"still has {item.id}", agent.id)
    _hold(bool(agent.items) or not agent.retired, "has left the roster and is still kept", agent.id)
    offers = offers_to(state, agent)
    if offers:
        _hold(agent.presence is Presence.AVAILABLE, f"has offers while {agent.presence}", agent.id)
        _hold(not is_overfull(state, agent), "has more than capacity allows", agent.id)
    for offer in offers:
        why_not = unfit(state, agent, offer)
        _hold(not why_not, f"is offered {offer.id} but {why_not}", agent.id)


def _check_desks(state: TenantState) -> None:
    """Each work item is on one desk only."""
    items = [item for agent in state.agents.values() for item in agent.items]
    on_desks = [contact.id for contact in state.contacts.values() if contact.status in ON_A_DESK]
    _hold(sorted(items) == sorted(on_desks), "work items and desks differ", state.tenant)


def _check_derived(state: TenantState) -> None:
    """Who waits, which conversations are on and which timers are armed follows from the records."""
    queued = [each for each in state.contacts.values() if each.status is ContactStatus.QUEUED]
    lines = {each.id: state.index.line_of(each) for each in queued}
    _hold(dict(state.waiting.items()) == lines, "the waiting are not those who are queued", state.tenant)
    _hold(dict(state.depths.items()) == Counter(each.queue for each in queued), "depths differ", state.tenant)
    ranks = Counter((each.queue, each.priority, each.value) for each in queued)
    _hold(dict(state.ranks.items()) == ranks, "ranks differ", state.tenant)
    opened = Counter((each.queue, each.entry_point, step) for each in queued for step in each.steps_open)
    _hold(dict(state.opened.items()) == opened, "open steps differ", state.tenant)
    _hold(dict(state.conversations.items()) == _newest(state), "conversations are not as they should be", state.tenant)
    armed: dict[tuple[TimerKind, str], int] = {}
    for contact in state.contacts.values():
        armed |= {(kind, contact.id): due_ms for kind, due_ms in timers_of_contact(state, contact).items()}
    for agent in state.agents.values():
        armed |= {(kind, agent.id): due_ms for kind, due_ms in timers_of_agent(state, agent).items()}
    _hold(dict(state.timers.items()) == armed, "timers are not armed as they should be", state.tenant)


def _newest(state: TenantState) -> dict[Key, str]:
    newest: dict[Key, Contact] = {}
    for contact in state.contacts.values():
        key = key_of(contact)
        if key is None or contact.outcome is ContactOutcome.JOINED:
            continue
        if key not in newest or newest[key].order < contact.order:
            newest[key] = contact
    return {key: contact.id for key, contact in newest.items()}


def _check_ended(state: TenantState) -> None:
    """Each ended contact and each tombstone is in line to be forgotten, and nothing else is."""
    numbers = {each.ended_number: each.id for each in state.contacts.values() if each.status is ContactStatus.ENDED}
    numbers |= {number: contact_id for contact_id, number in state.tombstones.items()}
    _hold({number: each.id for number, each in state.ended.rows.items()} == numbers, "ends differ", state.tenant)
    for contact_id in state.tombstones:
        _hold(contact_id not in state.contacts, "left before an arrival that has happened", contact_id)


def _check_memory(state: TenantState) -> None:
    """What is remembered is in line to be dropped, and the reverse."""
    _hold(sorted(_ids(state.answered)) == sorted(state.answers), "answers differ", state.tenant)
    kept = [event_id for ids in state.seen_of.values() for event_id in ids] + _ids(state.strays)
    _hold(sorted(kept) == sorted(state.seen), "seen ids differ", state.tenant)


def _ids(line: Line[Remembered]) -> list[str]:
    return [each.id for each in line.rows.values()]
