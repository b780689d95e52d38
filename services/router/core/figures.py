"""What is counted as contacts go by: of agents, for policies, and of queues, for what customers are told."""

from bisect import bisect_right
from typing import Any

from services.router.core.desk import is_on_duty
from services.router.core.events import ContactOutcome
from services.router.core.expected_wait import corrected, with_handling, with_on_time
from services.router.core.record import changed
from services.router.core.records import Agent, Contact, QueueFigures
from services.router.core.tables import Tables

RESPONSE_PARTS = 8


def up_to(state: Tables, agent: Agent, at_ms: int, **changes: Any) -> Agent:
    """The agent with the time on duty and at work until now, and changed; on a new day all figures begin anew."""
    day_ms = day_begun_ms(state, at_ms)
    if agent.day_ms != day_ms:
        figures = {"answered": 0, "duty_ms": 0, "busy_ms": 0} | changes
        return changed(agent, day_ms=day_ms, figures_at_ms=at_ms, **figures)
    passed_ms = max(at_ms - agent.figures_at_ms, 0)
    is_busy = bool(agent.items)
    duty_ms = agent.duty_ms + (passed_ms if is_busy or is_on_duty(agent) else 0)
    busy_ms = agent.busy_ms + passed_ms * is_busy
    return changed(agent, duty_ms=duty_ms, busy_ms=busy_ms, figures_at_ms=at_ms, **changes)


def day_begun_ms(state: Tables, at_ms: int) -> int:
    """When the day began; 0 where the plan does not know of days."""
    plan = state.plan
    if plan is None or not plan.days_ms:
        return 0
    past = bisect_right(plan.days_ms, at_ms)
    return plan.days_ms[past - 1] if past else 0


def response_ms(agent: Agent, took_ms: int) -> int:
    """The moving mean from an offer to its accept, after one more."""
    if not agent.response_ms:
        return max(1, took_ms)
    return max(1, agent.response_ms + (took_ms - agent.response_ms) // RESPONSE_PARTS)


def note_accept(state: Tables, contact: Contact, at_ms: int) -> None:
    """The contact was accepted: hold what was said of its wait against what came."""
    if contact.about:
        return  # no customer waited
    figures = state.figures.get(contact.queue) or QueueFigures()
    waited_ms = at_ms - contact.queued_at_ms
    after = changed(figures, on_time_ppm=with_on_time(figures, waited_ms <= _target_ms(state, contact)))
    if contact.expected_wait_ms:
        after = changed(
            after,
            median_ppm=corrected(figures.median_ppm, contact.expected_wait_ms, waited_ms, 50),
            ninetieth_ppm=corrected(figures.ninetieth_ppm, contact.expected_wait_p90_ms, waited_ms, 90),
        )
    state.figures[contact.queue] = after


def note_end(state: Tables, contact: Contact, outcome: ContactOutcome, at_ms: int) -> None:
    """The contact has ended: its handling time counts, and so does giving up too late."""
    figures = state.figures.get(contact.queue) or QueueFigures()
    if outcome is ContactOutcome.COMPLETED and contact.accepted_at_ms:
        handling_ms = with_handling(figures, at_ms - contact.accepted_at_ms)
        state.figures[contact.queue] = changed(figures, handling_ms=handling_ms)
    elif outcome is ContactOutcome.ABANDONED and at_ms - contact.queued_at_ms > _target_ms(state, contact):
        state.figures[contact.queue] = changed(figures, on_time_ppm=with_on_time(figures, on_time=False))


def _target_ms(state: Tables, contact: Contact) -> int:
    queue = state.queues.get(contact.queue)
    return queue.service_level_ms if queue else 0
