"""The engine beside the SQL-scan method: rates of decisions on the same workload, round by round in the same run."""

from collections.abc import Iterator
from functools import partial

from services.cli.bench.engine_adapter import EngineMatcher
from services.cli.bench.figure import Figure, compared
from services.cli.bench.floor import Floor
from services.cli.bench.rounds import agents_find_contacts, contacts_find_agents
from services.cli.bench.sizes import Effort
from services.cli.bench.sql_floor import SqlFloor
from services.cli.bench.sql_model import Strategy
from services.cli.bench.timing import measure
from services.cli.bench.workload import Workload
from services.plan.compiled import Policy

UNIT = "decisions/s"
ENGINE_DECISIONS = 5000


def longest_idle(effort: Effort) -> Iterator[Figure]:
    """1000 agents, 1000 waiting; the method as it is, and with indexes that it does not have."""
    size = effort.size(1000, 1000, Policy.LONGEST_IDLE)
    engine = Floor(Workload(size))
    plain = SqlFloor(Workload(size), Strategy.LONGEST_IDLE)
    indexed = SqlFloor(Workload(size), Strategy.LONGEST_IDLE, indexed=True)
    by_engine, by_plain, by_indexed = measure(
        effort.rounds,
        partial(contacts_find_agents, engine, EngineMatcher(engine.state), effort.some(ENGINE_DECISIONS)),
        partial(plain.round, effort.some(100)),
        partial(indexed.round, effort.some(100)),
    )
    rate = by_engine.rate()
    yield compared("engine.longest_idle.1k_agents_1k_waiting", UNIT, rate, by_plain.rate())
    yield compared("engine.longest_idle_indexed.1k_agents_1k_waiting", UNIT, rate, by_indexed.rate())


def round_robin(effort: Effort) -> Iterator[Figure]:
    """1000 agents, 1000 waiting."""
    yield _arrivals(effort, "engine.round_robin.1k_agents_1k_waiting", 1000, Policy.ROUND_ROBIN, Strategy.ROUND_ROBIN)


def longest_idle_10k(effort: Effort) -> Iterator[Figure]:
    """10 000 agents, 1000 waiting."""
    name = "engine.longest_idle.10k_agents_1k_waiting"
    yield _arrivals(effort, name, 10_000, Policy.LONGEST_IDLE, Strategy.LONGEST_IDLE)


def backlog(effort: Effort) -> Iterator[Figure]:
    """1000 agents, 100 000 waiting: what an agent gets who becomes free.

    Beside the method doing the same, and (`evaluated`) beside its evaluation of a member alone, with 20 % of the agents
    free and without the pass's look at who waits.
    """
    crowd = effort.size(1000, 100_000, Policy.LONGEST_IDLE, free_percent=0)
    engine, plain = Floor(Workload(crowd)), SqlFloor(Workload(crowd), Strategy.LONGEST_IDLE)
    some_free = SqlFloor(Workload(effort.size(1000, 100_000, Policy.LONGEST_IDLE)), Strategy.LONGEST_IDLE)
    by_engine, by_plain, by_evaluation = measure(
        effort.rounds,
        partial(agents_find_contacts, engine, EngineMatcher(engine.state), effort.some(ENGINE_DECISIONS)),
        partial(plain.freed_round, effort.some(5)),
        partial(some_free.round, effort.some(10)),
    )
    rate = by_engine.rate()
    yield compared("engine.backlog.1k_agents_100k_waiting", UNIT, rate, by_plain.rate())
    yield compared("engine.backlog_evaluated.1k_agents_100k_waiting", UNIT, rate, by_evaluation.rate())


def _arrivals(effort: Effort, name: str, agents: int, policy: Policy, strategy: Strategy) -> Figure:
    size = effort.size(agents, 1000, policy)
    engine = Floor(Workload(size))
    plain = SqlFloor(Workload(size), strategy)
    by_engine, by_plain = measure(
        effort.rounds,
        partial(contacts_find_agents, engine, EngineMatcher(engine.state), effort.some(ENGINE_DECISIONS)),
        partial(plain.round, effort.some(50_000 // agents, 5)),
    )
    return compared(name, UNIT, by_engine.rate(), by_plain.rate())
