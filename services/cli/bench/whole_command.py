"""The whole command beside the SQL-scan method, and beside a command that does nothing."""

from collections.abc import Iterator
from functools import partial

from services.cli.bench.commands import agents_complete, contacts_arrive, nothing_happens
from services.cli.bench.figure import Figure, compared
from services.cli.bench.floor import Floor
from services.cli.bench.sizes import Effort
from services.cli.bench.sql_floor import SqlFloor
from services.cli.bench.sql_model import Strategy
from services.cli.bench.timing import measure
from services.cli.bench.workload import Workload
from services.plan.compiled import Policy

COMMANDS = 1000
UNIT = "decisions/s"


def arrivals(effort: Effort) -> Iterator[Figure]:
    """A contact arrives and goes to the one who has been idle for longest; 1000 agents, 1000 waiting."""
    size = effort.size(1000, 1000, Policy.LONGEST_IDLE)
    floor, plain = Floor(Workload(size)), SqlFloor(Workload(size), Strategy.LONGEST_IDLE)
    by_command, by_plain = measure(
        effort.rounds,
        partial(contacts_arrive, floor, effort.some(COMMANDS)),
        partial(plain.round, effort.some(100)),
    )
    yield compared("decide.longest_idle.1k_agents_1k_waiting", UNIT, by_command.rate(), by_plain.rate())


def backlog(effort: Effort) -> Iterator[Figure]:
    """An agent completes a call and gets the best of what waits; 1000 agents, 100 000 waiting.

    Beside the method doing the same, and (`evaluated`) beside its evaluation of a member alone: see `against_sql`.
    """
    crowd = effort.size(1000, 100_000, Policy.LONGEST_IDLE, free_percent=0)
    floor, plain = Floor(Workload(crowd)), SqlFloor(Workload(crowd), Strategy.LONGEST_IDLE)
    some_free = SqlFloor(Workload(effort.size(1000, 100_000, Policy.LONGEST_IDLE)), Strategy.LONGEST_IDLE)
    by_command, by_plain, by_evaluation = measure(
        effort.rounds,
        partial(agents_complete, floor, effort.some(COMMANDS)),
        partial(plain.freed_round, effort.some(5)),
        partial(some_free.round, effort.some(10)),
    )
    rate = by_command.rate()
    yield compared("decide.backlog.1k_agents_100k_waiting", UNIT, rate, by_plain.rate())
    yield compared("decide.backlog_evaluated.1k_agents_100k_waiting", UNIT, rate, by_evaluation.rate())


def slow_commands(effort: Effort) -> Iterator[Figure]:
    """What 99 of 100 arrivals stay within, and commands that do nothing; 1000 agents, all policies."""
    floor = Floor(Workload(effort.size(1000, 1000, *Policy)))
    by_command, by_nothing = measure(
        effort.rounds,
        partial(contacts_arrive, floor, effort.some(COMMANDS)),
        partial(nothing_happens, floor, effort.some(COMMANDS)),
    )
    yield compared("decide.p99_us.1k_agents", "us", by_command.percentile_us(99), by_nothing.percentile_us(99))
