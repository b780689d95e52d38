"""Decides what a command brings about: first what time brought, then the command, then who gets what waits."""

from collections.abc import Callable
from typing import Any, get_args

from services.router.core import limits
from services.router.core.commands import DONE, ChangeOwner, Command, Outcome
from services.router.core.decide_agent import AttendanceCommand, decide_attendance
from services.router.core.decide_call import CallCommand, decide_call
from services.router.core.decide_consultation import ConsultationCommand, decide_consultation
from services.router.core.decide_contact import ContactCommand, decide_contact
from services.router.core.decide_steps import take_open_steps
from services.router.core.decide_tenant import TenantCommand, decide_tenant
from services.router.core.decide_work import WorkCommand, decide_work
from services.router.core.draft import Draft, Refused
from services.router.core.events import Event
from services.router.core.fire import fire_due, forget_old
from services.router.core.matching import match
from services.router.core.record import record
from services.router.core.state import TenantState

# Looked up and not matched: this is asked for every command.
DECIDE: dict[type[Command], Callable[[Draft, Any], None]] = {
    **dict.fromkeys(get_args(ContactCommand), decide_contact),
    **dict.fromkeys(get_args(CallCommand), decide_call),
    **dict.fromkeys(get_args(AttendanceCommand), decide_attendance),
    **dict.fromkeys(get_args(WorkCommand), decide_work),
    **dict.fromkeys(get_args(ConsultationCommand), decide_consultation),
    **dict.fromkeys(get_args(TenantCommand), decide_tenant),
}


@record
class Decision:
    """The events, to be logged and applied in order, and the answer.

    Unfinished: some that wait were not matched for want of room; decide `TimePassed(match_all=True)` next.
    """

    events: tuple[Event, ...]
    outcome: Outcome
    unfinished: bool = False
    # Agents whose desks it may have changed.
    touched: tuple[str, ...] = ()


def decide(state: TenantState, command: Command, at_ms: int) -> Decision:
    """What the command brings about at that time, at most 1000 events. The state is left as it was, whatever happens.

    A refused command yields what time brought and nothing of its own. Raises InvariantBroken for a bug in the core.
    """
    mark = state.savepoint()
    try:
        return carry_out(state, command, at_ms)
    finally:
        state.rollback(mark)


def carry_out(state: TenantState, command: Command, at_ms: int) -> Decision:
    """As `decide`, but the events are applied: the state is as it is after them.

    When it raises, the state may be anything between: roll it back.
    """
    draft = Draft(state, at_ms)
    if not isinstance(command, ChangeOwner):
        fire_due(draft)
        forget_old(draft)
        if draft.events:
            _settle(draft, limits.TIMER_MATCH_EVENTS_MAX)
    by_time, unmatched = len(draft.events), draft.unfinished
    mark = state.savepoint()
    try:
        _decide(draft, command)
        _settle(draft, limits.EVENTS_MAX)
    except Refused as refused:
        state.rollback(mark)
        return Decision(tuple(draft.events[:by_time]), refused.outcome, unmatched, tuple(draft.touched))
    state.forget(mark)
    return Decision(tuple(draft.events), DONE, draft.unfinished, tuple(draft.touched))


def _settle(draft: Draft, events_max: int) -> None:
    """Offer what can be offered, and take the steps that what happened calls for, until neither brings anything."""
    match(draft, events_max)
    before = -1
    while len(draft.events) != before and not draft.unfinished and _has_steps(draft):
        before = len(draft.events)
        fire_due(draft)
        take_open_steps(draft, events_max)
        match(draft, events_max)


def _has_steps(draft: Draft) -> bool:
    """Whether a step may have to be taken now."""
    return bool(len(draft.state.opened)) or draft.state.agenda.due(draft.at_ms) is not None


def _decide(draft: Draft, command: Command) -> None:
    DECIDE[type(command)](draft, command)
