"""What can be asked of reporting's lists: frozen, checked, and with words that cursors are bound to."""

from dataclasses import dataclass
from enum import StrEnum
from typing import get_args

from services.reporting import facts
from services.reporting.log_codec import name_of

# 1 January 2100: whoever asks for a later moment has written microseconds.
MS_MAX = 4_102_444_800_000
DAY_MS = 24 * 3_600_000
INTERVAL_DAYS_MAX = 31
EVENT_TYPES = tuple(sorted(name_of(kind) for kind in get_args(facts.Fact)))


class BadQuery(ValueError):
    """The words of a query don't go together, or one of them is unknown."""


class Order(StrEnum):
    """Which end of a list comes first."""

    NEWEST = "newest"
    OLDEST = "oldest"


class By(StrEnum):
    """What the figures of an interval can be split by."""

    COMPANY = "company"
    QUEUE = "queue"
    CHANNEL = "channel"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Span:
    """From (included) until (excluded), ms since 1970 UTC; until 0 is open."""

    from_ms: int
    until_ms: int

    @property
    def until_or_never_ms(self) -> int:
        """The end, or a moment that never comes."""
        return self.until_ms or MS_MAX


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which events; "" and () ask for nothing."""

    tenant: str
    span: Span
    types: tuple[str, ...] = ()
    contact: str = ""
    queue: str = ""
    company: str = ""

    def words(self) -> str:
        """What a cursor of this query is bound to."""
        return repr(("events", self))


@dataclass(frozen=True, slots=True)
class ContactQuery:
    """Which contacts. `outcome` "open" asks for those that have not ended."""

    tenant: str
    span: Span
    order: Order = Order.NEWEST
    queue: str = ""
    company: str = ""
    channel: str = ""
    outcome: str = ""

    def words(self) -> str:
        """What a cursor of this query is bound to."""
        return repr(("contacts", self))


def span(from_ms: int, until_ms: int) -> Span:
    """A span of time. Raises BadQuery."""
    if until_ms and until_ms <= from_ms:
        raise BadQuery("until is not after from: from is included, until is not")
    return Span(from_ms, until_ms)


def interval_span(from_ms: int, until_ms: int, newest_ms: int) -> Span:
    """A span of intervals: what is left out is the last day. Raises BadQuery."""
    until_ms = until_ms or max(newest_ms, from_ms) + 1
    from_ms = from_ms or max(0, until_ms - DAY_MS)
    if until_ms - from_ms > INTERVAL_DAYS_MAX * DAY_MS:
        raise BadQuery(f"these are more than {INTERVAL_DAYS_MAX} days: ask for fewer at once")
    return span(from_ms, until_ms)


def event_types(text: str) -> tuple[str, ...]:
    """Types of events, sorted, from a list with commas. Raises BadQuery."""
    types = tuple(sorted(set(text.split(",")))) if text else ()
    if not set(types) <= set(EVENT_TYPES):
        raise BadQuery(f"type names an event that there is not; the types are {', '.join(EVENT_TYPES)}")
    return types


def groups(text: str) -> tuple[By, ...]:
    """What to split by, from a list with commas. Raises BadQuery."""
    names = text.split(",") if text else []
    if len(names) != len(set(names)) or not set(names) <= set(By):
        raise BadQuery(f"by takes each of {', '.join(By)} once, with commas between them")
    return tuple(By(name) for name in names)
