"""Which timers are armed: worked out from the records alone, so that none can be forgotten or left over."""

from services.router.core import limits
from services.router.core.desk import to_take_back
from services.router.core.events import Presence
from services.router.core.lines import stands_apart
from services.router.core.records import ARRIVED, OFFERED, QUEUED, WRAP_UP, Agent, Armed, Contact, TimerKind
from services.router.core.state import TenantState
from services.router.core.steps import next_step_ms
from services.router.core.tables import Tables

_NONE: Armed = {}
_BY_STATUS = {
    ARRIVED: TimerKind.QUEUE_ANYWAY,
    OFFERED: TimerKind.OFFER,
    WRAP_UP: TimerKind.WRAP_UP,
}
_WAITING = (QUEUED, OFFERED)
_WITH_TIMERS = (*_BY_STATUS, QUEUED)


def timers_of_contact(state: Tables, contact: Contact) -> Armed:
    """When each of the contact's timers is due."""
    status, course = contact.status, contact.course
    if status not in _WITH_TIMERS:
        return _NONE
    timers: dict[TimerKind, int] = {}
    if course.deadline_ms and status in _BY_STATUS:
        timers[_BY_STATUS[status]] = course.deadline_ms
    if status in _WAITING and stands_apart(contact) and (kept_until_ms := _kept_until_ms(contact)):
        timers[TimerKind.KEPT_FROM] = kept_until_ms
    if status is QUEUED:
        step_ms = next_step_ms(state, contact)
        if step_ms is not None:
            timers[TimerKind.STEP] = step_ms
        if course.about:
            timers[TimerKind.CONSULTATION] = contact.queued_at_ms + limits.CONSULTATION_WAIT_MS
    return timers


def timers_of_agent(state: Tables, agent: Agent) -> Armed:
    """When each of the agent's timers is due: none while the agent is attached."""
    if agent.attached:
        return _NONE
    timers: dict[TimerKind, int] = {}
    if agent.presence is not Presence.OFFLINE:
        timers[TimerKind.DETACHED] = agent.detached_at_ms + limits.DETACHED_OFFLINE_MS
    if to_take_back(state, agent):
        timers[TimerKind.TAKE_BACK] = agent.detached_at_ms + limits.DETACHED_TAKE_BACK_MS
    return timers


def next_timer_ms(state: TenantState) -> int | None:
    """When the next timer is due, log time; None when none is armed."""
    next_ms = state.agenda.next_ms()
    oldest = state.ended.oldest()
    if oldest is None:
        return next_ms
    forget_ms = oldest.at_ms + limits.ENDED_KEPT_MS
    return forget_ms if next_ms is None else min(next_ms, forget_ms)


def _kept_until_ms(contact: Contact) -> int:
    times = [passed.until_ms for passed in contact.passed_by if passed.until_ms]
    times += [each for each in (contact.held_until_ms, contact.preferred_until_ms) if each]
    return min(times, default=0)
