"""Agents with room in the order of a policy: the first and the second are found without looking at the others.

A pool is a sorted list of numbers, one for each agent who is in it now. A number ends with the agent's rank, their
place among all ids: so no two are the same, it says whose it is, and of equals the one comes first whose id does.

Pools of one order stand side by side: what is at the top of each is in one list, `tops`, so that the lowest of many is
found by `min`.
"""

from collections.abc import Callable, Sequence
from itertools import repeat
from operator import add, itemgetter

# Above the number of agents, and all that a number has beside the rank is above it.
RANK_BITS = 24
RANKS = (1 << RANK_BITS) - 1
# Above all numbers and what can be added to them, and of no agent's rank: these begin with 1.
NEVER = 1 << 200

# What takes the numbers at some places out of a list.
Glance = Callable[[Sequence[int]], Sequence[int]]


class Pools:
    """Pools of one order and one kind of room, each at a place of its own."""

    def __init__(self, places: int) -> None:
        self.tops = [NEVER] * places
        self.pools: dict[int, list[int]] = {}

    def add(self, place: int) -> list[int]:
        """A pool at that place, where there was none: after all, twice nobody, so that there is a second."""
        pool = self.pools[place] = [NEVER, NEVER]
        return pool


class Choosers:
    """The pools among which whoever waits in a line finds an agent, and what the line adds to the numbers in each.

    `ids` are the agents' by rank, with "" for nobody's.
    """

    __slots__ = ("_ids", "_look", "_offsets", "_pools", "_tops")

    def __init__(
        self, pools: Pools, places: Sequence[int], look: Glance, offsets: Sequence[int], ids: Sequence[str]
    ) -> None:
        self._pools = [pools.pools[place] for place in places]
        self._tops = pools.tops
        self._look = look
        self._offsets = offsets if any(offsets) else ()
        self._ids = ids

    def first_two(self) -> tuple[str, str]:
        """The two agents who come first in all pools; "" for nobody."""
        numbers, offsets, ids = list(self._look(self._tops)), self._offsets, self._ids
        if offsets:
            numbers = list(map(add, numbers, offsets))
        first = min(numbers)
        place = numbers.index(first)
        second = self._pools[place][1]
        numbers[place] = second + offsets[place] if offsets else second
        return ids[first & RANKS], ids[min(numbers) & RANKS]

    def first_two_but(self, passed_over: frozenset[str]) -> tuple[str, str]:
        """The two who come first without these."""
        deep = len(passed_over) + 2
        pools = zip(self._pools, self._offsets or repeat(0), strict=False)
        numbers = sorted(number + offset for pool, offset in pools for number in pool[:deep])
        ids = (self._ids[number & RANKS] for number in numbers)
        first, second, *_ = (each for each in ids if each not in passed_over)
        return first, second


def looking_at(places: Sequence[int]) -> Glance:
    """What takes the numbers at these places out of a list, quickly."""
    if len(places) > 1:
        return itemgetter(*places)
    return itemgetter(slice(places[0], places[0] + 1) if places else slice(0))
