"""How one contact stands, folded from its facts; what every other projection asks of it."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from services.plan.compiled import Channel, Direction
from services.reporting.facts import (
    ContactAccepted,
    ContactEnded,
    ContactFact,
    ContactOffered,
    ContactOutcome,
    ContactQueued,
    ContactRefined,
    ContactReturned,
    ContactTransferred,
    OfferAccepted,
    OfferReturned,
    WrapUpStarted,
)


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

    `waiting_since_ms` is when its present wait began, `waited_ms` the sum of the waits that an accept ended;
    `segment_since_ms` is the accept of the agent who has it, or had it when it ended. 0 and "" stand for none.
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
    waited_ms: int = 0
    segment_since_ms: int = 0
    ended_at_ms: int = 0
    outcome: ContactOutcome | None = None
    disposition: str = ""


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


def move(state: ContactState, fact: ContactFact, at_ms: int) -> ContactState:
    """The contact after a fact of its own; a fact that moves nothing returns it as it was."""
    match fact:
        case ContactRefined():
            return _refine(state, fact)
        case ContactQueued() | ContactTransferred() | ContactReturned() | OfferReturned():
            return _back_in_line(state, fact, at_ms)
        case ContactOffered() | OfferAccepted() | WrapUpStarted():
            return _to_agent(state, fact, at_ms)
        case ContactEnded():
            return _end(state, fact, at_ms)
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
    since_ms = state.waiting_since_ms if state.stage in WAITING else at_ms
    match fact:
        case ContactQueued() | ContactTransferred():
            return _wait(state, fact.queue, since_ms)
        case _:
            return _wait(state, state.queue, since_ms)


def _wait(state: ContactState, queue: str, since_ms: int) -> ContactState:
    return replace(state, stage=Stage.QUEUED, queue=queue, agent="", waiting_since_ms=since_ms, segment_since_ms=0)


def _to_agent(state: ContactState, fact: ContactOffered | OfferAccepted | WrapUpStarted, at_ms: int) -> ContactState:
    match fact:
        case ContactOffered():
            return replace(state, stage=Stage.OFFERED, agent=fact.agent)
        case OfferAccepted():
            waited_ms = state.waited_ms + at_ms - state.waiting_since_ms
            return replace(state, stage=Stage.ACTIVE, agent=fact.agent, waited_ms=waited_ms, segment_since_ms=at_ms)
        case WrapUpStarted():
            return replace(state, stage=Stage.WRAP_UP)
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
