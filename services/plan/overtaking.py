"""The bound on overtaking: how much later somebody may come than one who waits, and still come first."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.plan.compiled import DEPTH_MAX, PRIORITY_MAX
from services.plan.mentions import routes
from services.plan.model import PlanModel
from services.plan.route_model import RoutePart

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class Overtaking:
    """In seconds: within one queue, and between any two; None where there is no bound, as it goes by expected waits.

    It is of contacts that came under this plan and no other.
    """

    within_a_queue_s: int
    between_queues_s: int | None


def overtaking(content: PlanModel) -> Overtaking:
    """The bound of a plan without defects: what the most urgent gains on the least urgent, each as far as it can go.

    A contact stands as if it had come earlier by what the plan counts for its priority and value, and later by its
    target if deadlines count; a queue gains depth_s for each of its first thousand. Priorities are those of the routes,
    the highest with all that steps add to it; a customer of no value has 0.
    """
    urgency = content.urgency
    priorities = [range_ for _, route in routes(content) for range_ in _priorities(route)]
    values = [0, *(each.value for each in content.customer_values)]
    points_s = (max(priorities) - min(priorities)) * urgency.priority_s + max(values) * urgency.value_s
    targets_s = [queue.service_level.within_s for queue in content.queues]
    deadlines_s = max(targets_s) - min(targets_s) if urgency.by_deadline else 0
    between_s = points_s + deadlines_s + DEPTH_MAX * urgency.depth_s
    return Overtaking(points_s, None if urgency.expected_wait_percent else between_s)


def overtaking_words(bound: Overtaking) -> str:
    """The bound in a sentence."""
    within, between = bound.within_a_queue_s, bound.between_queues_s
    if between is None:
        return (
            f"who waits is overtaken in the same queue by nobody who comes {_later(within)}; between queues by anybody"
        )
    if between == within:
        return f"who waits is overtaken by nobody who comes {_later(within)}"
    return f"who waits is overtaken by nobody who comes {_later(between)}; in the same queue: {_later(within)}"


def _priorities(route: RoutePart) -> Iterator[int]:
    yield route.priority
    yield min(route.priority + sum(step.raise_priority for step in route.steps), PRIORITY_MAX)


def _later(seconds: int) -> str:
    parts = (
        (seconds // DAY_S, "d"),
        (seconds // HOUR_S % 24, "h"),
        (seconds // MINUTE_S % 60, "min"),
        (seconds % MINUTE_S, "s"),
    )
    return " ".join([*(f"{count} {unit}" for count, unit in parts if count), "later"])
