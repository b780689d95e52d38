"""What is looked up by the kind of an event or a command: there is something for every kind, and for no other."""

from dataclasses import fields
from typing import get_args

import pytest

from services.router.core.apply import APPLY
from services.router.core.commands import Command
from services.router.core.decide import DECIDE
from services.router.core.events import Event
from services.router.core.named import NAMED_BY


def test_every_command_is_decided_and_every_event_applied() -> None:
    assert set(DECIDE) == set(get_args(Command))
    assert set(APPLY) == set(get_args(Event))


@pytest.mark.parametrize("kind", get_args(Event))
def test_whom_an_event_names_is_what_it_says_of_them(kind: type[Event]) -> None:
    event = object.__new__(kind)
    names = [field.name for field in fields(kind)]
    for name in names:
        setattr(event, name, f"its {name}")
    asked = ("contact_id", "agent", "to_agent")
    assert NAMED_BY[kind](event) == tuple(f"its {name}" if name in names else "" for name in asked)
