"""A caller in a menu: what they hear next, worked out from the plan, the key pressed, and where they are.

Where they are is all there is to know; it travels in the signed URL that the carrier calls, so nothing is kept here.
"""

from dataclasses import dataclass, replace

from services.ingest.router_log.facts import Plan
from services.ingest.voice.prompts import is_closed, menu_of
from services.plan.compiled import Choice, Menu

TRIES_MAX = 3
# Menus may lead round in a circle; whoever has gone so far is queued.
STEPS_MAX = 30


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a caller is: the menu, how many choices were made before, how often this one was asked for without one."""

    menu: str
    language: str
    step: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """They hear the menu; after a failure they are first told of it."""

    menu: Menu
    at: Whereabouts
    pressed_nothing: bool = False


@dataclass(frozen=True, slots=True)
class Closed:
    """They hear that the menu is closed, and the call ends."""

    menu: Menu
    language: str


@dataclass(frozen=True, slots=True)
class Queued:
    """They wait for an agent."""

    language: str


Next = Asked | Closed | Queued


@dataclass(frozen=True, slots=True)
class Turn:
    """What comes next, and the choice that led there, if one did."""

    then: Next
    choice: Choice | None = None


def enter(plan: Plan | None, company: str, at: Whereabouts, now_ms: int) -> Next:
    """What a caller gets who comes to a menu; one that the plan does not have any more queues them."""
    menu = menu_of(plan, at.menu, company)
    if plan is None or menu is None or at.step >= STEPS_MAX:
        return Queued(at.language)
    return Closed(menu, at.language) if is_closed(plan, menu, now_ms) else Asked(menu, at)


def press(plan: Plan | None, company: str, at: Whereabouts, keys: str, now_ms: int) -> Turn:
    """What becomes of a key pressed in a menu; `keys` is whatever the carrier said was pressed, "" for nothing."""
    menu = menu_of(plan, at.menu, company)
    if menu is None:
        return Turn(Queued(at.language))
    choice = next((choice for choice in menu.choices if choice.key == keys), None)
    if choice is None:
        return Turn(_failed(menu, at, keys))
    after = Whereabouts(choice.menu, choice.language or at.language, at.step + 1)
    return Turn(enter(plan, company, after, now_ms) if choice.menu else Queued(after.language), choice)


def _failed(menu: Menu, at: Whereabouts, keys: str) -> Next:
    """Asked again; after three times without a choice they are queued, so that nobody is lost."""
    if at.failed + 1 >= TRIES_MAX:
        return Queued(at.language)
    return Asked(menu, replace(at, failed=at.failed + 1), pressed_nothing=not keys)
