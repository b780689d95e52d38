"""The engine beside the plain scan: how much faster, and whether it decides the same."""

import sys
from collections.abc import Iterator
from functools import partial

from services.cli.bench.engine_adapter import EngineMatcher
from services.cli.bench.figure import Figure, compared
from services.cli.bench.floor import Floor
from services.cli.bench.identical import compare
from services.cli.bench.rounds import contacts_find_agents
from services.cli.bench.scan_adapter import ScanMatcher
from services.cli.bench.sizes import Effort
from services.cli.bench.timing import measure
from services.cli.bench.workload import Workload
from services.plan.compiled import Policy

COMPARED = 100_000


def naive_1k(effort: Effort) -> Iterator[Figure]:
    """1000 agents, all policies."""
    yield _naive(effort, "engine.naive.1k_agents", 1000)


def naive_10k(effort: Effort) -> Iterator[Figure]:
    """10 000 agents, all policies."""
    yield _naive(effort, "engine.naive.10k_agents", 10_000)


def identical_decisions(effort: Effort) -> Iterator[Figure]:
    """The share of random decisions, under every policy, in which both say the same; the first difference is told."""
    comparison = compare(effort.some(COMPARED), EngineMatcher, ScanMatcher)
    sys.stderr.write(f"  {comparison.found} of {comparison.decisions} decisions found somebody\n")
    if comparison.first_difference:
        sys.stderr.write(f"{comparison.first_difference}\n")
    yield Figure("engine.identical_decisions", comparison.share, "share", comparison.decisions, 1.0, comparison.share)


def _naive(effort: Effort, name: str, agents: int) -> Figure:
    size = effort.size(agents, 1000, *Policy)
    engine, naive = Floor(Workload(size)), Floor(Workload(size))
    decisions = effort.some(50_000 // agents, 5)
    by_engine, by_naive = measure(
        effort.rounds,
        partial(contacts_find_agents, engine, EngineMatcher(engine.state), effort.some(5000)),
        partial(contacts_find_agents, naive, ScanMatcher(naive.state), decisions, times_put=False),
    )
    return compared(name, "decisions/s", by_engine.rate(), by_naive.rate())
