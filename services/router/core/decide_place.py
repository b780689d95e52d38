"""Decides who gets a place in the queue: a call-back takes over that of the call that its customer held before.

One decision ends the call and queues the call-back, so that the place is never lost and never two contacts'.
"""

from services.router.core import limits
from services.router.core.commands import Arrive
from services.router.core.draft import Draft
from services.router.core.events import ContactEnded, ContactOutcome, CustomerWrote, PlaceKept
from services.router.core.record import changed
from services.router.core.records import ON_A_DESK, Contact, ContactStatus
from services.router.core.state import TenantState
from services.router.core.steps import is_promised, steps_of
from services.router.core.urgency import place_ms
from services.router.core.waiting_room import queued

_WAITING = (ContactStatus.QUEUED, ContactStatus.OFFERED)


def place_to_keep(state: TenantState, command: Arrive) -> Contact | None:
    """The contact whose place the arrival takes over: of its company, and waiting. None where there is none."""
    original = state.contacts.get(command.keeps_place_of)
    if original is None or original.company != command.company or original.channel in limits.ONE_AT_A_TIME:
        return None
    return original if original.status in _WAITING and not original.about else None


def keep_place(draft: Draft, contact_id: str, original: Contact, other: Contact | None) -> None:
    """The accepted contact takes over the place. `other` is the newest of its customer's, who are called back once."""
    if other is not None and other.status is not ContactStatus.ENDED and _is_as_good(draft.state, other, original):
        join(draft, contact_id, other)
        draft.add(ContactEnded(original.id, ContactOutcome.CALLBACK, "", "", other.id))
        return
    draft.add(_kept(draft.state, contact_id, original))
    draft.add(ContactEnded(original.id, ContactOutcome.CALLBACK, "", "", contact_id))
    if other is not None and other.status is not ContactStatus.ENDED:
        join(draft, other.id, draft.state.contacts[contact_id])
    wanted = changed(
        draft.state.contacts[contact_id],
        queue=original.queue,
        skills=original.skills,
        priority=original.priority,
        value=original.value,
    )
    draft.add(queued(draft, wanted, original.preferred, original.preferred_until_ms))


def join(draft: Draft, contact_id: str, other: Contact) -> None:
    """The contact was a message in the conversation of another."""
    draft.add(CustomerWrote(other.id, contact_id))
    draft.add(ContactEnded(contact_id, ContactOutcome.JOINED, "", "", other.id))


def _is_as_good(state: TenantState, other: Contact, original: Contact) -> bool:
    """Whether the other call-back is with an agent already, or stands no worse in the same queue."""
    if other.status in ON_A_DESK and other.status is not ContactStatus.OFFERED:
        return True
    queue = state.queues.get(original.queue)
    waits_there = other.status in _WAITING and other.queue == original.queue
    return waits_there and place_ms(state.urgency, queue, other) <= place_ms(state.urgency, queue, original)


def _kept(state: TenantState, contact_id: str, original: Contact) -> PlaceKept:
    """Of those that arrived in the same millisecond it is the last: how many were accepted before it is not changed."""
    steps = steps_of(state, original)
    contact = changed(original, keeps_place_of=original.id)
    stay_open = (step for step in original.steps_open if not is_promised(contact, steps[step]))
    return PlaceKept(
        contact_id=contact_id,
        place_of=original.id,
        arrived_at_ms=original.arrived_at_ms,
        entry_point=original.entry_point,
        routed_at_ms=original.routed_at_ms,
        groups=original.groups,
        steps_taken=original.steps_taken,
        steps_open=tuple(stay_open),
        told_at_ms=original.told_at_ms,
    )
