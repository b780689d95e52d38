"""How one contact stands, folded from its facts; what every other projection asks of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from services.plan.compiled import Channel, Direction
from services.reporting.facts import (
    CallConnected,
    ConsultationOpened,
    ContactAccepted,
    ContactEnded,
    ContactFact,
    ContactHandedOver,
    ContactOffered,
    ContactOutcome,
    ContactQueued,
    ContactRefined,
    ContactReturned,
    ContactTransferred,
    OfferAccepted,
    OfferReturned,
    PlaceKept,
    WrapUpStarted,
)
from services.reporting.projections.waits import CALLS, WaitEnd, counts_open_hours, wait_end

# How long a queue was open between two moments.
OpenMs = Callable[[str, int, int], int]


class Stage(StrEnum):
    """Where a contact is in its life."""

    ARRIVED = "arrived"
    QUEUED = "queued"
    OFFERED = "offered"
    ACTIVE = "active"
    WRAP_UP = "wrap_up"
    ENDED = "ended"


WAITING = (Stage.QUEUED, Stage.OFFERED)
WITH_AGENT = (Stage.ACTIVE, Stage.WRAP_UP)


@dataclass(frozen=True, slots=True)
class ContactState:
    """A contact as the facts so far leave it.

    `waiting_since_ms` is when its present or last stay in a queue began. `clock_since_ms` is when its wait began, while
    its clock runs, which for a call is beyond the accept, and `waited_ms` the sum of the waits that were answered.
    `segment_since_ms` is the accept of the agent who has it, or had it when it ended, `connected_at_ms` and
    `wrap_up_since_ms` are of that segment too. `expected_since_ms` is when it was put into a queue with those expected
    waits, until it is accepted or given away. 0 and "" stand for none.
    """

    contact_id: str
    company: str
    channel: Channel
    direction: Direction
    dialed: str
    ivr_path: tuple[str, ...]
    language: str
    arrived_at_ms: int
    previous_contact_id: str
    stage: Stage = Stage.ARRIVED
    queue: str = ""
    agent: str = ""
    waiting_since_ms: int = 0
    clock_since_ms: int = 0
    waited_ms: int = 0
    segment_since_ms: int = 0
    connected_at_ms: int = 0
    wrap_up_since_ms: int = 0
    ended_at_ms: int = 0
    outcome: ContactOutcome | None = None
    disposition: str = ""
    expected_since_ms: int = 0
    expected_wait_ms: int = 0
    expected_wait_p90_ms: int = 0
    # Of a consultation: the contact that it is about.
    about: str = ""


def begin_consultation(fact: ConsultationOpened, about: ContactState) -> ContactState:
    """The consultation as it is opened, known by the facts of its contact."""
    return ContactState(
        fact.contact_id,
        fact.company,
        fact.channel,
        about.direction,
        about.dialed,
        about.ivr_path,
        about.language,
        about.arrived_at_ms,
        "",
        about=fact.about,
    )


def begin(fact: ContactAccepted) -> ContactState:
    """The contact as it is accepted."""
    return ContactState(
        fact.contact_id,
        fact.company,
        fact.channel,
        fact.direction,
        fact.dialed,
        fact.ivr_path,
        fact.language,
        fact.arrived_at_ms,
        fact.previous_contact_id,
    )


def always_open(_queue: str, from_ms: int, until_ms: int) -> int:
    """The opening hours of queues that have none."""
    return until_ms - from_ms


def is_connecting(state: ContactState) -> bool:
    """Whether it is a call that an agent accepted, and the two are not speaking yet."""
    return state.stage is Stage.ACTIVE and state.channel in CALLS and not state.connected_at_ms


def end_of_wait(state: ContactState, fact: ContactFact) -> WaitEnd | None:
    """How the fact ends the wait of its contact, given as it was before; None if none ran, or it runs on."""
    return wait_end(state.channel, fact) if state.clock_since_ms else None


def wait_ms(state: ContactState, at_ms: int, open_ms: OpenMs) -> int:
    """How long the wait that runs has lasted, by the clock of its channel."""
    if counts_open_hours(state.channel):
        return open_ms(state.queue, state.clock_since_ms, at_ms)
    return at_ms - state.clock_since_ms


def move(state: ContactState, fact: ContactFact, at_ms: int, open_ms: OpenMs = always_open) -> ContactState:
    """The contact after a fact of its own; a fact that moves nothing returns it as it was."""
    state = _expecting(_clocked(state, fact, at_ms, open_ms), fact, at_ms)
    match fact:
        case ContactRefined():
            return _refine(state, fact)
        case PlaceKept():
            # The customer has waited since then: a call-back is answered no sooner for having been chosen.
            return replace(state, clock_since_ms=fact.routed_at_ms)
        case ContactQueued() | ContactTransferred() | ContactReturned() | OfferReturned():
            return _back_in_line(state, fact, at_ms)
        case ContactOffered() | OfferAccepted() | CallConnected() | WrapUpStarted() | ContactHandedOver():
            return _to_agent(state, fact, at_ms)
        case ContactEnded():
            return _end(state, fact, at_ms)
        case _:
            return state


def _clocked(state: ContactState, fact: ContactFact, at_ms: int, open_ms: OpenMs) -> ContactState:
    ended = end_of_wait(state, fact)
    if ended is None:
        return state
    answered_ms = wait_ms(state, at_ms, open_ms) if ended is WaitEnd.ANSWERED else 0
    return replace(state, clock_since_ms=0, waited_ms=state.waited_ms + answered_ms)


def _expecting(state: ContactState, fact: ContactFact, at_ms: int) -> ContactState:
    """What is said first of a wait is what counts: going to another queue begins no new one."""
    match fact:
        case ContactQueued(expected_wait_ms=half_ms, expected_wait_p90_ms=most_ms) if most_ms:
            if state.expected_since_ms:
                return state
            return replace(state, expected_since_ms=at_ms, expected_wait_ms=half_ms, expected_wait_p90_ms=most_ms)
        case OfferAccepted() | ContactTransferred():
            return replace(state, expected_since_ms=0, expected_wait_ms=0, expected_wait_p90_ms=0)
        case _:
            return state


def _refine(state: ContactState, fact: ContactRefined) -> ContactState:
    return replace(
        state,
        ivr_path=fact.ivr_path,
        language=fact.language,
        previous_contact_id=fact.previous_contact_id,
    )


def _back_in_line(
    state: ContactState, fact: ContactQueued | ContactTransferred | ContactReturned | OfferReturned, at_ms: int
) -> ContactState:
    """A contact that waits keeps its place, and so does one whose clock still runs when it is taken back."""
    if state.stage in WAITING:
        since_ms, clock_ms = state.waiting_since_ms, state.clock_since_ms
    else:
        since_ms = clock_ms = state.clock_since_ms or at_ms
    queue = fact.queue if isinstance(fact, ContactQueued | ContactTransferred) else state.queue
    return replace(
        state,
        stage=Stage.QUEUED,
        queue=queue,
        agent="",
        waiting_since_ms=since_ms,
        clock_since_ms=clock_ms,
        segment_since_ms=0,
        connected_at_ms=0,
        wrap_up_since_ms=0,
    )


def _to_agent(
    state: ContactState,
    fact: ContactOffered | OfferAccepted | CallConnected | WrapUpStarted | ContactHandedOver,
    at_ms: int,
) -> ContactState:
    match fact:
        case ContactOffered():
            return replace(state, stage=Stage.OFFERED, agent=fact.agent)
        case OfferAccepted():
            return replace(state, stage=Stage.ACTIVE, agent=fact.agent, segment_since_ms=at_ms)
        case CallConnected():
            return replace(state, connected_at_ms=state.connected_at_ms or at_ms)
        case WrapUpStarted():
            return replace(state, stage=Stage.WRAP_UP, wrap_up_since_ms=at_ms)
        case ContactHandedOver():
            # A customer who still waits for an answer waits on, by the same clock.
            met_ms = at_ms if state.connected_at_ms else 0
            return replace(state, agent=fact.to_agent, queue=fact.queue, segment_since_ms=at_ms, connected_at_ms=met_ms)
        case _:
            assert_never(fact)


def _end(state: ContactState, fact: ContactEnded, at_ms: int) -> ContactState:
    return replace(
        state,
        stage=Stage.ENDED,
        agent=fact.agent or (state.agent if state.stage in WITH_AGENT else ""),
        ended_at_ms=at_ms,
        outcome=fact.outcome,
        disposition=fact.disposition,
    )
