"""Finds the entry point that a contact takes: the first that matches wins, and a default exists."""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from typing import Protocol

from services.plan.compiled import Attribute, Channel, Direction, EntryPoint, Hours, Interval, Match, Plan, Route


class RoutingFacts(Protocol):
    """What entry points can match; a contact has it, and so has the command that brings one."""

    @property
    def company(self) -> str: ...
    @property
    def channel(self) -> Channel: ...
    @property
    def direction(self) -> Direction: ...
    @property
    def dialed(self) -> str: ...
    @property
    def caller_classes(self) -> tuple[str, ...]: ...
    @property
    def ivr_path(self) -> tuple[str, ...]: ...
    @property
    def language(self) -> str: ...
    @property
    def attributes(self) -> tuple[Attribute, ...]: ...


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a contact that does not exist: what "what would the plan do with it" is asked of."""

    company: str
    channel: Channel
    direction: Direction = Direction.INBOUND
    dialed: str = ""
    caller_classes: tuple[str, ...] = ()
    ivr_path: tuple[str, ...] = ()
    language: str = ""
    attributes: tuple[Attribute, ...] = ()


# What the default route is called where an entry point's id would stand; no entry point may have this id.
DEFAULT = "default"


# What stands there for what an agent asks a colleague, and, with the queue behind it, for what one has handed on.
BY_QUESTION, BY_TRANSFER = "question:", "queue:"


def by_transfer(queue: str) -> str:
    """What stands where an entry point's id would once an agent has handed a contact on to the queue."""
    return f"{BY_TRANSFER}{queue}"


def routes_of(plan: Plan) -> dict[str, Route]:
    """All routes by what stands for them; a transfer takes that of the first entry point that leads to its queue."""
    routes = {each.id: each.route for each in plan.entry_points} | {DEFAULT: plan.default_route}
    for route in tuple(routes.values()):
        routes.setdefault(by_transfer(route.queue), route)
    return routes


def find_route(plan: Plan, contact: RoutingFacts, at_ms: int) -> tuple[str, Route]:
    """The id of the entry point, or DEFAULT, and its route."""
    return _first_of(plan.entry_points, plan, contact, at_ms)


class EntryPoints:
    """`find_route`, quicker: of a plan with hundreds of numbers, only the entry points of the one that was dialed."""

    def __init__(self) -> None:
        self._plan: Plan | None = None
        self._of: dict[str, tuple[EntryPoint, ...]] = {}
        self._of_no_number: tuple[EntryPoint, ...] = ()

    def find_route(self, plan: Plan, contact: RoutingFacts, at_ms: int) -> tuple[str, Route]:
        """As the function of that name."""
        if plan is not self._plan:
            self._read(plan)
        return _first_of(self._of.get(contact.dialed, self._of_no_number), plan, contact, at_ms)

    def _read(self, plan: Plan) -> None:
        numbers = dict.fromkeys(number for entry_point in plan.entry_points for number in entry_point.match.dialed)
        self._of = {number: _dialed_by(plan, number) for number in numbers}
        self._of_no_number = _dialed_by(plan, "")
        self._plan = plan


def _dialed_by(plan: Plan, number: str) -> tuple[EntryPoint, ...]:
    return tuple(each for each in plan.entry_points if not each.match.dialed or number in each.match.dialed)


def _first_of(entry_points: tuple[EntryPoint, ...], plan: Plan, contact: RoutingFacts, at_ms: int) -> tuple[str, Route]:
    for entry_point in entry_points:
        if _matches(plan, entry_point.match, contact, at_ms):
            return entry_point.id, entry_point.route
    return DEFAULT, plan.default_route


def is_open(hours: Hours, at_ms: int) -> bool | None:
    """Whether the hours are open then; None where the plan does not know any more."""
    if at_ms >= hours.known_until_ms:
        return None
    following = bisect_right(hours.open, at_ms, key=_from_ms)
    return following > 0 and at_ms < hours.open[following - 1].until_ms


def _matches(plan: Plan, match: Match, contact: RoutingFacts, at_ms: int) -> bool:
    return (
        (not match.directions or contact.direction in match.directions)
        and (not match.channels or contact.channel in match.channels)
        and (not match.companies or contact.company in match.companies)
        and (not match.dialed or contact.dialed in match.dialed)
        and (not match.caller_classes or any(each in match.caller_classes for each in contact.caller_classes))
        and contact.ivr_path[: len(match.ivr_path)] == match.ivr_path
        and (not match.languages or _speaks(contact.language, match.languages))
        and (not match.attributes or _has_attributes(contact, match.attributes))
        and (not match.hours or _is_within(plan, match, at_ms))
    )


def _speaks(language: str, wanted: tuple[str, ...]) -> bool:
    """Whether the language is among those wanted: "en" asks for "en" or "en-gb", "en-gb" for no less."""
    tag = language.lower()
    return any(tag == each.lower() or tag.startswith(each.lower() + "-") for each in wanted)


def _has_attributes(contact: RoutingFacts, wanted: tuple[Attribute, ...]) -> bool:
    """Several values of one name are alternatives; each name must be met."""
    values: defaultdict[str, list[str]] = defaultdict(list)
    for attribute in wanted:
        values[attribute.name].append(attribute.value)
    have = {attribute.name: attribute.value for attribute in contact.attributes}
    return all(have.get(name) in alternatives for name, alternatives in values.items())


def _is_within(plan: Plan, match: Match, at_ms: int) -> bool:
    for hours in plan.hours:
        if hours.id == match.hours:
            return is_open(hours, at_ms) is match.while_open
    return False


def _from_ms(interval: Interval) -> int:
    return interval.from_ms
