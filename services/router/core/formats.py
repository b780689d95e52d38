"""Which kinds of event may be written: those of the format that is in force in the log, and of the ones before it.

An older release that still runs cannot read a newer kind. So deciding asks first, and goes on as before until the
format was raised; `apply` never asks.
"""

from collections.abc import Mapping
from typing import Any

from services.router.core.state import TenantState
from services.router.core.tables import OLDEST_FORMAT

# The format that a kind came with. A kind that is not named is of the oldest; a published row never changes.
FORMAT_OF: Mapping[type, int] = {}


class TooNew(ValueError):
    """A kind that older releases cannot read, before the log was raised to its format. Deciding asks `may_write`."""


def may_write(state: TenantState, kind: type, format_of: Mapping[type, int] = FORMAT_OF) -> bool:
    """Whether events of the kind may be written by now."""
    return format_of.get(kind, OLDEST_FORMAT) <= state.format


def check_kinds(events: tuple[Any, ...], format: int, format_of: Mapping[type, int] = FORMAT_OF) -> None:
    """Raises TooNew if one of the events is of a kind that came with a higher format."""
    for event in events if format_of else ():
        needed = format_of.get(type(event), OLDEST_FORMAT)
        if needed > format:
            raise TooNew(f"{type(event).__name__} is of format {needed}, and {format} is in force: ask may_write first")
