"""Decides what a command brings about: first what time brought, then the command, then who gets what waits."""

from dataclasses import dataclass
from typing import assert_never

from services.router.core import limits
from services.router.core.commands import (
    DONE,
    AcceptOffer,
    ActivatePlan,
    Arrive,
    AttachAgent,
    Cancel,
    ChangeOwner,
    Command,
    CompleteContact,
    ConnectCall,
    CustomerLeaves,
    CustomerWrites,
    DeclineOffer,
    DetachAgent,
    FinishConversation,
    Outcome,
    Refine,
    ReturnCall,
    SetPresence,
    SettleReply,
    TimePassed,
    TransferContact,
)
from services.router.core.decide_agent import decide_attendance
from services.router.core.decide_call import decide_call
from services.router.core.decide_contact import decide_contact
from services.router.core.decide_tenant import decide_tenant
from services.router.core.decide_work import decide_work
from services.router.core.draft import Draft, Refused
from services.router.core.events import Event
from services.router.core.fire import fire_due
from services.router.core.matching import match
from services.router.core.state import TenantState


@dataclass(frozen=True, slots=True)
class Decision:
    """The events, to be logged and applied in order, and the answer.

    Unfinished: some that wait were not matched for want of room; decide `TimePassed(match_all=True)` next.
    """

    events: tuple[Event, ...]
    outcome: Outcome
    unfinished: bool = False


def decide(state: TenantState, command: Command, at_ms: int) -> Decision:
    """What the command brings about at that time, at most 1000 events. The state is left as it was, whatever happens.

    A refused command yields what time brought and nothing of its own. Raises InvariantBroken for a bug in the core.
    """
    mark = state.savepoint()
    draft = Draft(state, at_ms)
    try:
        if not isinstance(command, ChangeOwner):
            fire_due(draft)
            match(draft, limits.TIMER_MATCH_EVENTS_MAX)
        return _carry_out(draft, command)
    finally:
        state.rollback(mark)


def _carry_out(draft: Draft, command: Command) -> Decision:
    by_time = tuple(draft.events)
    unmatched = draft.unfinished
    try:
        _decide(draft, command)
        match(draft, limits.EVENTS_MAX)
    except Refused as refused:
        return Decision(by_time, refused.outcome, unmatched)
    return Decision(tuple(draft.events), DONE, draft.unfinished)


def _decide(draft: Draft, command: Command) -> None:
    match command:
        case Arrive() | Refine() | CustomerWrites() | CustomerLeaves() | SettleReply() | Cancel():
            decide_contact(draft, command)
        case ConnectCall() | ReturnCall():
            decide_call(draft, command)
        case AttachAgent() | DetachAgent() | SetPresence():
            decide_attendance(draft, command)
        case AcceptOffer() | DeclineOffer() | FinishConversation() | CompleteContact() | TransferContact():
            decide_work(draft, command)
        case ActivatePlan() | TimePassed() | ChangeOwner():
            decide_tenant(draft, command)
        case _:
            assert_never(command)
