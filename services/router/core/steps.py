"""The steps of a waiting contact's route: which are due when, and whether their conditions hold."""

from services.plan.compiled import Step
from services.router.core.expected_wait import queue_wait_ms
from services.router.core.records import Contact, QueueFigures
from services.router.core.tables import Tables

NO_FIGURES = QueueFigures()


def steps_of(state: Tables, contact: Contact) -> tuple[Step, ...]:
    """The steps of its route in the plan in force: a contact in flight keeps its entry point, and that may change."""
    route = state.routes.get(contact.entry_point)
    return route.steps if route else ()


def next_step_ms(state: Tables, contact: Contact) -> int:
    """When the time of the next step comes; 0 for never."""
    steps = steps_of(state, contact)
    if not steps:
        return 0
    return min((due_ms for number, step in enumerate(steps) if (due_ms := due_at_ms(contact, number, step))), default=0)


def due_at_ms(contact: Contact, number: int, step: Step) -> int:
    """When the time of that step comes (again); 0 for never."""
    if number in contact.steps_open:
        return 0
    if number not in contact.steps_taken:
        return contact.routed_at_ms + step.after_ms
    return contact.told_at_ms + step.every_ms if step.tell and step.every_ms else 0


def because(state: Tables, queue: str, step: Step, *, anybody: bool, servers: int) -> str:
    """Why the step is taken in that queue, in words; empty if a condition does not hold.

    `anybody`: somebody is available who could take the contact. `servers`: how many of its kind can be had at once.
    """
    reasons = [f"{step.after_ms // 1000} s have passed"]
    if step.depth_over:
        reasons.append(_over("are waiting", state.depths.get(queue) or 0, step.depth_over))
    if step.expected_wait_over_ms:
        seconds, most = queue_wait_ms(state, queue, servers) // 1000, step.expected_wait_over_ms // 1000
        reasons.append(_over("s is the expected wait", seconds, most))
    if step.service_level_under:
        percent = (state.figures.get(queue) or NO_FIGURES).on_time_ppm // 10_000
        reasons.append(f"{percent} % were on time" if percent < step.service_level_under else "")
    if step.nobody_on_duty:
        reasons.append("" if anybody else "nobody is on duty who could take it")
    return ", ".join(reasons) if all(reasons) else ""


def _over(what: str, value: int, most: int) -> str:
    return f"{value} {what}, more than {most}" if value > most else ""
