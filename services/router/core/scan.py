"""The plain scan: who may take a contact, who of them should, and what waits for an agent, by looking at all of them.

It is what explains; for now it also routes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from services.plan.compiled import Queue, Route
from services.router.core.desk import has_room, idle_since_ms, is_on_duty, load, rule_of
from services.router.core.events import Presence, ScoreTerm, Why
from services.router.core.orders import decided_by, score
from services.router.core.route import RoutingFacts, find_route
from services.router.core.state import Agent, Contact, ContactStatus, TenantState

_PRESENCE_WORDS = {
    Presence.OFFLINE: "is offline",
    Presence.AWAY: "is away",
    Presence.NOT_RESPONDING: "let an offer time out and has not come back since",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """The agent whom a contact is to be offered to, and what the engine went by."""

    agent: Agent
    why: Why


@dataclass(frozen=True, slots=True)
class AgentVerdict:
    """Whether an agent could be offered the contact now: `because` is empty, or says why not."""

    agent: str
    because: str


@dataclass(frozen=True, slots=True)
class Explained:
    """What the plan in force would do with a contact."""

    entry_point: str
    route: Route
    plan_version: int
    verdicts: tuple[AgentVerdict, ...]


def verdict(state: TenantState, agent: Agent, contact: Contact) -> str:
    """Empty if the agent may be offered the contact now, else why not. Says nothing private."""
    return _unfree(state, agent, contact) or unfit(state, agent, contact) or _kept_from(state, agent, contact)


def unfit(state: TenantState, agent: Agent, contact: Contact) -> str:
    """Empty if the agent is one for such contacts, whatever they are doing now, else why not."""
    if agent.retired:
        return "is not in the plan's roster"
    queue = state.queues.get(contact.queue)
    if queue is None:
        return "cannot serve a queue that is not in the plan"
    if not _serves(agent, queue):
        return "does not serve the queue"
    if contact.company not in agent.profile.companies:
        return "does not serve the company"
    return _lacks_skill(agent, contact)


def best_agent(state: TenantState, contact: Contact) -> Choice | None:
    """Whom the queue's policy picks among those who may be offered the contact now; None if nobody may."""
    queue = state.queues[contact.queue]
    free = [agent for agent in state.agents.values() if not _unfree(state, agent, contact) and _serves(agent, queue)]
    eligible = [agent for agent in free if not unfit(state, agent, contact) and not _kept_from(state, agent, contact)]
    if not eligible:
        return None
    scored = sorted(
        ((score(queue.policy, contact.skills, agent, idle_since_ms(state, agent)), agent) for agent in eligible),
        key=_by_score,
    )
    (winner_score, winner), runner_up = scored[0], scored[1] if len(scored) > 1 else None
    why = Why(
        plan_version=state.plan.version if state.plan else 0,
        entry_point=contact.entry_point,
        queue=queue.id,
        policy=queue.policy,
        skills=contact.skills,
        free=len(free),
        eligible=len(eligible),
        winner=winner_score,
        runner_up=runner_up[1].id if runner_up else "",
        runner_up_score=runner_up[0] if runner_up else (),
        decided_by=decided_by(winner_score, runner_up[0]) if runner_up else "only",
    )
    return Choice(winner, why)


def in_order(contacts: Iterable[Contact]) -> list[Contact]:
    """The contacts as they are served: higher priority first, then the one who has waited longer since arriving."""
    return sorted(contacts, key=_place)


def waiting(state: TenantState) -> list[Contact]:
    """All contacts that wait, in no order."""
    return [state.contacts[contact_id] for contact_id in state.waiting]


def waiting_for(state: TenantState, agent: Agent) -> list[Contact]:
    """The waiting contacts that the agent may be offered now, in order."""
    return in_order(contact for contact in waiting(state) if not verdict(state, agent, contact))


def position(state: TenantState, contact_id: str) -> int:
    """Where the contact stands among those waiting in its queue, from 1; 0 if it does not wait."""
    queue = state.waiting.get(contact_id)
    if queue is None:
        return 0
    place = _place(state.contacts[contact_id])
    same_queue = (other_id for other_id, other_queue in state.waiting.items() if other_queue == queue)
    return sum(1 for other_id in same_queue if _place(state.contacts[other_id]) <= place)


def explain(state: TenantState, facts: RoutingFacts, at_ms: int) -> Explained | None:
    """Where such a contact would go now, and who could take it there; None while there is no plan."""
    if state.plan is None:
        return None
    entry_point, route = find_route(state.plan, facts, at_ms)
    contact = _imagined(facts, route)
    agents = sorted(state.agents.values(), key=lambda agent: agent.id)
    verdicts = tuple(AgentVerdict(agent.id, verdict(state, agent, contact)) for agent in agents)
    return Explained(entry_point, route, state.plan.version, verdicts)


def _unfree(state: TenantState, agent: Agent, contact: Contact) -> str:
    if agent.retired:
        return "is not in the plan's roster"
    if not agent.attached:
        return "has no program attached"
    if agent.presence is not Presence.AVAILABLE:
        return _PRESENCE_WORDS[agent.presence]
    if not has_room(state, agent, contact.channel):
        rule = rule_of(state, contact.channel)
        what = f"{contact.channel} takes {rule.units}" + (" and stands alone" if rule.alone else "")
        return f"has no room: {load(state, agent)} of {agent.profile.units} units are taken, {what}"
    return ""


def _serves(agent: Agent, queue: Queue) -> bool:
    if not queue.groups:
        return queue.company in agent.profile.companies
    return any(group in queue.groups for group in agent.profile.groups)


def _lacks_skill(agent: Agent, contact: Contact) -> str:
    levels = {has.skill: has.level for has in agent.profile.skills}
    for needed in contact.skills:
        level = levels.get(needed.skill, 0)
        if level < needed.level:
            return f"has level {level} of the {needed.level} needed in {needed.skill}"
    return ""


def _kept_from(state: TenantState, agent: Agent, contact: Contact) -> str:
    if contact.held_until_ms and contact.held_for != agent.id:
        return "has to leave it to the agent who had it when the router changed hands"
    for passed in contact.passed_by:
        if passed.agent == agent.id and passed.until_ms:
            return "declined it a moment ago"
        if passed.agent == agent.id and _has_another(state, contact):
            return "passed it on, and others are on duty who can take it"
    return ""


def _has_another(state: TenantState, contact: Contact) -> bool:
    """Whether somebody is on duty who could take the contact, now or when they have room, and has not passed it on."""
    passed = [each.agent for each in contact.passed_by]
    return any(
        is_on_duty(agent) and agent.id not in passed and not unfit(state, agent, contact)
        for agent in state.agents.values()
    )


def _by_score(scored: tuple[tuple[ScoreTerm, ...], Agent]) -> tuple[tuple[int, ...], str]:
    terms, agent = scored
    return tuple(term.value for term in terms), agent.id


def _place(contact: Contact) -> tuple[int, int, int, str]:
    return -contact.priority, contact.arrived_at_ms, contact.order, contact.id


def _imagined(facts: RoutingFacts, route: Route) -> Contact:
    return Contact(
        id="",
        company=facts.company,
        channel=facts.channel,
        direction=facts.direction,
        dialed=facts.dialed,
        caller_classes=facts.caller_classes,
        customer="",
        ivr_path=facts.ivr_path,
        language=facts.language,
        attributes=facts.attributes,
        arrived_at_ms=0,
        previous_contact_id="",
        status=ContactStatus.QUEUED,
        queue=route.queue,
        skills=route.skills,
        priority=route.priority,
    )
