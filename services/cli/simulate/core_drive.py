"""The one place where the simulation calls the router's core: the very code that routes."""

from services.router.core import decide
from services.router.core.commands import Command
from services.router.core.decide import Decision
from services.router.core.records import ContactStatus
from services.router.core.state import TenantState
from services.router.core.timers import next_timer_ms

__all__ = ["ContactStatus", "TenantState", "carry_out", "next_timer_ms"]


def carry_out(state: TenantState, command: Command, at_ms: int) -> Decision:
    """Decide the command and make it true. Raises InvariantBroken for a bug in the core, and then the run is over."""
    return decide.carry_out(state, command, at_ms)
