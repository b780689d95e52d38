"""First come, first served, worked out contact by contact without any routing: what the core's waits must equal."""

from heapq import heapify, heappop, heappush, heapreplace

from services.cli.simulate.visits import Visit
from tests.simulation.erlang import poisson_excess, poisson_tail
from tests.simulation.law_floor import HANDLING_MS, Floor, Wait


class Recursion:
    """When each agent is free again: Kiefer and Wolfowitz (1955), "On the Theory of Queues with Many Servers".

    Whoever would wait longer than their patience gives up and takes no agent's time: Baccelli, Boyer and Hebuterne
    (1984), "Single-Server Queues with Impatient Customers".
    """

    def __init__(self, agents: int) -> None:
        self._free_ms = [0] * agents
        heapify(self._free_ms)

    def wait(self, visit: Visit) -> Wait:
        """Of the next to come."""
        starts_ms = max(self._free_ms[0], visit.at_ms)
        wait_ms = starts_ms - visit.at_ms
        if wait_ms >= visit.patience_ms:
            return Wait(visit.patience_ms, gave_up=True)
        heapreplace(self._free_ms, starts_ms + visit.handling_ms)
        return Wait(wait_ms, gave_up=False)


class Controls:
    """What is known of the input beforehand: for each contact, how far it is from its true mean.

    The gap before it and its handling; how many would be there if nobody ever waited (M/M/infinity: Poisson); and,
    where the load is below 1, what it would wait for one agent who works as fast as all of them together (M/M/1 by
    Lindley's recursion; the mean by Pollaczek and Khinchine). One agent is that system itself: it is left out there.
    """

    def __init__(self, floor: Floor) -> None:
        self._agents, self._load = floor.agents, floor.load
        self._gap_ms = 1 / floor.arrivals_per_ms
        self._tail = poisson_tail(floor.agents * floor.load, floor.agents)
        self._excess = poisson_excess(floor.agents * floor.load, floor.agents)
        self._crowd = _Crowd()
        self._before_ms = 0
        self._lone_ms = 0.0
        self._has_lone = floor.load < 1 and floor.agents > 1

    def of(self, visit: Visit) -> tuple[float, ...]:
        """Of the next to come."""
        gap_ms = visit.at_ms - self._before_ms
        self._before_ms = visit.at_ms
        there = self._crowd.found_by(visit)
        known = (
            gap_ms / self._gap_ms - 1,
            visit.handling_ms / HANDLING_MS - 1,
            (there >= self._agents) - self._tail,
            max(0, there - self._agents) - self._excess,
        )
        return (*known, *self._lone(visit, gap_ms)) if self._has_lone else known

    def _lone(self, visit: Visit, gap_ms: int) -> tuple[float, float]:
        wait_ms = max(0.0, self._lone_ms - gap_ms)
        self._lone_ms = wait_ms + visit.handling_ms / self._agents
        mean_ms = HANDLING_MS / self._agents * self._load / (1 - self._load)
        return wait_ms / mean_ms - 1, (wait_ms > 0) - self._load


class _Crowd:
    """Who would be there if everybody were served at once."""

    def __init__(self) -> None:
        self._ends_ms: list[int] = []

    def found_by(self, visit: Visit) -> int:
        ends_ms = self._ends_ms
        while ends_ms and ends_ms[0] <= visit.at_ms:
            heappop(ends_ms)
        found = len(ends_ms)
        heappush(ends_ms, visit.at_ms + visit.handling_ms)
        return found
