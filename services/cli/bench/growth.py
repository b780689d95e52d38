"""How the engine's decisions grow with the centre, how long the slow ones take, and what things weigh."""

from collections.abc import Callable, Iterator
from functools import partial

from services.cli.bench.engine_adapter import EngineMatcher
from services.cli.bench.figure import Figure
from services.cli.bench.floor import Floor
from services.cli.bench.matcher import Matcher
from services.cli.bench.rounds import agents_find_contacts, contacts_find_agents
from services.cli.bench.sizes import Effort, Size
from services.cli.bench.timing import Round, measure
from services.cli.bench.weight import bytes_per_remembered_id, bytes_per_waiting_contact
from services.cli.bench.workload import Workload
from services.plan.compiled import Policy

DECISIONS = 5000
WEIGHED = 50_000

Decide = Callable[[Floor, Matcher, int], Round]


def with_waiting(effort: Effort) -> Iterator[Figure]:
    """What an agent who becomes free gets, with 10 000 and with 1 000 000 waiting: how many times the median."""
    small = effort.size(1000, 10_000, *Policy, free_percent=0)
    large = effort.size(1000, 1_000_000, *Policy, free_percent=0)
    yield _growth(effort, "engine.growth.waiting_10k_to_1m", small, large, agents_find_contacts)


def with_agents(effort: Effort) -> Iterator[Figure]:
    """Who gets a contact, with 1000 and with 50 000 agents: how many times the median."""
    small = effort.size(1000, 1000, *Policy)
    large = effort.size(50_000, 1000, *Policy)
    yield _growth(effort, "engine.growth.agents_1k_to_50k", small, large, contacts_find_agents)


def slow_decisions(effort: Effort) -> Iterator[Figure]:
    """What 99 of 100 decisions stay within, 1000 agents, all policies."""
    floor = Floor(Workload(effort.size(1000, 1000, *Policy)))
    (taken,) = measure(
        effort.rounds, partial(contacts_find_agents, floor, EngineMatcher(floor.state), effort.some(DECISIONS))
    )
    yield Figure("engine.decision_p99_us.1k_agents", taken.percentile_us(99).value, "us", taken.n)


def weights(effort: Effort) -> Iterator[Figure]:
    """What one more waiting contact, and one more id that is remembered, take in memory."""
    floor = Floor(Workload(effort.size(1000, 0, *Policy, free_percent=0)))
    things = effort.some(WEIGHED)
    yield Figure("engine.bytes_per_waiting_contact", bytes_per_waiting_contact(floor, things), "bytes", things)
    yield Figure("engine.bytes_per_remembered_id", bytes_per_remembered_id(floor, things), "bytes", things)


def _growth(effort: Effort, name: str, small: Size, large: Size, decide: Decide) -> Figure:
    floors = [Floor(Workload(size)) for size in (small, large)]
    runs = [partial(decide, floor, EngineMatcher(floor.state), effort.some(DECISIONS)) for floor in floors]
    by_small, by_large = measure(effort.rounds, *runs)
    times = by_large.percentile_us(50).value / by_small.percentile_us(50).value
    return Figure(name, times, "times", by_large.n, 1.0, times, by_small.n)
