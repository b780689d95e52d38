"""Where a contact stands with the steps of its route: taken, open, or still to come, and what each waits for."""

from dataclasses import dataclass
from enum import StrEnum

from services.plan.compiled import Step
from services.router.core.desk import rule_of
from services.router.core.events import Presence
from services.router.core.expected_wait import NO_FIGURES, queue_wait_ms
from services.router.core.records import Contact
from services.router.core.scan import unfit
from services.router.core.state import TenantState
from services.router.core.steps import due_at_ms, is_promised, steps_of

PROMISED = "somebody who holds the line, and this one was promised a call back"


class StepState(StrEnum):
    """A step is ahead until its time has come, and then open until its other conditions hold."""

    TAKEN = "taken"
    OPEN = "open"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class StepStanding:
    """A step by its number from 0. `due_ms`: when its time comes (again), 0 for never.

    `waits_for`: its conditions, but for the time, that do not hold now.
    """

    step: int
    state: StepState
    due_ms: int
    waits_for: tuple[str, ...]


def step_standings(state: TenantState, contact: Contact) -> tuple[StepStanding, ...]:
    """One for each step of the contact's route in the plan in force."""
    return tuple(_standing(state, contact, number, step) for number, step in enumerate(steps_of(state, contact)))


def _standing(state: TenantState, contact: Contact, number: int, step: Step) -> StepStanding:
    due_ms = due_at_ms(contact, number, step) or 0
    if number in contact.steps_taken:
        return StepStanding(number, StepState.TAKEN, due_ms, ())
    if is_promised(contact, step):
        return StepStanding(number, StepState.AHEAD, 0, (PROMISED,))
    kind = StepState.OPEN if number in contact.steps_open else StepState.AHEAD
    return StepStanding(number, kind, due_ms, _waits_for(state, contact, step))


def _waits_for(state: TenantState, contact: Contact, step: Step) -> tuple[str, ...]:
    """Its conditions, but for the time, that do not hold now. In the words and by the figures of `steps.because`."""
    agents = (agent for agent in state.agents.values() if agent.presence is Presence.AVAILABLE)
    able = [agent for agent in agents if not unfit(state, agent, contact)]
    rule = rule_of(state, contact.channel)
    servers = sum(1 if rule.alone else max(1, agent.profile.units // rule.units) for agent in able if agent.attached)
    depth = state.depth(contact.queue)
    wait_s, over_s = queue_wait_ms(state, contact.queue, servers) // 1000, step.expected_wait_over_ms // 1000
    percent = (state.figures.get(contact.queue) or NO_FIGURES).on_time_ppm // 10_000
    missing = {
        f"more than {step.depth_over} waiting (now {depth})": step.depth_over and depth <= step.depth_over,
        f"an expected wait over {over_s} s (now {wait_s} s)": step.expected_wait_over_ms and able and wait_s <= over_s,
        f"a service level under {step.service_level_under} % (now {percent} %)": step.service_level_under
        and percent >= step.service_level_under,
        f"nobody on duty who could take it (now {len(able)})": step.nobody_on_duty and able,
    }
    return tuple(words for words, is_missing in missing.items() if is_missing)
