"""The figures of intervals, split by what was asked for: sums that add up, and the ratios that are made of them."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from dataclasses import dataclass

from services.reporting.event_reader import MaySee
from services.reporting.projections.agent_time import AWAY, REASON
from services.reporting.projections.intervals import INTERVAL_MS, Interval
from services.reporting.queries import By
from services.reporting.row_formats import Row

SUMS = (
    "arrived",
    "queued",
    "entered",
    "offered",
    "accepted",
    "connected",
    "offer_declined",
    "offer_timed_out",
    "offer_withdrawn",
    "offer_lapsed",
    "answered",
    "answered_within",
    "answered_ms",
    "abandoned",
    "short_abandoned",
    "abandoned_ms",
    "not_reached",
    "unanswered",
    "transferred",
    "taken_back",
    "handled",
    "handled_ms",
    "connecting_ms",
    "active_ms",
    "wrap_up_ms",
    "unmet",
    "unmet_ms",
    "step_taken",
    "told",
    "expected",
    "within_p50",
    "within_p90",
    "message",
    "reply_delivered",
    "reply_failed",
    "ended_completed",
    "ended_abandoned",
    "ended_left_in_ivr",
    "ended_joined",
    "ended_cancelled",
    "ended_diverted",
    "ended_callback",
)
RATIOS = ("service_level", "asa_ms", "aht_ms")
STATES = ("available", "offered", "busy", "wrap_up", AWAY, "not_responding")
TIMES = (*(f"in_{state}_ms" for state in STATES), "in_offline_ms", "away_by_reason", "occupancy")


@dataclass(frozen=True, slots=True)
class Split:
    """What the figures are split by, and whose may be seen: contacts by company, and the time of agents."""

    by: tuple[By, ...]
    may_see: MaySee
    may_see_agent: MaySee

    @property
    def by_agent_alone(self) -> bool:
        """The time of agents belongs to no company, queue or channel."""
        return self.by == (By.AGENT,)


def columns(by: tuple[By, ...]) -> tuple[str, ...]:
    """The columns of the rows."""
    times = TIMES if by == (By.AGENT,) else ()
    return ("from_ms", "until_ms", "complete", *(each.value for each in by), *SUMS, *RATIOS, *times)


async def interval_rows(intervals: AsyncIterator[Interval], split: Split, log_at_ms: int) -> AsyncGenerator[Row, None]:
    """The rows of all intervals; `log_at_ms` is how far the log goes."""
    async for interval in intervals:
        for row in _rows(interval, split, log_at_ms):
            yield row


def _rows(interval: Interval, split: Split, log_at_ms: int) -> Iterator[Row]:
    grouped: dict[tuple[str, ...], Counter[str]] = {}
    for place, counts in interval.figures.items():
        if split.may_see(place.company):
            key = tuple(getattr(place, each.value) for each in split.by)
            grouped.setdefault(key, Counter()).update(counts)
    agents = {agent: times for agent, times in interval.agents.items() if split.may_see_agent(agent)}
    if split.by_agent_alone:
        for agent in agents:
            grouped.setdefault((agent,), Counter())
    until_ms = interval.from_ms + INTERVAL_MS
    for key, counts in sorted(grouped.items()):
        times = _times(agents, key[0], min(until_ms, log_at_ms) - interval.from_ms) if split.by_agent_alone else {}
        yield (
            {"from_ms": interval.from_ms, "until_ms": until_ms, "complete": log_at_ms >= until_ms}
            | dict(zip((each.value for each in split.by), key, strict=True))
            | {name: counts[name] for name in SUMS}
            | ratios(counts)
            | times
        )


def ratios(counts: Mapping[str, int]) -> Row:
    """Made of the sums of the row; None where there is nothing to divide by."""
    counted = counts["answered"] + counts["abandoned"] - counts["short_abandoned"]
    return {
        "service_level": _ratio(counts["answered_within"], counted),
        "asa_ms": _mean(counts["answered_ms"], counts["answered"]),
        "aht_ms": _mean(counts["handled_ms"], counts["handled"]),
    }


def _times(agents: Mapping[str, Counter[str]], agent: str, passed_ms: int) -> Row:
    """The time in each state; whoever is in no row of times was offline throughout, and nobody ("") is nowhere."""
    times = agents.get(agent, Counter())
    away = {state.partition(REASON)[2]: span_ms for state, span_ms in times.items() if state.startswith(AWAY)}
    spent = {state: times[state] for state in STATES} | {AWAY: sum(away.values())}
    working = spent["busy"] + spent["wrap_up"]
    return {
        **{f"in_{state}_ms": span_ms for state, span_ms in spent.items()},
        "in_offline_ms": passed_ms - sum(spent.values()) if agent else 0,
        "away_by_reason": away,
        "occupancy": _ratio(working, working + spent["available"] + spent["offered"]),
    }


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _mean(sum_ms: int, count: int) -> int | None:
    return round(sum_ms / count) if count else None
