"""The figures of each quarter of an hour (UTC), by company, queue, channel and agent: sums that add up over any cut.

What happens counts in the interval of its own time. Log time never goes back, so only the newest interval is open; one
that is over is handed on whole and never changes again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from services.reporting.facts import Happened
from services.reporting.projections.agent_time import AgentTime, Spell
from services.reporting.projections.contact_state import ContactState
from services.reporting.projections.measures import Measure, Place

INTERVAL_MS = 15 * 60_000
SUM = "_ms"


@dataclass(slots=True)
class Interval:
    """One tenant's figures of one interval; `closed_by` is the place in the log of what came after it."""

    tenant: str
    from_ms: int
    figures: dict[Place, Counter[str]] = field(default_factory=dict)
    agents: dict[str, Counter[str]] = field(default_factory=dict)
    closed_by: int = 0

    def measure(self, measure: Measure) -> None:
        """Count a measure, and add up its span."""
        counts = self.figures.setdefault(measure.place, Counter())
        counts[measure.name] += 1
        if measure.span_ms is not None:
            counts[measure.name + SUM] += measure.span_ms

    def spend(self, spell: Spell) -> None:
        """Add the time that an agent was in a state."""
        if spell.span_ms:
            self.agents.setdefault(spell.agent, Counter())[spell.state] += spell.span_ms

    def is_empty(self) -> bool:
        """Whether nothing happened in it, and nobody was there."""
        return not self.figures and not self.agents


class Intervals:
    """The open interval of every tenant of one partition, and those that are over and were not taken yet."""

    def __init__(self) -> None:
        self.at_ms = 0
        self.over: list[Interval] = []
        self._open: dict[str, Interval] = {}
        self._agents: dict[str, AgentTime] = {}

    def advance(self, at_ms: int, place: int) -> None:
        """It is so late by the log: intervals that are over are closed. Time that goes back is passed over."""
        at_ms = max(at_ms, self.at_ms)
        if _start(at_ms) != _start(self.at_ms):
            for tenant in self._open:
                self._close(tenant, _start(at_ms), place)
        self.at_ms = at_ms

    def add(self, tenant: str, measures: Iterable[Measure]) -> None:
        """Count what happened now."""
        interval = self._now(tenant)
        for measure in measures:
            interval.measure(measure)

    def follow(self, happened: Happened, before: ContactState | None, after: ContactState | None) -> None:
        """Count how long agents were in a state that a fact ends."""
        interval = self._now(happened.tenant)
        for spell in self._agents[happened.tenant].apply(happened, before, after):
            interval.spend(spell)

    def open_interval(self, tenant: str) -> Interval | None:
        """The newest interval as it stands: a copy, with the states that agents are in counted until now."""
        now = self._open.get(tenant)
        if now is None:
            return None
        copied = Interval(tenant, now.from_ms, {place: Counter(each) for place, each in now.figures.items()})
        copied.agents = {agent: Counter(each) for agent, each in now.agents.items()}
        for spell in self._agents[tenant].running(self.at_ms):
            copied.spend(spell)
        return copied

    def take(self) -> list[Interval]:
        """What is over, once."""
        taken, self.over = self.over, []
        return taken

    def _now(self, tenant: str) -> Interval:
        if tenant not in self._open:
            self._open[tenant] = Interval(tenant, _start(self.at_ms))
            self._agents[tenant] = AgentTime()
        return self._open[tenant]

    def _close(self, tenant: str, until_ms: int, place: int) -> None:
        """Close the intervals before that moment, those in which nothing but time passed among them."""
        interval, agents = self._open[tenant], self._agents[tenant]
        for from_ms in _starts(interval.from_ms, until_ms, quiet=not agents.anybody()):
            for spell in agents.until(min(from_ms + INTERVAL_MS, until_ms)):
                interval.spend(spell)
            interval.closed_by = place
            self.over += [] if interval.is_empty() else [interval]
            interval = Interval(tenant, from_ms + INTERVAL_MS)
        self._open[tenant] = interval if interval.from_ms == until_ms else Interval(tenant, until_ms)


def _start(at_ms: int) -> int:
    return at_ms - at_ms % INTERVAL_MS


def _starts(first_ms: int, until_ms: int, *, quiet: bool) -> Iterator[int]:
    """The intervals to close: all of them, or the first alone when nobody is there in the others."""
    yield from range(first_ms, min(until_ms, first_ms + INTERVAL_MS) if quiet else until_ms, INTERVAL_MS)
