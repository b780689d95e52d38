"""The figures of a run, as reporting defines them (docs/metrics.md), but that a wait ends with the accept."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf

from services.cli.simulate.journeys import Duty, Journey, Journeys
from services.plan.compiled import Plan
from services.router.core.events import ContactOutcome

SHORT_ABANDON_MS = 5_000
USUAL_TARGET_MS = 20_000
Figures = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Meaning:
    """How a figure is read: its unit ("%" for shares), and with how many decimals."""

    words: str
    unit: str
    decimals: int = 1


MEANINGS: Mapping[str, Meaning] = {
    "contacts": Meaning("contacts queued", "", 0),
    "service_level": Meaning("service level", "%"),
    "asa_s": Meaning("average speed of answer", "s"),
    "p99_wait_s": Meaning("99 % waited at most", "s"),
    "abandon_rate": Meaning("abandoned", "%"),
    "diverted": Meaning("diverted", "%"),
    "left_waiting": Meaning("still waiting at the end", "%"),
    "occupancy": Meaning("occupancy", "%"),
    "fairness": Meaning("fairness of load (Jain)", "", 3),
    "told": Meaning("told an expected wait", "", 0),
    "expected_wait_error_s": Meaning("expected wait off by", "s"),
    "told_p50": Meaning("waits within the expected P50", "%"),
    "told_p90": Meaning("waits within the expected P90", "%"),
}


def figures_of(journeys: Journeys, plan: Plan) -> Figures:
    """All figures of a run that is closed; None where there is nothing to say. `p99_wait_s.5` is that of priority 5."""
    end_ms = journeys.last_ms
    queued = [each for each in journeys.contacts.values() if each.queued_at_ms]
    answered = [each for each in queued if each.answered_at_ms]
    abandoned = [each for each in queued if not each.answered_at_ms and each.outcome is ContactOutcome.ABANDONED]
    left = [each for each in queued if not each.answered_at_ms and not each.ended_at_ms]
    figures: Figures = {
        "contacts": len(queued),
        "service_level": _service_level(answered, [*abandoned, *left], plan, end_ms),
        "asa_s": _mean(each.wait_ms / 1000 for each in answered),
        "p99_wait_s": _percentile(queued, 99, end_ms),
        "abandon_rate": len(abandoned) / len(queued) if queued else None,
        "diverted": _mean(float(each.outcome is ContactOutcome.DIVERTED) for each in queued),
        "left_waiting": len(left) / len(queued) if queued else None,
        **_of_agents(journeys.agents.values()),
        **_of_what_was_told(queued, end_ms),
    }
    return figures | _by_priority(queued, end_ms)


def jain(loads: Iterable[float]) -> float | None:
    """Jain, Chiu and Hawe (1984): (sum x)^2 / (n sum x^2); 1 when all have the same, 1/n when one has everything."""
    values = list(loads)
    squares = sum(value * value for value in values)
    return sum(values) ** 2 / (len(values) * squares) if squares else None


def _service_level(answered: list[Journey], others: list[Journey], plan: Plan, end_ms: int) -> float | None:
    targets = {queue.id: queue.service_level_ms for queue in plan.queues}
    within = sum(1 for each in answered if each.wait_ms <= targets.get(each.queue, USUAL_TARGET_MS))
    counted = len(answered) + sum(1 for each in others if each.waited_until_ms(end_ms) >= SHORT_ABANDON_MS)
    return within / counted if counted else None


def _of_agents(duties: Iterable[Duty]) -> Figures:
    on_duty = [duty for duty in duties if duty.staffed_ms]
    staffed_ms = sum(duty.staffed_ms for duty in on_duty)
    return {
        "occupancy": sum(duty.busy_ms for duty in on_duty) / staffed_ms if staffed_ms else None,
        "fairness": jain(duty.busy_ms / duty.staffed_ms for duty in on_duty),
    }


def _of_what_was_told(queued: list[Journey], end_ms: int) -> Figures:
    """Of those only who were told anything: who is served at once is told nothing."""
    told = [each for each in queued if each.told_p90_ms >= 0]
    answered = [each for each in told if each.answered_at_ms]
    return {
        "told": len(told) or None,
        "expected_wait_error_s": _mean(abs(each.wait_ms - each.told_ms) / 1000 for each in answered),
        "told_p50": within_told(
            [(each.waited_until_ms(end_ms), each.told_ms, bool(each.answered_at_ms)) for each in told]
        ),
        "told_p90": within_told(
            [(each.waited_until_ms(end_ms), each.told_p90_ms, bool(each.answered_at_ms)) for each in told]
        ),
    }


def within_told(waits: list[tuple[int, int, bool]]) -> float | None:
    """The share of waits (in ms, with what was said, and whether they ended with an answer) within what was said.

    Who gave up would have waited longer, it is not known how long. So the share is estimated as Kaplan and Meier (1958)
    did, over wait by said wait; where nobody gives up it is the plain share.
    """
    by_ratio = sorted((_ratio(wait_ms, said_ms), not answered) for wait_ms, said_ms, answered in waits)
    beyond = 1.0
    for at_risk, (ratio, gave_up) in zip(range(len(by_ratio), 0, -1), by_ratio, strict=True):
        if ratio > 1:
            break
        beyond *= 1.0 if gave_up else 1 - 1 / at_risk
    return 1 - beyond if by_ratio else None


def _ratio(wait_ms: int, said_ms: int) -> float:
    return wait_ms / said_ms if said_ms else (0.0 if wait_ms == 0 else inf)


def _by_priority(queued: list[Journey], end_ms: int) -> Figures:
    by_priority: defaultdict[int, list[Journey]] = defaultdict(list)
    for each in queued:
        by_priority[each.priority].append(each)
    if len(by_priority) < 2:
        return {}
    return {
        f"p99_wait_s.{priority}": _percentile(by_priority[priority], 99, end_ms) for priority in sorted(by_priority)
    }


def _mean(values: Iterable[float]) -> float | None:
    numbers = list(values)
    return sum(numbers) / len(numbers) if numbers else None


def _percentile(journeys: list[Journey], percent: int, end_ms: int) -> float | None:
    """The least wait, in s, that so many per cent did not exceed (nearest rank)."""
    waits_ms = sorted(each.waited_until_ms(end_ms) for each in journeys)
    return waits_ms[(len(waits_ms) * percent + 99) // 100 - 1] / 1000 if waits_ms else None
