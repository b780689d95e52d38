"""Makes what was decided true: `apply` never decides, and never fails for an event that `decide` made.

The meaning of a published event never changes, so neither does what is done here for it.
"""

from typing import assert_never

from services.router.core.apply_agent import apply_to_agents
from services.router.core.apply_contact import apply_to_contact
from services.router.core.apply_end import apply_end
from services.router.core.apply_offer import apply_to_offer
from services.router.core.apply_step import apply_step
from services.router.core.apply_work import apply_to_work
from services.router.core.events import (
    AgentAttached,
    AgentDetached,
    CallConnected,
    ContactAccepted,
    ContactDiverted,
    ContactEnded,
    ContactForgotten,
    ContactOffered,
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
    OwnerChanged,
    PlanActivated,
    PresenceChanged,
    ReplySettled,
    StepOpened,
    StepTaken,
    WrapUpStarted,
)
from services.router.core.state import TenantState


def apply(state: TenantState, event: Event, at_ms: int) -> None:
    """Change the state as the event says; `at_ms` is that of the command it was decided for."""
    match event:
        case ContactAccepted() | ContactRefined() | ContactQueued() | CustomerWrote() | CustomerLeft() | ReplySettled():
            apply_to_contact(state, event, at_ms)
        case StepTaken() | StepOpened() | CustomerTold() | ContactDiverted():
            apply_step(state, event, at_ms)
        case ContactOffered() | OfferAccepted() | OfferReturned() | OfferCarried() | DeclineLapsed():
            apply_to_offer(state, event, at_ms)
        case CallConnected() | WrapUpStarted() | ContactTransferred() | ContactReturned():
            apply_to_work(state, event, at_ms)
        case ContactEnded() | LeftBeforeArrival() | ContactForgotten():
            apply_end(state, event, at_ms)
        case AgentAttached() | AgentDetached() | PresenceChanged() | PlanActivated() | OwnerChanged():
            apply_to_agents(state, event, at_ms)
        case _:
            assert_never(event)
