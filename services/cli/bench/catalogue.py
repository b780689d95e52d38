"""All figures of the benches, and what measures them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.cli.bench import against_scan, against_sql, growth, rebuild, whole_command
from services.cli.bench.figure import Figure
from services.cli.bench.sizes import Effort


@dataclass(frozen=True, slots=True)
class Entry:
    """Figures that are measured together, by name."""

    names: tuple[str, ...]
    measure: Callable[[Effort], Iterator[Figure]]

    @property
    def about(self) -> str:
        """What is measured, in a sentence or two."""
        return (self.measure.__doc__ or "").partition("\n")[0]


ENGINE = (
    Entry(
        ("engine.longest_idle.1k_agents_1k_waiting", "engine.longest_idle_indexed.1k_agents_1k_waiting"),
        against_sql.longest_idle,
    ),
    Entry(("engine.round_robin.1k_agents_1k_waiting",), against_sql.round_robin),
    Entry(("engine.longest_idle.10k_agents_1k_waiting",), against_sql.longest_idle_10k),
    Entry(
        ("engine.backlog.1k_agents_100k_waiting", "engine.backlog_evaluated.1k_agents_100k_waiting"),
        against_sql.backlog,
    ),
    Entry(("engine.naive.1k_agents",), against_scan.naive_1k),
    Entry(("engine.naive.10k_agents",), against_scan.naive_10k),
    Entry(("engine.identical_decisions",), against_scan.identical_decisions),
    Entry(("engine.growth.waiting_10k_to_1m",), growth.with_waiting),
    Entry(("engine.growth.agents_1k_to_50k",), growth.with_agents),
    Entry(("engine.decision_p99_us.1k_agents",), growth.slow_decisions),
    Entry(("engine.bytes_per_waiting_contact", "engine.bytes_per_remembered_id"), growth.weights),
    Entry(("decide.longest_idle.1k_agents_1k_waiting",), whole_command.arrivals),
    Entry(
        ("decide.backlog.1k_agents_100k_waiting", "decide.backlog_evaluated.1k_agents_100k_waiting"),
        whole_command.backlog,
    ),
    Entry(("decide.p99_us.1k_agents",), whole_command.slow_commands),
)


REBUILD = (
    Entry(("rebuild.snapshot_and_10k_batches_s",), rebuild.warm),
    Entry(("rebuild.cold_1m_events_s",), rebuild.cold),
)


def chosen(prefix: str, among: tuple[Entry, ...] = ENGINE) -> tuple[Entry, ...]:
    """The entries with a figure whose name begins so, all for an empty prefix."""
    return tuple(entry for entry in among if any(name.startswith(prefix) for name in entry.names))


def measured(entry: Entry, effort: Effort, prefix: str = "") -> Iterator[Figure]:
    """The entry's figures whose names begin so."""
    return (figure for figure in entry.measure(effort) if figure.name.startswith(prefix))
