"""The plain scan: who may take a contact, who of them should, and what waits for an agent, by looking at all of them.

It explains, and it is what the tests hold the index against. Routing never asks it whom to choose.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from services.plan.compiled import Queue, Route
from services.router.core.choice import Choice, Picked, choice
from services.router.core.desk import has_room, is_on_duty, load, only_for, rule_of
from services.router.core.events import AVAILABLE, Presence
from services.router.core.orders import rank, score
from services.router.core.records import NOTHING_HAPPENED, QUEUED, Agent, Contact
from services.router.core.route import BY_TRANSFER, RoutingFacts, find_route
from services.router.core.state import TenantState
from services.router.core.urgency import bonus_ms, place_ms

_PRESENCE_WORDS = {
    Presence.OFFLINE: "is offline",
    Presence.AWAY: "is away",
    Presence.NOT_RESPONDING: "let an offer time out and has not come back since",
}


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
    why_not = unfree(state, agent, contact) or unfit(state, agent, contact)
    if why_not or contact.course is NOTHING_HAPPENED:
        return why_not
    return _kept_from(state, agent, contact)


def unfit(state: TenantState, agent: Agent, contact: Contact) -> str:
    """Empty if the agent is one for such contacts, whatever they are doing now, else why not."""
    if agent.retired:
        return "is not in the plan's roster"
    errand = contact.errand
    queue = state.queues.get(errand.queue)
    if queue is None:
        return "cannot serve a queue that is not in the plan"
    if not serves(agent, queue, errand.groups):
        return "does not serve the queue"
    if errand.company not in agent.profile.companies:
        return "does not serve the company"
    units = rule_of(state, errand.channel).units
    if agent.profile.units < units:
        return f"is too small for it: {errand.channel} takes {units} units, of {agent.profile.units}"
    return _lacks_skill(agent, contact)


def best_agent(state: TenantState, contact: Contact) -> Choice | None:
    """Whom the queue's policy picks among those who may be offered the contact now; None if nobody may."""
    queue = state.queues.get(contact.queue)
    if queue is None:
        return None
    agents = state.agents.values()
    free = [agent for agent in agents if not unfree(state, agent, contact) and serves(agent, queue, contact.groups)]
    eligible = [agent for agent in free if not unfit(state, agent, contact) and not _kept_from(state, agent, contact)]
    if not eligible:
        return None
    first = sorted(eligible, key=lambda agent: (rank(score(state, queue, contact.skills, agent)), agent.id))
    runner_up = first[1].id if len(first) > 1 else ""
    return choice(state, contact, Picked(first[0].id, runner_up, len(free), len(eligible)))


def in_order(state: TenantState, contacts: Iterable[Contact]) -> list[Contact]:
    """The contacts as they are served: whoever has waited longest, where priority and value count as waiting."""
    return sorted(contacts, key=lambda contact: _standing(state, contact))


def waiting(state: TenantState) -> list[Contact]:
    """All contacts that wait, in no order."""
    return [state.contacts[contact_id] for contact_id in state.waiting]


def waiting_for(state: TenantState, agent: Agent) -> list[Contact]:
    """The waiting contacts that the agent may be offered now, in order."""
    return in_order(state, (contact for contact in waiting(state) if not verdict(state, agent, contact)))


def position(state: TenantState, contact_id: str) -> int:
    """Where the contact stands among those waiting in its queue, from 1; 0 if it does not wait."""
    if contact_id not in state.waiting:
        return 0
    return standing_in_queue(state, state.contacts[contact_id])


def standing_in_queue(state: TenantState, contact: Contact) -> int:
    """Where a waiting contact stands in its queue, from 1."""
    urgency, queue = state.urgency, state.queues.get(contact.queue)
    same_queue = [each for each in waiting(state) if each.queue == contact.queue]
    place = place_ms(urgency, queue, contact), contact.order
    return sum(1 for each in same_queue if (place_ms(urgency, queue, each), each.order) <= place)


def explain(state: TenantState, facts: RoutingFacts, at_ms: int) -> Explained | None:
    """Where such a contact would go now, and who could take it there; None while there is no plan."""
    if state.plan is None:
        return None
    entry_point, route = find_route(state.plan, facts, at_ms)
    contact = _imagined(facts, route)
    agents = sorted(state.agents.values(), key=lambda agent: agent.id)
    verdicts = tuple(AgentVerdict(agent.id, verdict(state, agent, contact)) for agent in agents)
    return Explained(entry_point, route, state.plan.version, verdicts)


def unfree(state: TenantState, agent: Agent, contact: Contact) -> str:
    """Empty if the agent is on duty and has room for such a contact, whatever it asks for, else why not."""
    if agent.retired:
        return "is not in the plan's roster"
    if not agent.attached:
        return "has no program attached"
    if agent.presence is not AVAILABLE:
        return _PRESENCE_WORDS[agent.presence]
    rule = rule_of(state, contact.errand.channel)
    if not has_room(state, agent, rule.units, rule.alone):
        what = f"{contact.channel} takes {rule.units}" + (" and stands alone" if rule.alone else "")
        return f"has no room: {load(state, agent)} of {agent.profile.units} units are taken, {what}"
    return ""


def serves(agent: Agent, queue: Queue, groups: tuple[str, ...]) -> bool:
    """Whether the agent serves the queue, or is of a group that a step has added."""
    if groups and any(group in groups for group in agent.profile.groups):
        return True
    if queue.site and agent.profile.site != queue.site:
        return False
    if not queue.groups:
        return queue.company in agent.profile.companies
    for group in agent.profile.groups:  # noqa: SIM110  # each offer asks this: no generator
        if group in queue.groups:
            return True
    return False


def _lacks_skill(agent: Agent, contact: Contact) -> str:
    asked = contact.errand.skills
    if not asked:
        return ""
    for needed in asked:
        level = _level(agent, needed.skill)
        if level < needed.level:
            return f"has level {level} of the {needed.level} needed in {needed.skill}"
    return ""


def _level(agent: Agent, skill: str) -> int:
    for has in agent.profile.skills:
        if has.skill == skill:
            return has.level
    return 0


def _kept_from(state: TenantState, agent: Agent, contact: Contact) -> str:
    course = contact.course
    if course.about and agent.id == state.contacts[course.about].agent:
        return "is who asks"
    if course.held_until_ms and course.held_for != agent.id:
        return "has to leave it to the agent who had it when the router changed hands"
    if not course.held_until_ms and only_for(state, contact) not in ("", agent.id):
        return _left_to(contact)
    for passed in course.passed_by:
        if passed.agent == agent.id and passed.until_ms:
            return "declined it a moment ago"
        if passed.agent == agent.id and _has_another(state, contact):
            return "passed it on, and others are on duty who can take it"
    return ""


def _left_to(contact: Contact) -> str:
    if contact.about:
        return f"is not asked: {contact.preferred} was asked by name"
    by = "a transfer names" if contact.entry_point.startswith(BY_TRANSFER) else "the customer knows or the route names"
    return f"has to leave it for a while to {contact.preferred}, whom {by}"


def _has_another(state: TenantState, contact: Contact) -> bool:
    """Whether somebody is on duty who could take the contact, now or when they have room, and has not passed it on."""
    passed = [each.agent for each in contact.passed_by]
    return any(
        is_on_duty(agent) and agent.id not in passed and not unfit(state, agent, contact)
        for agent in state.agents.values()
    )


def _place(state: TenantState, contact: Contact) -> tuple[int, int]:
    return place_ms(state.urgency, state.queues.get(contact.queue), contact), contact.order


def _standing(state: TenantState, contact: Contact) -> tuple[int, int]:
    place, order = _place(state, contact)
    queue = state.queues.get(contact.queue)
    on_duty = sum(1 for agent in state.agents.values() if queue and is_on_duty(agent) and serves(agent, queue, ()))
    return place - bonus_ms(state, contact.queue, on_duty), order


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
        status=QUEUED,
        queue=route.queue,
        skills=route.skills,
        priority=route.priority,
    )
