"""How long a contact can expect to wait.

Whoever stands at place k of a queue that n servers empty, each with a mean handling time of h, waits for k services to
end. Were these exponential, that would be an Erlang distribution of shape k and mean k*h/n (Whitt, "Predicting Queueing
Delays", Management Science 45(6), 1999). Its median and its ninetieth percentile are the mean times numbers that depend
on k alone; here by the approximation of Wilson and Hilferty ("The Distribution of Chi-Square", PNAS 17, 1931).

Real queues share agents, lose customers and change, so what was said is held against what came: each percentile is
multiplied with a factor that grows when too many waited longer, and shrinks when too few did (Gibbs and Candès,
"Adaptive Conformal Inference Under Distribution Shift", NeurIPS 2021). In the long run half, and nine tenths, wait less
than was said.
"""

from math import isqrt
from typing import NamedTuple

from services.router.core.records import Contact, QueueFigures
from services.router.core.tables import NOBODY, Tables

MILLION = 1_000_000
# Quantiles of the normal distribution at 0.5 and 0.9, in millionths.
Z_MEDIAN, Z_NINETIETH = 0, 1_281_552
# How much of what came last counts.
HANDLING_PARTS, ON_TIME_PARTS = 16, 32
# A factor moves by so many thousandths when it was wrong; how often it may be wrong decides how far it moves back.
STEP_PERMILLE = 40
FACTOR_MIN, FACTOR_MAX = MILLION // 20, MILLION * 20


class Wait(NamedTuple):
    """Half of all wait less than the first, nine tenths less than the second; 0 where nobody can tell."""

    median_ms: int
    ninetieth_ms: int


NOBODY_KNOWS = Wait(0, 0)
NO_FIGURES = QueueFigures()


def place_in_queue(state: Tables, contact: Contact) -> int:
    """Which place a contact gets that joins its queue now, from 1: behind those who have as many points or more."""
    urgency = state.urgency
    points = contact.priority * urgency.priority_ms + contact.value * urgency.value_ms
    ahead = 0
    for (priority, value), count in state.depths.get(contact.queue, NOBODY).items():
        if priority * urgency.priority_ms + value * urgency.value_ms >= points:
            ahead += count
    # Whoever was transferred within the queue is among those who wait already.
    is_there = contact.id in state.waiting and state.contacts[contact.id].queue == contact.queue
    return ahead if is_there else ahead + 1


def expected_wait(state: Tables, queue: str, place: int, servers: int, usual_ms: int = 0) -> Wait:
    """What whoever stands at that place of the queue can expect, as so many contacts can be had at once.

    `usual_ms` is a handling time for queues that have completed nothing yet; 0: of those nobody can tell.
    """
    figures = state.figures.get(queue) or NO_FIGURES
    handling_ms = figures.handling_ms or usual_ms
    if not handling_ms or not servers:
        return NOBODY_KNOWS
    # Divided last, so that no rounding makes a later place wait for less.
    work, parts = place * handling_ms, servers * MILLION * MILLION
    return Wait(
        max(1, work * erlang_ppm(place, Z_MEDIAN) * figures.median_ppm // parts),
        max(1, work * erlang_ppm(place, Z_NINETIETH) * figures.ninetieth_ppm // parts),
    )


def queue_wait_ms(state: Tables, queue: str, servers: int) -> int:
    """The median wait of one more contact at the queue's end; 0 where nobody can tell."""
    return expected_wait(state, queue, state.depth(queue) + 1, servers).median_ms


def erlang_ppm(shape: int, z_ppm: int) -> int:
    """A quantile of the Erlang distribution of that shape, in millionths of its mean (Wilson and Hilferty, 1931)."""
    root = MILLION - MILLION // (9 * shape) + z_ppm * MILLION // (3 * isqrt(shape * MILLION * MILLION))
    return root**3 // MILLION**2


def with_handling(figures: QueueFigures, handling_ms: int) -> int:
    """The moving mean of handling times after one more."""
    if not figures.handling_ms:
        return max(1, handling_ms)
    return max(1, figures.handling_ms + (handling_ms - figures.handling_ms) // HANDLING_PARTS)


def with_on_time(figures: QueueFigures, on_time: bool) -> int:
    """The moving share, in millionths, of those who were accepted in time, after one more."""
    return figures.on_time_ppm + ((MILLION if on_time else 0) - figures.on_time_ppm) // ON_TIME_PARTS


def corrected(factor_ppm: int, said_ms: int, waited_ms: int, percent: int) -> int:
    """The factor of that percentile after one who was told `said_ms` has waited."""
    weight = percent if waited_ms > said_ms else percent - 100
    moved = factor_ppm + factor_ppm * STEP_PERMILLE * weight // 100_000
    return min(max(moved, FACTOR_MIN), FACTOR_MAX)
