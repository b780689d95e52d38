"""The agent whom a contact is to be offered to, and what the engine went by."""

from typing import NamedTuple

from services.router.core.events import Why
from services.router.core.orders import decided_by, score
from services.router.core.record import record
from services.router.core.records import Agent, Contact
from services.router.core.tables import Tables


class Picked(NamedTuple):
    """Whom a policy picks and who would have been next (or ""), and among how many."""

    agent: str
    runner_up: str
    free: int
    eligible: int


@record
class Choice:
    agent: Agent
    why: Why


def choice(state: Tables, contact: Contact, picked: Picked) -> Choice:
    """The choice of whom was picked, who came before the runner-up by the policy of the contact's queue."""
    winner, runner_up = state.agents[picked.agent], state.agents.get(picked.runner_up)
    errand = contact.errand
    queue = state.queues[errand.queue]
    winner_score = score(state, queue, errand.skills, winner)
    runner_up_score = score(state, queue, errand.skills, runner_up) if runner_up else ()
    plan = state.plan
    why = Why(
        plan_version=plan.version if plan else 0,
        entry_point=errand.entry_point,
        queue=queue.id,
        policy=queue.policy,
        skills=errand.skills,
        free=picked.free,
        eligible=picked.eligible,
        winner=winner_score,
        runner_up=runner_up.id if runner_up else "",
        runner_up_score=runner_up_score,
        decided_by=decided_by(winner_score, runner_up_score) if runner_up else "only",
        steps=errand.steps_taken,
        preferred=bool(contact.course.preferred_until_ms) and contact.course.preferred == winner.id,
    )
    return Choice(winner, why)
