"""The order in which each policy takes agents: terms of which the lower comes first, then the agent's id.

The same order stands here twice: as terms, for whoever scans and explains, and as numbers, for the index. A number is
made of what depends on the agent alone (`numbering`) and what depends on the contact's skills too (`offset_of`), added
up.
"""

from collections.abc import Callable
from functools import partial
from typing import assert_never

from services.plan.compiled import AgentProfile, Criterion, Policy, Queue, SkillLevel
from services.router.core.desk import idle_since_ms, load
from services.router.core.events import ScoreTerm
from services.router.core.records import Agent
from services.router.core.tables import Tables

# Above all times in ms, so that the first of two terms decides before the second.
FIRST_TERM = 1 << 48
THOUSAND = 1000
# Terms that only show what the score is made of.
PART = "of_score:"


def score(  # noqa: PLR0911  # one for each policy
    state: Tables, queue: Queue, skills: tuple[SkillLevel, ...], agent: Agent
) -> tuple[ScoreTerm, ...]:
    """The agent's terms under the queue's policy, for a contact that needs the skills."""
    idle = ScoreTerm("idle_since_ms", idle_since_ms(state, agent))
    match queue.policy:
        case Policy.LONGEST_IDLE:
            return (idle,)
        case Policy.SKILL_BASED:
            return (ScoreTerm("other_skills", _other_skills(skills, agent.profile)), idle)
        case Policy.MOST_PROFICIENT:
            return (ScoreTerm("proficiency", -_proficiency(skills, agent.profile)), idle)
        case Policy.ROUND_ROBIN:
            return (ScoreTerm("last_offer", agent.last_offer),)
        case Policy.LEAST_RESPONSE_TIME:
            return (ScoreTerm("response_ms", agent.response_ms), idle)
        case Policy.FEWEST_ANSWERED:
            return (ScoreTerm("answered", agent.answered), idle)
        case Policy.WEIGHTED:
            return _weighted(state, queue, skills, agent, idle)
        case _:
            assert_never(queue.policy)


def rank(terms: tuple[ScoreTerm, ...]) -> tuple[int, ...]:
    """What of the terms decides, to be compared."""
    return tuple(term.value for term in terms if not term.name.startswith(PART))


def decided_by(winner: tuple[ScoreTerm, ...], runner_up: tuple[ScoreTerm, ...]) -> str:
    """The name of the first term in which the two differ, or "id" where they don't."""
    for ours, theirs in zip(winner, runner_up, strict=True):
        if ours.value != theirs.value and not ours.name.startswith(PART):
            return ours.name
    return "id"


def numbering(state: Tables, queue: Queue) -> Callable[[Agent], int]:
    """What gives an agent's number: the part that no contact changes. It is the same while the agent's records are."""
    idle = partial(idle_since_ms, state)
    match queue.policy:
        case Policy.SKILL_BASED | Policy.MOST_PROFICIENT | Policy.LONGEST_IDLE:
            return idle
        case Policy.ROUND_ROBIN:
            return lambda agent: agent.last_offer
        case Policy.LEAST_RESPONSE_TIME:
            return lambda agent: agent.response_ms * FIRST_TERM + idle(agent)
        case Policy.FEWEST_ANSWERED:
            return lambda agent: agent.answered * FIRST_TERM + idle(agent)
        case Policy.WEIGHTED:
            weights = [each for each in queue.weights if each.criterion is not Criterion.PROFICIENCY]
            return lambda agent: (
                idle(agent)
                - FIRST_TERM * sum(each.weight * _thousandths(state, each.criterion, (), agent) for each in weights)
            )
        case _:
            assert_never(queue.policy)


def offset_of(queue: Queue, skills: tuple[SkillLevel, ...], profile: AgentProfile) -> int:
    """What a contact that needs the skills adds to the number of all agents of that profile."""
    match queue.policy:
        case Policy.SKILL_BASED:
            return _other_skills(skills, profile) * FIRST_TERM
        case Policy.MOST_PROFICIENT:
            return -_proficiency(skills, profile) * FIRST_TERM
        case Policy.WEIGHTED:
            weight = sum(each.weight for each in queue.weights if each.criterion is Criterion.PROFICIENCY)
            return -weight * _proficiency(skills, profile) * THOUSAND * FIRST_TERM
        case _:
            return 0


def _weighted(
    state: Tables, queue: Queue, skills: tuple[SkillLevel, ...], agent: Agent, idle: ScoreTerm
) -> tuple[ScoreTerm, ...]:
    """The sum first: the higher score comes first, and of equals who is idle for longer."""
    parts = tuple(
        ScoreTerm(PART + each.criterion, -each.weight * _thousandths(state, each.criterion, skills, agent))
        for each in queue.weights
    )
    return (ScoreTerm("score", sum(part.value for part in parts)), idle, *parts)


def _thousandths(  # noqa: PLR0911  # one for each criterion
    state: Tables, criterion: Criterion, skills: tuple[SkillLevel, ...], agent: Agent
) -> int:
    """A criterion's value times 1000. Idle time counts from when it began: the present adds as much to each."""
    match criterion:
        case Criterion.PROFICIENCY:
            return _proficiency(skills, agent.profile) * THOUSAND
        case Criterion.IDLE_S:
            return -idle_since_ms(state, agent)
        case Criterion.ANSWERED:
            return agent.answered * THOUSAND
        case Criterion.RESPONSE_S:
            return agent.response_ms
        case Criterion.OCCUPANCY:
            return agent.busy_ms * 100 * THOUSAND // max(agent.duty_ms, 1)
        case Criterion.LOAD:
            return load(state, agent) * THOUSAND
        case Criterion.TIER:
            return agent.profile.tier * THOUSAND
        case Criterion.COST:
            return agent.profile.cost * THOUSAND
        case _:
            assert_never(criterion)


def _other_skills(skills: tuple[SkillLevel, ...], profile: AgentProfile) -> int:
    asked_for = tuple(needed.skill for needed in skills)
    return sum(1 for has in profile.skills if has.skill not in asked_for)


def _proficiency(skills: tuple[SkillLevel, ...], profile: AgentProfile) -> int:
    asked_for = tuple(needed.skill for needed in skills)
    return sum(has.level for has in profile.skills if not asked_for or has.skill in asked_for)
