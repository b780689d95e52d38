"""What a page asks "what is it about?": the choices that the plan's entry points can tell apart.

A choice is either a value of the attribute `topic` or a path of menu nodes, just as a caller walks an IVR.
"""

import re
from dataclasses import dataclass

from services.plan.compiled import Address, Attribute, Direction, EntryPoint, Match

TOPIC = "topic"
MENU = "menu/"
# One to eight ids of up to 64 characters: what any plan can name.
WELL_FORMED = re.compile(r"(menu/)?[A-Za-z0-9._-]{1,64}(/[A-Za-z0-9._-]{1,64}){0,7}")


@dataclass(frozen=True, slots=True)
class Topic:
    """A choice: what the page sends, and what a person reads."""

    value: str
    label: str


def topics_of(entry_points: tuple[EntryPoint, ...], company: str, address: Address) -> tuple[Topic, ...]:
    """The choices of one page, in the order of the rules that ask for them."""
    values: dict[str, None] = {}
    for match in (entry_point.match for entry_point in entry_points):
        if concerns(match, company, address):
            values.update(dict.fromkeys(_values(match, address)))
    return tuple(Topic(value, _label(value)) for value in values)


def is_offered(value: str, topics: tuple[Topic, ...]) -> bool:
    """Whether the page offers the choice; making none is always offered."""
    return not value or any(topic.value == value for topic in topics)


def chosen(value: str, topics: tuple[Topic, ...]) -> tuple[tuple[str, ...], tuple[Attribute, ...]]:
    """The IVR path and the attributes that a choice means.

    Nothing for one that the page does not offer: it becomes a fact of routing, and only the plan's words are that.
    """
    if not is_offered(value, topics):
        return (), ()
    if value.startswith(MENU):
        return tuple(value.removeprefix(MENU).split("/")), ()
    return (), (Attribute(TOPIC, value),) if value else ()


def concerns(match: Match, company: str, address: Address) -> bool:
    """Whether a rule can take a contact that a customer makes at this address."""
    return (
        (not match.directions or Direction.INBOUND in match.directions)
        and (not match.channels or address.channel in match.channels)
        and (not match.companies or company in match.companies)
        and (not match.dialed or address.address in match.dialed)
    )


def _values(match: Match, address: Address) -> list[str]:
    topics = [attribute.value for attribute in match.attributes if attribute.name == TOPIC]
    # A rule that names no channel is a phone menu's as likely as not; a page shows only menus that are meant for it.
    menus = [MENU + "/".join(match.ivr_path)] if match.ivr_path and address.channel in match.channels else []
    return [value for value in topics + menus if WELL_FORMED.fullmatch(value)]


def _label(value: str) -> str:
    words = value.removeprefix(MENU).replace("/", ": ")
    return re.sub(r"[._-]+", " ", words).strip().capitalize()
