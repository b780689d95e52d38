"""What an entry point of the plan file asks of a contact, as people write it."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from services.plan.caller_model import AskedCaller
from services.plan.compiled import Channel, Direction
from services.plan.fields import Caller, Id, Language, OneOrMany, Part, Text, refuse


class State(StrEnum):
    """Whether hours are open or closed."""

    OPEN = "open"
    CLOSED = "closed"


class MatchPart(Part):
    """What a contact must be; what is left out asks for nothing."""

    direction: OneOrMany[Direction] = ()
    """Who began it."""
    channel: OneOrMany[Channel] = ()
    """The medium."""
    company: OneOrMany[Id] = ()
    """Whose it is."""
    dialed: OneOrMany[Caller] = ()
    """The address that it was sent to: one of a company's."""
    caller: AskedCaller | None = None
    """Who sent it."""
    ivr_path: OneOrMany[Id] = Field(default=(), max_length=8)
    """The way through a menu, from its beginning."""
    language: OneOrMany[Language] = ()
    """Its language; en stands for en-gb too."""
    attributes: Annotated[dict[Id, OneOrMany[Text]], Field(min_length=1, max_length=20)] = Field(default={})
    """Name: value or values; each name must be met."""
    hours: Id = ""
    """The hours that must be open, or closed, when it is routed."""
    state: State | None = None
    """Of the hours: open (if left out) or closed."""


def state_of_hours(match: MatchPart) -> MatchPart:
    """Refuse a state of no hours."""
    if match.state is not None and not match.hours:
        refuse("has a state without hours", "say which hours are meant, or take state out")
    return match
