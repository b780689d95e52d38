"""What has happened so far, counted since the log's first record: the totals behind the metrics."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from services.reporting.projections.measures import Measure

BUCKETS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600, 14_400, 86_400)
OTHER = "other"
TENANTS_MAX = 50
COMPANIES_MAX = 100
QUEUES_MAX = 200
AGENTS_MAX = 1_000
# The measures whose spans are kept by length.
SPANS = ("answered", "abandoned", "handled", "connecting")


@dataclass(frozen=True, slots=True)
class Where:
    """What a figure is grouped by; company, queue or agent are "other" beyond their limits, queue "" before any."""

    tenant: str
    company: str
    queue: str
    channel: str


@dataclass(frozen=True, slots=True)
class Whose:
    """An agent's figures; the agent is "other" beyond the limit."""

    tenant: str
    agent: str


@dataclass(slots=True)
class Spans:
    """Durations: their count by bucket (each holds those up to its bound, but not the smaller ones') and their sum."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_S) + 1))
    sum_ms: int = 0

    def add(self, span_ms: int) -> None:
        """Count one duration."""
        place = next((i for i, bound_s in enumerate(BUCKETS_S) if span_ms <= bound_s * 1_000), len(BUCKETS_S))
        self.buckets[place] += 1
        self.sum_ms += span_ms

    def join(self, other: "Spans") -> None:
        """Count the other's too."""
        self.buckets = [mine + theirs for mine, theirs in zip(self.buckets, other.buckets, strict=True)]
        self.sum_ms += other.sum_ms


@dataclass(slots=True)
class Tally:
    """All figures of one group: counts by the measure's name, and the durations of some."""

    counts: Counter[str] = field(default_factory=Counter)
    spans: dict[str, Spans] = field(default_factory=lambda: {name: Spans() for name in SPANS})

    def add(self, measure: Measure) -> None:
        """Count one measure."""
        self.counts[measure.name] += 1
        if measure.span_ms is not None and measure.name in self.spans:
            self.spans[measure.name].add(measure.span_ms)

    def join(self, other: "Tally") -> None:
        """Count the other's too."""
        self.counts.update(other.counts)
        for name, spans in self.spans.items():
            spans.join(other.spans[name])


class Names:
    """A bounded set of names: the first so many are themselves, all later ones are "other"."""

    def __init__(self, names_max: int) -> None:
        self._names_max = names_max
        self._known: set[str] = set()

    def name(self, name: str) -> str:
        """The name, or "other" when the set is full."""
        if name not in self._known and len(self._known) >= self._names_max:
            return OTHER
        self._known.add(name)
        return name


@dataclass(slots=True)
class TenantNames:
    """The bounded names within one tenant."""

    companies: Names = field(default_factory=lambda: Names(COMPANIES_MAX))
    queues: Names = field(default_factory=lambda: Names(QUEUES_MAX))
    agents: Names = field(default_factory=lambda: Names(AGENTS_MAX))


class Counters:
    """The totals of every tenant of one partition."""

    def __init__(self) -> None:
        self._tenants = Names(TENANTS_MAX)
        self._names: dict[str, TenantNames] = {}
        self._tallies: dict[Where, Tally] = {}
        self._agents: dict[Whose, Tally] = {}

    def add(self, tenant: str, measures: Iterable[Measure]) -> None:
        """Count what happened in a tenant."""
        for measure in measures:
            place = measure.place
            self._at(tenant, place.company, place.queue, place.channel).add(measure)
            if place.agent:
                self._of(tenant, place.agent).add(measure)

    def by_place(self) -> Iterator[tuple[Where, Tally]]:
        """The totals by tenant, company, queue and channel."""
        yield from self._tallies.items()

    def by_agent(self) -> Iterator[tuple[Whose, Tally]]:
        """The totals by agent."""
        yield from self._agents.items()

    def _at(self, tenant: str, company: str, queue: str, channel: str) -> Tally:
        tenant, names = self._names_of(tenant)
        where = Where(tenant, names.companies.name(company), names.queues.name(queue), channel)
        return self._tallies.get(where) or self._tallies.setdefault(where, Tally())

    def _of(self, tenant: str, agent: str) -> Tally:
        tenant, names = self._names_of(tenant)
        whose = Whose(tenant, names.agents.name(agent))
        return self._agents.get(whose) or self._agents.setdefault(whose, Tally())

    def _names_of(self, tenant: str) -> tuple[str, TenantNames]:
        tenant = self._tenants.name(tenant)
        return tenant, self._names.get(tenant) or self._names.setdefault(tenant, TenantNames())
