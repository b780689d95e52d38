"""The live floor: all that one may watch of a tenant now, and what each fact changes of it.

Whoever has a snapshot and every change after it has what a new snapshot would say; a test holds the two together.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import assert_never

from services.plan.compiled import Channel, Direction
from services.reporting.facts import (
    AgentAttached,
    AgentDetached,
    AgentFact,
    ContactEnded,
    ContactFact,
    ContactOutcome,
    Happened,
    OwnerChanged,
    PlanActivated,
    PresenceChanged,
    Queue,
)
from services.reporting.projections.contact_state import ContactState, Stage, move
from services.reporting.projections.live import AgentState, Live

MaySee = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class FloorContact:
    """Where a contact is. Times are log time, ms since 1970 UTC; 0 and "" stand for none."""

    contact_id: str
    company: str
    channel: Channel
    direction: Direction
    language: str
    stage: Stage
    queue: str
    agent: str
    arrived_at_ms: int
    waiting_since_ms: int
    segment_since_ms: int
    outcome: ContactOutcome | None


@dataclass(frozen=True, slots=True)
class Floor:
    """A tenant's floor at one moment. `channel_units`: what a contact of each channel costs of an agent's units."""

    companies: tuple[str, ...]
    queues: tuple[Queue, ...]
    agents: tuple[AgentState, ...]
    channel_units: tuple[tuple[str, int], ...]
    contacts: tuple[FloorContact, ...]


@dataclass(frozen=True, slots=True)
class ContactMoved:
    """Something happened to a contact, which is now so; one whose stage is `ended` has left the floor."""

    happened: Happened
    contact: FloorContact


@dataclass(frozen=True, slots=True)
class AgentChanged:
    happened: Happened
    agent: AgentState


@dataclass(frozen=True, slots=True)
class AllAnew:
    """So much changed (another plan, another owner) that only a new snapshot tells it."""


Change = ContactMoved | AgentChanged | AllAnew


def floor_of(live: Live, tenant: str, may_see: MaySee) -> Floor:
    """The floor of a tenant, of the companies that may be seen; a scan of its open contacts."""
    state = live.state(tenant)
    agents = (_seen_agent(agent, may_see) for agent in state.agents.values())
    return Floor(
        tuple(company for company in state.companies if may_see(company)),
        tuple(queue for _, queue in sorted(state.queues.items()) if may_see(queue.company)),
        tuple(sorted(filter(None, agents), key=lambda agent: agent.agent)),
        tuple(sorted(state.channel_units.items())),
        tuple(_of_contact(contact) for contact in state.contacts.values() if _is_shown(contact, may_see)),
    )


def change_after(live: Live, happened: Happened, before: ContactState | None) -> Change | None:
    """What a fact changed, once `live` has taken it; `before` is how its contact was, None where there was none."""
    fact = happened.fact
    if isinstance(fact, ContactEnded):
        is_shown = before is not None and not before.about
        return ContactMoved(happened, _of_contact(move(before, fact, happened.at_ms))) if before and is_shown else None
    if isinstance(fact, ContactFact):
        after = live.contact(happened.tenant, fact.contact_id)
        return ContactMoved(happened, _of_contact(after)) if after and not after.about else None
    if isinstance(fact, AgentFact):
        return _agent_change(live, happened, fact)
    return None


def seen(change: Change, may_see: MaySee) -> Change | None:
    """A change as far as it may be seen."""
    match change:
        case ContactMoved():
            return change if may_see(change.contact.company) else None
        case AgentChanged():
            agent = _seen_agent(change.agent, may_see)
            return replace(change, agent=agent) if agent else None
        case AllAnew():
            return change
        case _:
            assert_never(change)


def _is_shown(contact: ContactState, may_see: MaySee) -> bool:
    """The floor is of customers: consultations are not on it."""
    return may_see(contact.company) and not contact.about


def _agent_change(live: Live, happened: Happened, fact: AgentFact) -> Change | None:
    match fact:
        case PlanActivated() | OwnerChanged():
            return AllAnew()
        case AgentAttached() | AgentDetached() | PresenceChanged():
            agent = live.state(happened.tenant).agents.get(fact.agent)
            return AgentChanged(happened, agent) if agent else None
        case _:
            assert_never(fact)


def _seen_agent(agent: AgentState, may_see: MaySee) -> AgentState | None:
    """One whom the plan no longer has is not on the floor; what they still hold says whose it is."""
    companies = tuple(company for company in agent.companies if may_see(company))
    return replace(agent, companies=companies) if companies and not agent.retired else None


def _of_contact(state: ContactState) -> FloorContact:
    return FloorContact(
        state.contact_id,
        state.company,
        state.channel,
        state.direction,
        state.language,
        state.stage,
        state.queue,
        state.agent,
        state.arrived_at_ms,
        state.waiting_since_ms,
        state.segment_since_ms,
        state.outcome,
    )
