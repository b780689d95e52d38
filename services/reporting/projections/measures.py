"""What each fact adds to the figures: the one place where they are defined, for counters, intervals and contacts alike.

A measure has a name, the company, queue, channel and agent that it counts for ("" for none), and for durations a span.
Totals over any cut add up, because each measure counts for exactly one of each. docs/metrics.md defines them in words.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.reporting.facts import (
    CallConnected,
    ContactAccepted,
    ContactEnded,
    ContactFact,
    ContactHandedOver,
    ContactOffered,
    ContactQueued,
    ContactReturned,
    ContactTransferred,
    CustomerTold,
    CustomerWrote,
    Happened,
    OfferAccepted,
    OfferReturned,
    ReplySettled,
    StepTaken,
)
from services.reporting.projections.contact_state import WITH_AGENT, ContactState, Stage, end_of_wait, wait_ms
from services.reporting.projections.open_hours import OpenHours
from services.reporting.projections.waits import CALLS, WaitEnd

PLAIN_NAMES: dict[type[Any], str] = {
    ContactAccepted: "arrived",
    ContactQueued: "queued",
    StepTaken: "step_taken",
    CustomerTold: "told",
    ContactOffered: "offered",
    OfferAccepted: "accepted",
    CallConnected: "connected",
    ContactTransferred: "transferred",
    ContactHandedOver: "transferred",
    ContactReturned: "taken_back",
    CustomerWrote: "message",
}
SHORT_ABANDON_MS = 5_000
ENDS_OF_SEGMENTS = (ContactEnded, ContactTransferred, ContactHandedOver, ContactReturned)


@dataclass(frozen=True, slots=True)
class Place:
    """Whom a measure counts for; "" for none."""

    company: str
    queue: str
    channel: str
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """One more of something; `span_ms` is how long it lasted, None for what has no length."""

    name: str
    place: Place
    span_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What figures depend on beside the facts: the tenant's plans, and below what wait leaving does not count."""

    hours: OpenHours
    short_abandon_ms: int = SHORT_ABANDON_MS


def measures_of(happened: Happened, before: ContactState | None, terms: Terms) -> tuple[Measure, ...]:
    """What a fact adds; `before` is its contact as it stood before the fact, None if it was not open.

    Consultations add nothing: figures are of customers' contacts.
    """
    fact = happened.fact
    if isinstance(fact, ContactAccepted):
        return (Measure("arrived", Place(fact.company, "", fact.channel)),)
    if not isinstance(fact, ContactFact) or before is None or before.about:
        return ()
    of_wait = tuple(_of_wait(fact, before, happened.at_ms, terms))
    of_wait += tuple(_of_expectation(fact, before, happened.at_ms))
    return (*_counted(fact, before), *of_wait, *_of_segment(fact, before, happened.at_ms))


def settled(fact: ReplySettled, place: Place) -> Measure:
    """A reply that was settled after its contact had ended at that place."""
    return Measure(_name(fact), place)


def last_place(fact: ContactEnded, before: ContactState) -> Place:
    """Where a contact ended, and with whom."""
    agent = fact.agent or (before.agent if before.stage in WITH_AGENT else "")
    return Place(before.company, before.queue, before.channel, agent)


def _counted(fact: ContactFact, before: ContactState) -> Iterator[Measure]:
    name = _name(fact)
    if name:
        queue = fact.queue if isinstance(fact, ContactQueued) else before.queue
        yield Measure(name, Place(before.company, queue, before.channel, _agent(fact, before)))
    queue = _entered(fact, before)
    if queue:
        yield Measure("entered", Place(before.company, queue, before.channel))


def _of_wait(fact: ContactFact, before: ContactState, at_ms: int, terms: Terms) -> Iterator[Measure]:
    ended = end_of_wait(before, fact)
    if ended is None:
        return
    span_ms = wait_ms(before, at_ms, terms.hours.open_ms)
    agent = _agent(fact, before) if ended is WaitEnd.ANSWERED else ""
    place = Place(before.company, before.queue, before.channel, agent)
    yield Measure(ended, place, span_ms)
    if ended is WaitEnd.ANSWERED and span_ms <= terms.hours.target_ms(before.queue):
        yield Measure("answered_within", place)
    if ended is WaitEnd.ABANDONED and span_ms < terms.short_abandon_ms:
        yield Measure("short_abandoned", place)


def _of_expectation(fact: ContactFact, before: ContactState, at_ms: int) -> Iterator[Measure]:
    """Of those accepted for whom a wait was expected: who waited no longer than half, and than nine tenths, would."""
    if not isinstance(fact, OfferAccepted) or not before.expected_since_ms:
        return
    place = Place(before.company, before.queue, before.channel)
    waited_ms = at_ms - before.expected_since_ms
    yield Measure("expected", place)
    if waited_ms <= before.expected_wait_ms:
        yield Measure("within_p50", place)
    if waited_ms <= before.expected_wait_p90_ms:
        yield Measure("within_p90", place)


def _of_segment(fact: ContactFact, before: ContactState, at_ms: int) -> Iterator[Measure]:
    """A segment's end. One of a call that was never connected is no handling, and is measured apart."""
    if not isinstance(fact, ENDS_OF_SEGMENTS) or before.stage not in WITH_AGENT:
        return
    place = Place(before.company, before.queue, before.channel, before.agent)
    if before.channel in CALLS and not before.connected_at_ms:
        yield Measure("unmet", place, at_ms - before.segment_since_ms)
        return
    met_ms = before.connected_at_ms or before.segment_since_ms
    wrap_up_ms = before.wrap_up_since_ms or at_ms
    yield Measure("handled", place, at_ms - met_ms)
    if before.channel in CALLS:
        yield Measure("connecting", place, met_ms - before.segment_since_ms)
    yield Measure("active", place, wrap_up_ms - met_ms)
    yield Measure("wrap_up", place, at_ms - wrap_up_ms)


def _entered(fact: ContactFact, before: ContactState) -> str:
    """The queue in which a new wait begins with this fact, or none."""
    match fact:
        case ContactQueued() if before.stage is Stage.ARRIVED:
            return fact.queue
        case ContactTransferred():
            return fact.queue
        case ContactReturned() if not before.clock_since_ms:
            return before.queue
        case _:
            return ""


def _agent(fact: Any, before: ContactState) -> str:
    """Who did it or had it done to them: the one whom the fact names, or else the one who has the contact."""
    match fact:
        case ContactQueued():
            return ""
        case CustomerWrote() | ReplySettled():
            return before.agent if before.stage in WITH_AGENT else ""
        case ContactEnded():
            return last_place(fact, before).agent
        case _:
            return str(getattr(fact, "agent", ""))


def _name(fact: ContactFact) -> str:
    match fact:
        case OfferReturned():
            return f"offer_{fact.because}"
        case ReplySettled():
            return "reply_delivered" if fact.delivered else "reply_failed"
        case ContactEnded():
            return f"ended_{fact.outcome}"
        case _:
            return PLAIN_NAMES.get(type(fact), "")
