"""Where each agent is in the pools: what has to be known of agents to put them there and take them out again."""

from bisect import bisect_left, insort
from collections.abc import Callable
from typing import NamedTuple

from services.plan.compiled import AgentProfile, Policy, Queue, Weight
from services.router.core.crews import bits
from services.router.core.pools import RANK_BITS
from services.router.core.records import Agent
from services.router.core.rooms import ON_DUTY


class Order(NamedTuple):
    """What a pool is ordered by: two of these that are equal are one order."""

    policy: Policy
    weights: tuple[Weight, ...]


# Policies that order agents alike within a crew.
_ALIKE = {Policy.SKILL_BASED: Policy.LONGEST_IDLE, Policy.MOST_PROFICIENT: Policy.LONGEST_IDLE}


def order_of(queue: Queue) -> Order:
    """The order in which a queue takes agents of one crew."""
    return Order(_ALIKE.get(queue.policy, queue.policy), queue.weights)


class Standing(NamedTuple):
    """A pool that a crew's agents stand in: by the number of which of the crew's orders, and what is added to it."""

    pool: list[int]
    tops: list[int]
    place: int
    order: int
    offset: int


class Standings(dict[int, list[Standing]]):
    """Where the agents of a crew stand who have some room."""

    def __init__(self, kinds: int) -> None:
        super().__init__()
        self._of_kind: list[list[Standing]] = [[] for _ in range(kinds)]

    def add(self, kind: int, standing: Standing) -> None:
        """One more for those who have room of that kind."""
        self._of_kind[kind].append(standing)
        self.clear()

    def __missing__(self, room: int) -> list[Standing]:
        standings = self[room] = [standing for kind in bits(room) for standing in self._of_kind[kind]]
        return standings


class Seat:
    """An agent who is known: the room, and the agent's number in each order of the crew.

    The numbers are of the time when there was room for anything.
    """

    __slots__ = ("numbers", "profile", "rank", "room", "row")

    def __init__(self, rank: int, row: "Row", profile: AgentProfile) -> None:
        self.rank, self.row, self.profile = rank, row, profile
        self.room = 0
        self.numbers: list[int] = []


class Row:
    """The seats of a crew by rank, the orders of the queues that it serves, and where it stands."""

    __slots__ = ("_orders", "crew", "numberings", "seats", "standings")

    def __init__(self, crew: int, kinds: int) -> None:
        self.crew = crew
        self.seats: dict[int, Seat] = {}
        self.standings = Standings(kinds)
        # By the numbers of the crew's orders.
        self.numberings: list[Callable[[Agent], int]] = []
        self._orders: dict[Order, int] = {}

    def order(self, order: Order) -> int | None:
        """Which of the crew's orders it is."""
        return self._orders.get(order)

    def add_order(self, order: Order, number_of: Callable[[Agent], int], agent_of: Callable[[int], Agent]) -> int:
        """One more order; `agent_of` gives agents by rank."""
        self.numberings.append(number_of)
        for rank, seat in self.seats.items():
            if seat.room > ON_DUTY:
                seat.numbers.append(number_of(agent_of(rank)) << RANK_BITS | rank)
        return self._orders.setdefault(order, len(self._orders))

    def stand_in(self, kind: int, standing: Standing) -> None:
        """Those who have room of that kind stand in the pool from now on."""
        self.standings.add(kind, standing)
        for seat in self.seats.values():
            if seat.room >> kind & 1:
                enter([standing], seat.numbers)


def enter(standings: list[Standing], numbers: list[int]) -> None:
    """Let an agent of these numbers into the pools."""
    for pool, tops, place, order, offset in standings:
        insort(pool, numbers[order] + offset)
        tops[place] = pool[0]


def leave(standings: list[Standing], numbers: list[int]) -> None:
    """Take an agent who was let in by these numbers out of the pools."""
    for pool, tops, place, order, offset in standings:
        del pool[bisect_left(pool, numbers[order] + offset)]
        tops[place] = pool[0]


def move(standings: list[Standing], was: list[int], numbers: list[int]) -> None:
    """Put an agent whose numbers have changed into the right places of the pools."""
    for pool, tops, place, order, offset in standings:
        del pool[bisect_left(pool, was[order] + offset)]
        insort(pool, numbers[order] + offset)
        tops[place] = pool[0]
