"""Why a contact waits, or why an agent is offered it: all that the plain scan can say of one contact in one state.

Names contacts, agents, queues and groups by their ids; holds nothing private.
"""

from dataclasses import dataclass

from services.plan.compiled import Channel, Policy, Queue, SkillLevel
from services.router.core.desk import is_on_duty, only_for
from services.router.core.events import ScoreTerm
from services.router.core.mends import Change, Mend, nearest, needed
from services.router.core.orders import rank, score
from services.router.core.records import Agent, Contact
from services.router.core.scan import serves, standing_in_queue, unfree, verdict
from services.router.core.state import TenantState
from services.router.core.step_standing import StepStanding, step_standings
from services.router.core.urgency import bonus_ms

# More agents than this are counted, and not listed.
AGENTS_TOLD_MAX = 500


@dataclass(frozen=True, slots=True)
class Place:
    """Where the contact stands among those who wait in its queue, from 1 (0: it does not wait), and by what.

    It counts as if it had arrived at `counts_from_ms`: that is its arrival, less what priority and value count for,
    plus the queue's service-level target where the plan goes by deadlines. `bonus_ms`: what all that wait in its queue
    gain on others.
    """

    position: int
    waiting: int
    arrived_at_ms: int
    priority: int
    priority_counts_ms: int
    value: int
    value_counts_ms: int
    deadline_counts_ms: int
    counts_from_ms: int
    bonus_ms: int


@dataclass(frozen=True, slots=True)
class AgentStanding:
    """One agent: `place` by the queue's policy among the eligible, from 1; 0 and `because` for those who are not.

    `would_need`: the fewest changes after which they could take it; empty where nothing of that would do. `score`: of
    the eligible, the terms of the policy, the lower first.
    """

    agent: str
    place: int
    serves: bool
    on_duty: bool
    because: str
    would_need: tuple[Change, ...]
    score: tuple[ScoreTerm, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """All about one contact at one moment. Times in ms since 1970 UTC; empty strings and zeros: there is none.

    `policy` is None where the contact's queue is not in the plan. Of the agents, those who serve the contact's
    company are listed, the eligible first; `agents_left_out` are those beyond AGENTS_TOLD_MAX, `agents_elsewhere` those
    of other companies. The counts are of all. `mends` are told where nobody is eligible. Of a call-back,
    `keeps_place_of` is the call whose place it keeps. Of a consultation, `about` is the contact that `asked_by` has and
    asks about.
    """

    contact_id: str
    company: str
    channel: Channel
    at_ms: int
    plan_version: int
    entry_point: str
    queue: str
    policy: Policy | None
    skills: tuple[SkillLevel, ...]
    groups: tuple[str, ...]
    queued_at_ms: int
    place: Place
    steps: tuple[StepStanding, ...]
    preferred: str
    preferred_until_ms: int
    held_for: str
    held_until_ms: int
    serving: int
    on_duty: int
    free: int
    eligible: int
    agents: tuple[AgentStanding, ...]
    agents_left_out: int
    agents_elsewhere: int
    mends: tuple[Mend, ...]
    keeps_place_of: str = ""
    about: str = ""
    asked_by: str = ""


def explained(state: TenantState, contact: Contact, at_ms: int) -> Explanation:
    """The contact as it stands in this state at that time. Looks at all agents, and at all that waits."""
    queue = state.queues.get(contact.queue)
    here = [agent for agent in state.agents.values() if contact.company in agent.profile.companies]
    needs = {agent.id: needed(state, agent, contact) for agent in here}
    standings = _in_order(state, contact, queue, here, needs)
    eligible = sum(1 for each in standings if each.place)
    serving = [agent for agent in state.agents.values() if queue and serves(agent, queue, contact.groups)]
    preferred = "" if contact.held_until_ms else only_for(state, contact)
    lacking = [(agent, changes) for agent in here if (changes := needs[agent.id])]
    return Explanation(
        contact_id=contact.id,
        company=contact.company,
        channel=contact.channel,
        at_ms=at_ms,
        plan_version=state.plan.version if state.plan else 0,
        entry_point=contact.entry_point,
        queue=contact.queue,
        policy=queue.policy if queue else None,
        skills=contact.skills,
        groups=contact.groups,
        queued_at_ms=contact.queued_at_ms,
        place=_place(state, contact, queue),
        steps=step_standings(state, contact),
        preferred=preferred,
        preferred_until_ms=contact.preferred_until_ms if preferred else 0,
        held_for=contact.held_for if contact.held_until_ms else "",
        held_until_ms=contact.held_until_ms,
        serving=len(serving),
        on_duty=sum(map(is_on_duty, serving)),
        free=sum(1 for agent in serving if not unfree(state, agent, contact)),
        eligible=eligible,
        agents=standings[:AGENTS_TOLD_MAX],
        agents_left_out=max(0, len(standings) - AGENTS_TOLD_MAX),
        agents_elsewhere=len(state.agents) - len(here),
        mends=() if eligible else nearest(state, contact, lacking),
        keeps_place_of=contact.keeps_place_of,
        about=contact.about,
        asked_by=state.contacts[contact.about].agent if contact.about else "",
    )


def _place(state: TenantState, contact: Contact, queue: Queue | None) -> Place:
    urgency, is_waiting = state.urgency, contact.id in state.waiting
    later_ms = queue.service_level_ms if queue and urgency.by_deadline else 0
    priority_ms, value_ms = contact.priority * urgency.priority_ms, contact.value * urgency.value_ms
    agents = state.agents.values()
    on_duty = sum(1 for agent in agents if queue and is_on_duty(agent) and serves(agent, queue, ()))
    return Place(
        position=standing_in_queue(state, contact) if is_waiting else 0,
        waiting=state.depth(contact.queue),
        arrived_at_ms=contact.arrived_at_ms,
        priority=contact.priority,
        priority_counts_ms=priority_ms,
        value=contact.value,
        value_counts_ms=value_ms,
        deadline_counts_ms=later_ms,
        counts_from_ms=contact.arrived_at_ms + later_ms - priority_ms - value_ms,
        bonus_ms=bonus_ms(state, contact.queue, on_duty) if queue else 0,
    )


def _in_order(
    state: TenantState,
    contact: Contact,
    queue: Queue | None,
    here: list[Agent],
    needs: dict[str, tuple[Change, ...]],
) -> tuple[AgentStanding, ...]:
    """The eligible by the queue's policy, then whoever would need the least, then whom nothing of that would help."""
    standings = [_agent(state, contact, queue, agent, needs[agent.id]) for agent in here]
    eligible = sorted((each for each in standings if not each.because), key=lambda each: (rank(each.score), each.agent))
    others = [each for each in standings if each.because]
    others.sort(key=lambda each: (not each.would_need, len(each.would_need), not each.serves, each.agent))
    numbered = (_at_place(each, number) for number, each in enumerate(eligible, start=1))
    return (*numbered, *others)


def _agent(
    state: TenantState, contact: Contact, queue: Queue | None, agent: Agent, needs: tuple[Change, ...]
) -> AgentStanding:
    because = verdict(state, agent, contact)
    return AgentStanding(
        agent=agent.id,
        place=0,
        serves=queue is not None and serves(agent, queue, contact.groups),
        on_duty=is_on_duty(agent),
        because=because,
        would_need=needs,
        score=score(state, queue, contact.skills, agent) if queue and not because else (),
    )


def _at_place(standing: AgentStanding, number: int) -> AgentStanding:
    return AgentStanding(
        standing.agent, number, standing.serves, standing.on_duty, "", standing.would_need, standing.score
    )
