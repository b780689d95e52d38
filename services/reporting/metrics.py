"""The figures as Prometheus metrics: made anew for each scrape, from the totals and from how things stand.

A partition that is still being read from the log's start is left out, so that counters never go back: to Prometheus
they were away for a while, and not reset.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from services.reporting.facts import Presence
from services.reporting.projections.counters import (
    BUCKETS_S,
    COMPANIES_MAX,
    QUEUES_MAX,
    TENANTS_MAX,
    Names,
    Spans,
    Tally,
    Where,
    Whose,
)
from services.reporting.projections.live import LiveNow, Work
from services.reporting.projector import PartitionFigures, Projector
from services.shared.clock import Clock

PLACE = ("tenant", "company", "queue", "channel")
AGENT = ("tenant", "agent")
MS_PER_S = 1_000

K = TypeVar("K", Where, Whose)


@dataclass(frozen=True, slots=True)
class Family:
    """A metric that is one name of the totals, or several told apart by a further label."""

    name: str
    says: str
    counts: tuple[tuple[str, str], ...]
    label: str = ""


OFFER_ENDS = tuple((f"offer_{why}", why) for why in ("declined", "timed_out", "withdrawn", "lapsed"))
OUTCOMES = tuple(
    (f"ended_{outcome}", outcome)
    for outcome in ("completed", "abandoned", "left_in_ivr", "joined", "cancelled", "diverted", "callback")
)
WAIT_ENDS = tuple((end, end) for end in ("answered", "abandoned", "not_reached", "unanswered"))
BY_PLACE = (
    Family("contacts_arrived", "Contacts accepted into the router", (("arrived", ""),)),
    Family("contacts_queued", "Times that a contact was put into a queue", (("queued", ""),)),
    Family("contacts_offered", "Offers made", (("offered", ""),)),
    Family("contacts_accepted", "Offers accepted", (("accepted", ""),)),
    Family("calls_connected", "Calls in which agent and customer came to speak", (("connected", ""),)),
    Family("waits", "Waits begun", (("entered", ""),)),
    Family("waits_ended", "Waits ended, by how", WAIT_ENDS, "how"),
    Family("answered_within", "Waits answered within the queue's target", (("answered_within", ""),)),
    Family("short_abandoned", "Waits abandoned before they count", (("short_abandoned", ""),)),
    Family("steps_taken", "Steps of routes taken as contacts waited", (("step_taken", ""),)),
    Family("customers_told", "Times that a customer was told the position and the expected wait", (("told", ""),)),
    Family("waits_expected", "Contacts accepted for which a wait had been expected", (("expected", ""),)),
    Family(
        "waits_within_expected",
        "Of those, the ones that waited no longer than was expected of half, and of nine tenths",
        (("within_p50", "50"), ("within_p90", "90")),
        "percentile",
    ),
    Family("offers_returned", "Offers that ended without an accept", OFFER_ENDS, "because"),
    Family("contacts_transferred", "Contacts handed to another queue, in the queue they left", (("transferred", ""),)),
    Family("contacts_taken_back", "Contacts taken back from an agent who was gone", (("taken_back", ""),)),
    Family("contacts_ended", "Contacts ended, in their last queue", OUTCOMES, "outcome"),
    Family("customer_messages", "Messages of customers after the first", (("message", ""),)),
    Family(
        "replies_settled",
        "Replies of agents by what became of them",
        (("reply_delivered", "delivered"), ("reply_failed", "failed")),
        "outcome",
    ),
)
BY_AGENT = (
    Family("agent_offered", "Offers made to an agent", (("offered", ""),)),
    Family("agent_accepted", "Offers that an agent accepted", (("accepted", ""),)),
    Family("agent_answered", "Waits that an agent answered", (("answered", ""),)),
    Family("agent_offers_returned", "Offers to an agent that ended without an accept", OFFER_ENDS, "because"),
    Family("agent_transferred", "Contacts that an agent handed to another queue", (("transferred", ""),)),
    Family("agent_completed", "Contacts that an agent completed", (("ended_completed", ""),)),
)
HISTOGRAMS = (
    ("wait_seconds", "answered", "From being queued to the answer, by the clock of the channel"),
    ("abandoned_after_seconds", "abandoned", "From being queued to leaving unanswered"),
    ("connecting_seconds", "connecting", "From the accept of a call until the two speak"),
    ("handle_seconds", "handled", "From the answer to the end of wrap-up"),
)
QUEUE_GAUGES: tuple[tuple[str, str, Callable[[list[Work]], float]], ...] = (
    ("waiting", "Contacts that wait now, those on offer among them", lambda works: sum(w.waiting for w in works)),
    (
        "oldest_wait_seconds",
        "How long the longest of those waiting has waited",
        lambda works: max(w.oldest_wait_ms for w in works) / MS_PER_S,
    ),
    ("on_offer", "Contacts on offer to an agent now", lambda works: sum(w.offered for w in works)),
    ("with_agents", "Contacts that agents work on now", lambda works: sum(w.active for w in works)),
    ("connecting", "Of those, calls in which the two do not speak yet", lambda works: sum(w.connecting for w in works)),
    ("in_wrap_up", "Contacts that agents write up now", lambda works: sum(w.wrap_up for w in works)),
)


class FiguresCollector(Collector):
    """All metrics of reporting."""

    def __init__(self, projector: Projector, clock: Clock) -> None:
        self._projector = projector
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """The metrics as of now."""
        shown = [each for each in self._projector.partitions if each.caught_up]
        yield from _health(self._projector.partitions)
        yield from _place_metrics(_merged(pair for each in shown for pair in each.figures.counters.by_place()))
        yield from _agent_metrics(_merged(pair for each in shown for pair in each.figures.counters.by_agent()))
        yield from _live_metrics(self._live(shown))
        yield _hours_known(shown, self._clock.wall_ms())

    def _live(self, shown: list[PartitionFigures]) -> dict[str, LiveNow]:
        at_ms = self._clock.wall_ms()
        return {
            tenant: each.figures.live.now(tenant, at_ms, lambda _: True)
            for each in shown
            for tenant in each.figures.live.tenants()
        }


def metrics_page(collector: Collector) -> bytes:
    """The text that a scrape gets: these figures, and what the process counts of itself."""
    registry = CollectorRegistry()
    registry.register(collector)
    return generate_latest(registry) + generate_latest()


def _health(partitions: Iterable[PartitionFigures]) -> Iterator[Metric]:
    read = GaugeMetricFamily(
        "switchroom_reporting_read_to_offset", "The offset after the last record read", labels=["partition"]
    )
    ready = GaugeMetricFamily("switchroom_reporting_ready", "1 when the figures can be given", labels=["partition"])
    dropped = CounterMetricFamily(
        "switchroom_reporting_records_dropped", "Records of the log that do not count", labels=["partition", "why"]
    )
    for each in partitions:
        number = str(each.partition)
        read.add_metric([number], each.offset)
        ready.add_metric([number], int(each.not_ready_because() is None))
        for why, count in each.fence.dropped.items():
            dropped.add_metric([number, why], count)
    yield from (read, ready, dropped)


def _place_metrics(tallies: dict[Where, Tally]) -> Iterator[Metric]:
    groups = [([key.tenant, key.company, key.queue, key.channel], tally) for key, tally in tallies.items()]
    for family in BY_PLACE:
        yield _counter(family, PLACE, groups)
    for name, measure, says in HISTOGRAMS:
        yield _histogram(name, says, PLACE, [(at, tally.spans[measure]) for at, tally in groups])


def _agent_metrics(tallies: dict[Whose, Tally]) -> Iterator[Metric]:
    groups = [([key.tenant, key.agent], tally) for key, tally in tallies.items()]
    for family in BY_AGENT:
        yield _counter(family, AGENT, groups)
    yield _histogram(
        "agent_handle_seconds", "An agent's handling times", AGENT, [(at, t.spans["handled"]) for at, t in groups]
    )


def _live_metrics(live: dict[str, LiveNow]) -> Iterator[Metric]:
    labels = ["tenant", "company", "queue"]
    queues = _bounded_queues(live)
    for name, says, of in QUEUE_GAUGES:
        gauge = GaugeMetricFamily(f"switchroom_{name}", says, labels=labels)
        for place, works in queues.items():
            gauge.add_metric(list(place), of(works))
        yield gauge
    yield _agents_by_presence(live)


def _bounded_queues(live: dict[str, LiveNow]) -> dict[tuple[str, str, str], list[Work]]:
    tenants = Names(TENANTS_MAX)
    found: dict[tuple[str, str, str], list[Work]] = {}
    for tenant in sorted(live):
        companies, queues = Names(COMPANIES_MAX), Names(QUEUES_MAX)
        for each in live[tenant].queues:
            place = (tenants.name(tenant), companies.name(each.company), queues.name(each.queue))
            found.setdefault(place, []).append(each.work)
    return found


def _agents_by_presence(live: dict[str, LiveNow]) -> Metric:
    gauge = GaugeMetricFamily("switchroom_agents", "Agents of the plan by presence", labels=["tenant", "presence"])
    tenants = Names(TENANTS_MAX)
    counts: Counter[tuple[str, str]] = Counter()
    for tenant in sorted(live):
        name = tenants.name(tenant)
        counts.update({(name, presence.value): 0 for presence in Presence})
        counts.update((name, agent.state.presence.value) for agent in live[tenant].agents)
    for labels, count in counts.items():
        gauge.add_metric(list(labels), count)
    return gauge


def _hours_known(shown: Iterable[PartitionFigures], at_ms: int) -> Metric:
    """Of tenants beyond those that have a name of their own, the one that is nearest to its end."""
    gauge = GaugeMetricFamily(
        "switchroom_opening_hours_known_seconds", "How long the plan's opening hours are known for", labels=["tenant"]
    )
    states = {tenant: each.figures.live.state(tenant) for each in shown for tenant in each.figures.live.tenants()}
    tenants = Names(TENANTS_MAX)
    until_ms: dict[str, int] = {}
    for tenant in sorted(states):
        if known_until_ms := states[tenant].open_hours.known_until_ms:
            name = tenants.name(tenant)
            until_ms[name] = min(known_until_ms, until_ms.get(name, known_until_ms))
    for name, known_until_ms in until_ms.items():
        gauge.add_metric([name], (known_until_ms - at_ms) / MS_PER_S)
    return gauge


def _counter(family: Family, labels: tuple[str, ...], groups: list[tuple[list[str], Tally]]) -> Metric:
    further = (family.label,) if family.label else ()
    counter = CounterMetricFamily(f"switchroom_{family.name}", family.says, labels=[*labels, *further])
    for at, tally in groups:
        for count, value in family.counts:
            if count in tally.counts:
                counter.add_metric([*at, *([value] if family.label else [])], tally.counts[count])
    return counter


def _histogram(name: str, says: str, labels: tuple[str, ...], groups: list[tuple[list[str], Spans]]) -> Metric:
    histogram = HistogramMetricFamily(f"switchroom_{name}", says, labels=list(labels))
    bounds = [*(str(float(bound_s)) for bound_s in BUCKETS_S), "+Inf"]
    for at, spans in groups:
        if any(spans.buckets):
            up_to = list(zip(bounds, accumulate(spans.buckets), strict=True))
            histogram.add_metric(at, up_to, spans.sum_ms / MS_PER_S)
    return histogram


def _merged(pairs: Iterable[tuple[K, Tally]]) -> dict[K, Tally]:
    """Tallies of one group in several partitions (only "other" can be) as one."""
    merged: dict[K, Tally] = {}
    for key, tally in pairs:
        merged.setdefault(key, Tally()).join(tally)
    return merged
