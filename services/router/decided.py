"""What one commit decided, as plain values: the inside of a record of router.log."""

from dataclasses import dataclass

from services.router.core.commands import Outcome
from services.router.core.events import Event

NOTHING_READ = -1


@dataclass(frozen=True, slots=True)
class DecidedCommand:
    """A command with its events. `outcome` None and `contact_id` set: it was an inbound envelope of that contact."""

    tenant: str
    id: str
    at_ms: int
    outcome: Outcome | None
    events: tuple[Event, ...]
    contact_id: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """One commit; `inbound_offset` is the newest inbound record it took account of, or NOTHING_READ."""

    at_ms: int
    inbound_offset: int
    commands: tuple[DecidedCommand, ...]
    # The format that the log is of from here on; 0: as before.
    raised_to: int = 0
