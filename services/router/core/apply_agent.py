"""Applies what concerns agents and the whole tenant: attachment, presence, the plan, a new owner."""

from typing import assert_never

from services.plan.compiled import Route
from services.router.core.desk import offers_to
from services.router.core.events import (
    AgentAttached,
    AgentDetached,
    OwnerChanged,
    PlanActivated,
    Presence,
    PresenceChanged,
)
from services.router.core.figures import up_to
from services.router.core.keep import put_agent, put_contact
from services.router.core.record import changed
from services.router.core.records import Agent, Contact, ContactStatus
from services.router.core.state import TenantState
from services.router.core.steps import renumbered
from services.router.core.timers import timers_of_agent

AgentEvent = AgentAttached | AgentDetached | PresenceChanged | PlanActivated | OwnerChanged


def apply_to_agents(state: TenantState, event: AgentEvent, at_ms: int) -> None:
    match event:
        case AgentAttached():
            agent = up_to(state, state.agents[event.agent], at_ms)
            put_agent(state, changed(agent, attached=True, detached_at_ms=0))
        case AgentDetached():
            agent = up_to(state, state.agents[event.agent], at_ms)
            put_agent(state, changed(agent, attached=False, detached_at_ms=at_ms))
        case PresenceChanged():
            _presence_changed(state, event, at_ms)
        case PlanActivated():
            _plan_activated(state, event)
        case OwnerChanged():
            _owner_changed(state, event, at_ms)
        case _:
            assert_never(event)


def _presence_changed(state: TenantState, event: PresenceChanged, at_ms: int) -> None:
    agent = up_to(state, state.agents[event.agent], at_ms)
    if event.presence is Presence.AVAILABLE:
        agent = changed(agent, idle_since_ms=at_ms)
    if agent.presence is Presence.OFFLINE and not agent.attached:
        # They have as long to attach as those who were attached have to come back.
        agent = changed(agent, detached_at_ms=at_ms)
    put_agent(state, changed(agent, presence=event.presence, reason=event.reason))


def _plan_activated(state: TenantState, event: PlanActivated) -> None:
    before = dict(state.routes.items())
    state.put_plan(event.plan)
    roster = {profile.id: profile for profile in event.plan.agents}
    for profile in event.plan.agents:
        agent = state.agents.get(profile.id) or Agent(profile.id, profile)
        put_agent(state, changed(agent, profile=profile, retired=False))
    for agent in list(state.agents.values()):
        if agent.id not in roster:
            put_agent(state, changed(agent, retired=True))
    for contact in list(state.contacts.values()):
        if contact.steps_open or contact.steps_taken or contact.status is ContactStatus.QUEUED:
            taken = _taken_still(contact, before.get(contact.entry_point), state.routes.get(contact.entry_point))
            put_contact(state, changed(contact, steps_open=(), steps_taken=taken))


def _taken_still(contact: Contact, before: Route | None, after: Route | None) -> tuple[int, ...]:
    """What counts as taken of the steps of its route, which may be others now; that of a route that is gone stays."""
    if before is None or after is None or before.steps == after.steps:
        return contact.steps_taken
    numbers = renumbered(before.steps, after.steps)
    return tuple(numbers[step] for step in contact.steps_taken if step in numbers)


def _owner_changed(state: TenantState, event: OwnerChanged, at_ms: int) -> None:
    for agent in list(state.agents.values()):
        if agent.attached or timers_of_agent(state, agent):
            put_agent(state, changed(up_to(state, agent, at_ms), attached=False, detached_at_ms=at_ms))
        for offer in offers_to(state, agent):
            put_contact(state, changed(offer, carried=True, held_for=agent.id, held_until_ms=event.grace_until_ms))
