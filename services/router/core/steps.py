"""The steps of a waiting contact's route: which are due when, and whether their conditions hold."""

from services.plan.compiled import Channel, Step
from services.router.core.expected_wait import NO_FIGURES, queue_wait_ms
from services.router.core.records import Contact
from services.router.core.tables import Tables


def steps_of(state: Tables, contact: Contact) -> tuple[Step, ...]:
    """The steps of its route in the plan in force: a contact in flight keeps its entry point, and that may change."""
    route = None if contact.course.about else state.routes.get(contact.errand.entry_point)
    return route.steps if route else ()


def next_step_ms(state: Tables, contact: Contact) -> int | None:
    """When the time of the next step comes, or of saying the place anew; None for never."""
    first_ms = announced_at_ms(state, contact)
    for number, step in enumerate(steps_of(state, contact)):
        due_ms = due_at_ms(contact, number, step)
        if due_ms is not None and (first_ms is None or due_ms < first_ms):
            first_ms = due_ms
    return first_ms


def announced_at_ms(state: Tables, contact: Contact) -> int | None:
    """When somebody who waits on the line is told their place anew; None for never."""
    queue = state.queues.get(contact.errand.queue)
    if queue is None or not queue.announce_every_ms:
        return None
    if contact.errand.channel is not Channel.VOICE or contact.course.about:
        return None
    return max(contact.told_at_ms, contact.queued_at_ms) + queue.announce_every_ms


def due_at_ms(contact: Contact, number: int, step: Step) -> int | None:
    """When the time of that step comes (again); None for never."""
    if number in contact.steps_open or is_promised(contact, step):
        return None
    if number not in contact.steps_taken:
        return contact.routed_at_ms + step.after_ms
    return contact.told_at_ms + step.every_ms if step.tell and step.every_ms else None


def renumbered(before: tuple[Step, ...], after: tuple[Step, ...]) -> dict[int, int]:
    """Which number each step of a route has in a new plan. One that is the same there has moved to its place; of the
    others, one that stands where it stood has taken its place; and the rest are gone.
    """
    free = dict(enumerate(after))
    numbers: dict[int, int] = {}
    for number, step in enumerate(before):
        moved_to = next((place for place, other in free.items() if other == step), None)
        if moved_to is not None:
            numbers[number] = moved_to
            del free[moved_to]
    return numbers | {number: number for number in range(len(before)) if number not in numbers and number in free}


def is_promised(contact: Contact, step: Step) -> bool:
    """Whether the step would send away somebody who has hung up because a call back was promised: it is passed over."""
    return step.divert is not None and bool(contact.keeps_place_of)


def because(state: Tables, queue: str, step: Step, *, anybody: bool, servers: int) -> str:
    """Why the step is taken in that queue, in words; empty if a condition does not hold.

    `anybody`: somebody is available who could take the contact. `servers`: how many of its kind can be had at once.
    """
    reasons = [f"{step.after_ms // 1000} s have passed"]
    if step.depth_over:
        reasons.append(_over("are waiting", state.depth(queue), step.depth_over))
    if step.expected_wait_over_ms:
        seconds, most = queue_wait_ms(state, queue, servers) // 1000, step.expected_wait_over_ms // 1000
        over = _over("s is the expected wait", seconds, most)
        reasons.append(over if servers or anybody else f"no end of the wait is in sight, more than {most} s")
    if step.service_level_under:
        percent = (state.figures.get(queue) or NO_FIGURES).on_time_ppm // 10_000
        reasons.append(f"{percent} % were on time" if percent < step.service_level_under else "")
    if step.nobody_on_duty:
        reasons.append("" if anybody else "nobody is on duty who could take it")
    return ", ".join(reasons) if all(reasons) else ""


def _over(what: str, value: int, most: int) -> str:
    return f"{value} {what}, more than {most}" if value > most else ""
