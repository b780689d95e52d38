"""Which timers are armed: worked out from the records alone, so that none can be forgotten or left over."""

from dataclasses import dataclass

from services.router.core import limits
from services.router.core.desk import to_take_back
from services.router.core.events import Presence
from services.router.core.state import Agent, Contact, ContactStatus, TenantState, TimerKind

CONTACT_TIMERS = (TimerKind.QUEUE_ANYWAY, TimerKind.KEPT_FROM, TimerKind.OFFER, TimerKind.WRAP_UP)
AGENT_TIMERS = (TimerKind.DETACHED, TimerKind.TAKE_BACK)

_BY_STATUS = {
    ContactStatus.ARRIVED: TimerKind.QUEUE_ANYWAY,
    ContactStatus.OFFERED: TimerKind.OFFER,
    ContactStatus.WRAP_UP: TimerKind.WRAP_UP,
}


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """A timer that is to fire."""

    due_ms: int
    kind: TimerKind
    id: str


def timers_of_contact(contact: Contact) -> dict[TimerKind, int]:
    """When each of the contact's timers is due."""
    timers: dict[TimerKind, int] = {}
    if contact.status in _BY_STATUS and contact.deadline_ms:
        timers[_BY_STATUS[contact.status]] = contact.deadline_ms
    kept_until_ms = _kept_until_ms(contact)
    if kept_until_ms and contact.status in (ContactStatus.QUEUED, ContactStatus.OFFERED):
        timers[TimerKind.KEPT_FROM] = kept_until_ms
    return timers


def timers_of_agent(state: TenantState, agent: Agent) -> dict[TimerKind, int]:
    """When each of the agent's timers is due: none while the agent is attached."""
    timers: dict[TimerKind, int] = {}
    if agent.attached:
        return timers
    if agent.presence is not Presence.OFFLINE:
        timers[TimerKind.DETACHED] = agent.detached_at_ms + limits.DETACHED_OFFLINE_MS
    if to_take_back(state, agent):
        timers[TimerKind.TAKE_BACK] = agent.detached_at_ms + limits.DETACHED_TAKE_BACK_MS
    return timers


def due_timers(state: TenantState, at_ms: int) -> list[Due]:
    """The timers that are due, in the order in which they fire."""
    return sorted(Due(due_ms, kind, whose) for (kind, whose), due_ms in state.timers.items() if due_ms <= at_ms)


def next_timer_ms(state: TenantState) -> int | None:
    """When the next timer is due, log time; None when none is armed."""
    next_ms = min(state.timers.values(), default=None)
    oldest = state.ended.oldest()
    if oldest is None:
        return next_ms
    forget_ms = oldest.at_ms + limits.ENDED_KEPT_MS
    return forget_ms if next_ms is None else min(next_ms, forget_ms)


def _kept_until_ms(contact: Contact) -> int:
    times = [passed.until_ms for passed in contact.passed_by if passed.until_ms]
    if contact.held_until_ms:
        times.append(contact.held_until_ms)
    return min(times, default=0)
