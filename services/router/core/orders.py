"""The order in which each policy takes agents: terms of which the lower comes first, then the agent's id."""

from typing import assert_never

from services.plan.compiled import Policy, SkillLevel
from services.router.core.events import ScoreTerm
from services.router.core.state import Agent


def score(policy: Policy, skills: tuple[SkillLevel, ...], agent: Agent, idle_since_ms: int) -> tuple[ScoreTerm, ...]:
    """The agent's terms under the policy, for a contact that needs the skills."""
    idle = ScoreTerm("idle_since_ms", idle_since_ms)
    match policy:
        case Policy.SKILL_BASED:
            return (ScoreTerm("other_skills", _other_skills(skills, agent)), idle)
        case Policy.MOST_PROFICIENT:
            return (ScoreTerm("proficiency", -_proficiency(skills, agent)), idle)
        case Policy.LONGEST_IDLE:
            return (idle,)
        case Policy.ROUND_ROBIN:
            return (ScoreTerm("last_offer", agent.last_offer),)
        case _:
            assert_never(policy)


def decided_by(winner: tuple[ScoreTerm, ...], runner_up: tuple[ScoreTerm, ...]) -> str:
    """The name of the first term in which the two differ, or "id" where they don't."""
    for ours, theirs in zip(winner, runner_up, strict=True):
        if ours.value != theirs.value:
            return ours.name
    return "id"


def _other_skills(skills: tuple[SkillLevel, ...], agent: Agent) -> int:
    asked_for = tuple(needed.skill for needed in skills)
    return sum(1 for has in agent.profile.skills if has.skill not in asked_for)


def _proficiency(skills: tuple[SkillLevel, ...], agent: Agent) -> int:
    asked_for = tuple(needed.skill for needed in skills)
    return sum(has.level for has in agent.profile.skills if not asked_for or has.skill in asked_for)
