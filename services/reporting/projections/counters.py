"""What has happened so far, counted since the log's first record: the totals behind the metrics."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from services.reporting.facts import (
    ContactAccepted,
    ContactEnded,
    ContactFact,
    ContactForgotten,
    ContactOffered,
    ContactOutcome,
    ContactQueued,
    ContactReturned,
    ContactTransferred,
    CustomerWrote,
    Happened,
    OfferAccepted,
    OfferReturned,
    ReplySettled,
)
from services.reporting.projections.contact_state import WAITING, WITH_AGENT, ContactState

BUCKETS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600, 14_400, 86_400)
OTHER = "other"
TENANTS_MAX = 50
COMPANIES_MAX = 100
QUEUES_MAX = 200
AGENTS_MAX = 1_000
PLAIN_NAMES: dict[type[ContactFact], str] = {
    ContactQueued: "queued",
    ContactOffered: "offered",
    OfferAccepted: "accepted",
    ContactTransferred: "transferred",
    ContactReturned: "taken_back",
    CustomerWrote: "message",
}


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
    """All figures of one group: counts by name, and three kinds of durations."""

    counts: Counter[str] = field(default_factory=Counter)
    waited: Spans = field(default_factory=Spans)
    abandoned_after: Spans = field(default_factory=Spans)
    handled: Spans = field(default_factory=Spans)

    def join(self, other: "Tally") -> None:
        """Count the other's too."""
        self.counts.update(other.counts)
        self.waited.join(other.waited)
        self.abandoned_after.join(other.abandoned_after)
        self.handled.join(other.handled)


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
        # Where contacts ended, as long as the router remembers them: what became of a reply may be heard later.
        self._ended: dict[tuple[str, str], Tally] = {}

    def apply(self, happened: Happened, before: ContactState | None) -> None:
        """Count a fact; `before` is its contact as it stood before the fact, if it was open."""
        fact = happened.fact
        if isinstance(fact, ContactAccepted):
            self._at(happened.tenant, fact.company, "", fact.channel).counts["arrived"] += 1
        elif isinstance(fact, ContactForgotten):
            self._ended.pop((happened.tenant, fact.contact_id), None)
        elif isinstance(fact, ContactFact) and before is not None:
            self._count(happened, fact, before)
        elif isinstance(fact, ReplySettled) and (happened.tenant, fact.contact_id) in self._ended:
            self._ended[happened.tenant, fact.contact_id].counts[_name(fact)] += 1

    def by_place(self) -> Iterator[tuple[Where, Tally]]:
        """The totals by tenant, company, queue and channel."""
        yield from self._tallies.items()

    def by_agent(self) -> Iterator[tuple[Whose, Tally]]:
        """The totals by agent."""
        yield from self._agents.items()

    def _count(self, happened: Happened, fact: ContactFact, before: ContactState) -> None:
        queue = fact.queue if isinstance(fact, ContactQueued) else before.queue
        place = self._at(happened.tenant, before.company, queue, before.channel)
        name = _name(fact)
        if name:
            place.counts[name] += 1
        if isinstance(fact, ContactEnded):
            self._ended[happened.tenant, fact.contact_id] = place
        self._count_for_agent(happened.tenant, fact, name)
        self._measure(happened, fact, before, place)

    def _count_for_agent(self, tenant: str, fact: ContactFact, name: str) -> None:
        match fact:
            case ContactOffered() | OfferAccepted() | OfferReturned() | ContactTransferred():
                self._of(tenant, fact.agent).counts[name] += 1
            case ContactEnded() if fact.agent:
                self._of(tenant, fact.agent).counts[name] += 1

    def _measure(self, happened: Happened, fact: ContactFact, before: ContactState, place: Tally) -> None:
        if isinstance(fact, OfferAccepted):
            place.waited.add(happened.at_ms - before.waiting_since_ms)
        elif isinstance(fact, ContactEnded) and fact.outcome is ContactOutcome.ABANDONED and before.stage in WAITING:
            place.abandoned_after.add(happened.at_ms - before.waiting_since_ms)
        elif isinstance(fact, ContactEnded | ContactTransferred | ContactReturned) and before.stage in WITH_AGENT:
            handled_ms = happened.at_ms - before.segment_since_ms
            place.handled.add(handled_ms)
            self._of(happened.tenant, before.agent).handled.add(handled_ms)

    def _at(self, tenant: str, company: str, queue: str, channel: str) -> Tally:
        tenant, names = self._names_of(tenant)
        where = Where(tenant, names.companies.name(company), names.queues.name(queue), channel)
        return self._tallies.setdefault(where, Tally())

    def _of(self, tenant: str, agent: str) -> Tally:
        tenant, names = self._names_of(tenant)
        return self._agents.setdefault(Whose(tenant, names.agents.name(agent)), Tally())

    def _names_of(self, tenant: str) -> tuple[str, TenantNames]:
        tenant = self._tenants.name(tenant)
        return tenant, self._names.setdefault(tenant, TenantNames())


def _name(fact: ContactFact) -> str:
    match fact:
        case OfferReturned():
            return f"offer_{fact.because}"
        case ReplySettled():
            return "reply_delivered" if fact.delivered else "reply_failed"
        case ContactEnded():
            return f"ended_{fact.outcome}"
        case _:
            return PLAIN_NAMES.get(type(fact), "")
