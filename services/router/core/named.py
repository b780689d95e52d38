"""Whom an event names: read off its kind once, as this is asked for every event."""

from collections.abc import Callable
from typing import Any, get_args

from services.router.core.events import Event
from services.router.core.record import names_in, written

_FIELDS = ("contact_id", "agent", "to_agent")


def _reader(kind: Any) -> Callable[[Any], tuple[str, str, str]]:
    names = names_in(kind)
    values = ", ".join(f"event.{name}" if name in names else "''" for name in _FIELDS)
    reader: Callable[[Any], tuple[str, str, str]] = written("named", "event", [f"return {values}"], {})
    return reader


# By an event's kind: what gives its contact, its agent, and the agent whom that one asks or hands over to; "" for none.
NAMED_BY: dict[type[Event], Callable[[Any], tuple[str, str, str]]] = {kind: _reader(kind) for kind in get_args(Event)}
