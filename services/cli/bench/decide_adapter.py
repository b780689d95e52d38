"""The whole command under test: decide, every event with its record, apply, the cheap invariants."""

from services.router.core import decide
from services.router.core.commands import Command
from services.router.core.events import ContactOffered
from services.router.core.state import TenantState


def carry_out(state: TenantState, command: Command, at_ms: int) -> tuple[ContactOffered, ...]:
    """Decide the command and make it true; the offers that it brought."""
    decision = decide.carry_out(state, command, at_ms)
    return tuple(event for event in decision.events if isinstance(event, ContactOffered))
