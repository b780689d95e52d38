"""What must hold: `check` looks at everything, `check_event` and `check_touched` at what one event concerns.

A broken invariant is a bug in the core and never the fault of who asked.
"""

from collections import Counter

from services.router.core.conversations import Key, key_of
from services.router.core.desk import is_overfull
from services.router.core.events import (
    AVAILABLE,
    CallConnected,
    ConsultationOpened,
    ContactAccepted,
    ContactDiverted,
    ContactEnded,
    ContactForgotten,
    ContactHandedOver,
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
    PlaceKept,
    ReplySettled,
    StepOpened,
    StepTaken,
    WrapUpStarted,
)
from services.router.core.records import (
    ACTIVE,
    ARRIVED,
    ENDED,
    NOTHING_HAPPENED,
    OFFERED,
    ON_A_DESK,
    QUEUED,
    WRAP_UP,
    Agent,
    Contact,
    ContactStatus,
    Remembered,
)
from services.router.core.scan import unfit, verdict
from services.router.core.state import TenantState
from services.router.core.table import Line
from services.router.core.timers import timers_of_agent, timers_of_contact

_OPEN = tuple(status for status in ContactStatus if status is not ENDED)
_WAITING = (QUEUED, OFFERED)
_LEGAL_FROM: dict[type[Event], tuple[ContactStatus, ...]] = {
    ContactRefined: _OPEN,
    ContactQueued: (ARRIVED, QUEUED),
    ContactOffered: (QUEUED,),
    OfferAccepted: (OFFERED,),
    OfferReturned: (OFFERED,),
    OfferCarried: (OFFERED,),
    DeclineLapsed: _WAITING,
    StepTaken: (QUEUED,),
    StepOpened: (QUEUED,),
    CustomerTold: (QUEUED,),
    ContactDiverted: (QUEUED, ACTIVE),
    PlaceKept: (ARRIVED,),
    CustomerWrote: _OPEN,
    CustomerLeft: (ACTIVE, WRAP_UP),
    ReplySettled: tuple(ContactStatus),
    WrapUpStarted: (ACTIVE,),
    ContactTransferred: (ACTIVE,),
    ContactReturned: (ACTIVE,),
    CallConnected: (ACTIVE,),
    ContactHandedOver: (ACTIVE,),
    ContactEnded: _OPEN,
    ContactForgotten: (ENDED,),
}
# What happens to customers' contacts alone, and not to consultations.
_OF_CUSTOMERS = frozenset(
    (
        CustomerWrote,
        CustomerLeft,
        CustomerTold,
        StepTaken,
        StepOpened,
        ContactDiverted,
        WrapUpStarted,
        ContactTransferred,
        ContactReturned,
        ContactHandedOver,
    )
)
_ARRIVALS = frozenset((ContactAccepted, LeftBeforeArrival, ConsultationOpened))
# Where a contact may be to which nothing has happened: all that holds of others holds of it.
_BEFORE_ALL = (ARRIVED, QUEUED)


class InvariantBroken(Exception):
    """The core has a bug: what it holds, or was about to decide, cannot be."""


def check_event(state: TenantState, event: Event, contact: Contact | None) -> None:
    """Raise InvariantBroken if the event may not happen in this state; `contact` is the one that it names."""
    if contact is None:
        return
    kind = type(event)
    if kind in _ARRIVALS:
        raise _broken("a contact arrives that exists", contact.id)
    if contact.status not in _LEGAL_FROM[kind]:
        raise _broken(f"{kind.__name__} while {contact.status}", contact.id)
    if contact.course.about and kind in _OF_CUSTOMERS:
        raise _broken(f"{kind.__name__} of a consultation", contact.id)
    if isinstance(event, ContactEnded):
        is_consulted = event.outcome is ContactOutcome.CONSULTED
        _hold(is_consulted == bool(contact.about), "ends as what it is not", contact.id)
    elif isinstance(event, ContactOffered):
        why_not = verdict(state, state.agents[event.agent], contact)
        if why_not:
            raise _broken(f"is offered to {event.agent}, who {why_not}", contact.id)


def check_touched(state: TenantState, event: Event, contact: Contact | None, agent_id: str, other_id: str) -> None:
    """Raise InvariantBroken if the contact or the agents that the event named are not as they must be afterwards."""
    if contact is not None:
        _check_contact(state, contact)
    if agent_id and (agent := state.agents.get(agent_id)) is not None:
        _check_agent(state, agent, event.contact_id if isinstance(event, ContactOffered) else "")
    if other_id and (other := state.agents.get(other_id)) is not None:
        _check_agent(state, other)


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


def _broken(what: str, whom: str) -> InvariantBroken:
    return InvariantBroken(f"{whom}: {what}")


def _hold(is_so: bool, what: str, whom: str) -> None:
    """As long as `what` costs nothing to say; otherwise ask first, and raise what is `_broken`."""
    if not is_so:
        raise _broken(what, whom)


def _check_contact(state: TenantState, contact: Contact) -> None:
    status, course = contact.status, contact.course
    if course is NOTHING_HAPPENED and status in _BEFORE_ALL:
        return
    if status in ON_A_DESK:
        agent = state.agents.get(course.agent)
        if agent is None or contact.id not in agent.items:
            raise _broken(f"is not on the desk of {course.agent}", contact.id)
    elif course.agent and status is not ENDED:
        raise _broken(f"has an agent while {status}", contact.id)
    if status is OFFERED:
        _hold(bool(course.offer_id), "is offered without an offer", contact.id)
    elif course.carried:
        raise _broken("carries an offer that is over", contact.id)
    if (course.outcome is None) is (status is ENDED):
        raise _broken("is half ended", contact.id)
    if course.consultation or course.about:
        _check_consultation(state, contact)


def _check_consultation(state: TenantState, contact: Contact) -> None:
    """An open consultation and its contact know one another, and the contact is with an agent who is not asked."""
    if contact.consultation:
        asked = state.contacts.get(contact.consultation)
        _hold(contact.status is ACTIVE, "is with no agent and somebody is asked about it", contact.id)
        is_open = asked is not None and asked.status is not ENDED
        _hold(is_open and asked is not None and asked.about == contact.id, "has no such consultation", contact.id)
    if contact.about and contact.status is not ENDED:
        about = state.contacts.get(contact.about)
        _hold(about is not None and about.consultation == contact.id, "is about nothing", contact.id)
        _hold(contact.status is not WRAP_UP, "is wrapped up", contact.id)
        _hold(about is not None and about.agent != contact.agent, "is with who asks", contact.id)


def _check_agent(state: TenantState, agent: Agent, fits: str = "") -> None:
    """`fits` is offered and was found to fit a moment ago."""
    items, contacts = agent.items, state.contacts
    if len(items) > 1 and len(set(items)) != len(items):
        raise _broken("has something twice", agent.id)
    offers = []
    for item_id in items:
        item = contacts[item_id]
        if item.course.agent != agent.id or item.status not in ON_A_DESK:
            raise _broken(f"still has {item.id}", agent.id)
        if item.status is OFFERED:
            offers.append(item)
    if agent.retired and not items:
        raise _broken("has left the roster and is still kept", agent.id)
    if offers:
        _check_offers(state, agent, offers, fits)


def _check_offers(state: TenantState, agent: Agent, offers: list[Contact], fits: str) -> None:
    if agent.presence is not AVAILABLE:
        raise _broken(f"has offers while {agent.presence}", agent.id)
    _hold(not is_overfull(state, agent), "has more than capacity allows", agent.id)
    for offer in offers:
        why_not = "" if offer.id == fits else unfit(state, agent, offer)
        if why_not:
            raise _broken(f"is offered {offer.id} but {why_not}", agent.id)


def _check_desks(state: TenantState) -> None:
    """Each work item is on one desk only."""
    items = [item for agent in state.agents.values() for item in agent.items]
    on_desks = [contact.id for contact in state.contacts.values() if contact.status in ON_A_DESK]
    _hold(sorted(items) == sorted(on_desks), "work items and desks differ", state.tenant)


def _check_derived(state: TenantState) -> None:
    """Who waits, which conversations are on and which timers are armed follows from the records."""
    queued = [each for each in state.contacts.values() if each.status is QUEUED]
    ranks = Counter((each.queue, each.priority, each.value) for each in queued)
    depths = {(queue, *rank): count for queue, ranked in state.depths.items() for rank, count in ranked.items()}
    _hold(depths == ranks and all(state.depths.values()), "depths differ", state.tenant)
    opened = Counter((each.queue, each.entry_point, step) for each in queued for step in each.steps_open)
    _hold(dict(state.opened.items()) == opened, "open steps differ", state.tenant)
    at_open_steps = Counter(each.id for each in queued if each.steps_open)
    _hold(dict(state.at_open_steps.items()) == at_open_steps, "who has one differs", state.tenant)
    _hold(dict(state.conversations.items()) == _newest(state), "conversations are not as they should be", state.tenant)
    _check_timers(state)


def _check_timers(state: TenantState) -> None:
    contacts = {each.id: armed for each in state.contacts.values() if (armed := timers_of_contact(state, each))}
    agents = {each.id: armed for each in state.agents.values() if (armed := timers_of_agent(state, each))}
    are_armed = (state.contact_timers, state.agent_timers) == (contacts, agents)
    _hold(are_armed, "timers are not armed as they should be", state.tenant)


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
    numbers = {each.ended_number: each.id for each in state.contacts.values() if each.status is ENDED}
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
