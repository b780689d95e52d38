"""Makes what was decided true: `apply` never decides, and never fails for an event that `decide` made.

The meaning of a published event never changes, so neither does what is done here for it.
"""

from collections.abc import Callable
from typing import Any, get_args

from services.router.core.apply_agent import AgentEvent, apply_to_agents
from services.router.core.apply_consultation import ConsultationEvent, apply_consultation
from services.router.core.apply_contact import ContactEvent, apply_to_contact
from services.router.core.apply_end import EndEvent, apply_end
from services.router.core.apply_offer import OfferEvent, apply_to_offer
from services.router.core.apply_step import StepEvent, apply_step
from services.router.core.apply_work import WorkEvent, apply_to_work
from services.router.core.events import Event
from services.router.core.state import TenantState

# Looked up and not matched: this is asked for every event.
APPLY: dict[type[Event], Callable[[TenantState, Any, int], None]] = {
    **dict.fromkeys(get_args(ContactEvent), apply_to_contact),
    **dict.fromkeys(get_args(StepEvent), apply_step),
    **dict.fromkeys(get_args(OfferEvent), apply_to_offer),
    **dict.fromkeys(get_args(WorkEvent), apply_to_work),
    **dict.fromkeys(get_args(ConsultationEvent), apply_consultation),
    **dict.fromkeys(get_args(EndEvent), apply_end),
    **dict.fromkeys(get_args(AgentEvent), apply_to_agents),
}


def apply(state: TenantState, event: Event, at_ms: int) -> None:
    """Change the state as the event says; `at_ms` is that of the command it was decided for."""
    APPLY[type(event)](state, event, at_ms)
