"""Idle agents in the order of a policy: the next one is found without looking at the others.

A heap holds a number for each agent who may be free. The number that was right once is never above the one that is
right now, since whatever lowers a number notes it anew (`note`); so what comes up first is looked at, put right if need
be, and the first that is right is the first of all. Who is not free any more stays until they come up.

Pools of one order stand side by side: what is at the top of each is in one list, `tops`, so that the lowest of many is
found by `min`.
"""

from collections.abc import Callable, Mapping, Sequence
from heapq import heappop, heappush, heapreplace
from operator import add, itemgetter

from services.router.core.records import Agent

# Above all numbers and what can be added to them: nobody is in the pool.
NEVER = 1 << 160
NONE_BELOW = NEVER >> 1

Entry = tuple[int, str]


class Pool:
    """Agents in an order. `room` is theirs, of whom those count who have the bit of `kind`."""

    __slots__ = ("_agents", "_heap", "_kind", "_noted", "_number_of", "_place", "_room", "_tops")

    def __init__(self, pools: "Pools", place: int) -> None:
        self._heap: list[Entry] = []
        self._noted: dict[str, int] = {}
        self._agents, self._room = pools.agents, pools.room
        self._kind, self._number_of = pools.kind, pools.number_of
        self._tops, self._place = pools.tops, place

    def note(self, agent: Agent, *, may_be_lower: bool) -> None:
        """The agent is free; the number may have come to be lower than it was."""
        noted = self._noted.get(agent.id)
        if noted is not None and not may_be_lower:
            return
        number = self._number_of(agent)
        if noted is None or number < noted:
            self._noted[agent.id] = number
            self.put_back((number, agent.id))

    def leave(self, agent_id: str) -> None:
        """The agent is not free any more. Only the top has to be put right."""
        if self._heap and self._heap[0][1] == agent_id:
            self.first()

    def first(self) -> Entry | None:
        """The free agent with the lowest number, of several whose id comes first. It stays at the heap's top."""
        heap, noted, room, kind = self._heap, self._noted, self._room, self._kind
        while heap:
            number, agent_id = entry = heap[0]
            is_free = room.get(agent_id, 0) & kind
            now = self._number_of(self._agents[agent_id]) if is_free else NEVER
            if now == number:
                self._tops[self._place] = number
                return entry
            if noted.get(agent_id) != number:
                heappop(heap)  # left over from before it was lower
            elif is_free:
                noted[agent_id] = now
                heapreplace(heap, (now, agent_id))
            else:
                heappop(heap)
                del noted[agent_id]
        self._tops[self._place] = NEVER
        return None

    @property
    def agent(self) -> str:
        """Who is at the top."""
        return self._heap[0][1]

    def settled(self) -> "Pool | None":
        """Itself, if its top was right; if not, it is now."""
        number = self._heap[0][0]
        first = self.first()
        return self if first is not None and first[0] == number else None

    def take(self) -> Entry:
        """The top, taken out until it is put back."""
        entry = heappop(self._heap)
        self._tops[self._place] = self._heap[0][0] if self._heap else NEVER
        return entry

    def put_back(self, entry: Entry) -> None:
        heappush(self._heap, entry)
        self._tops[self._place] = self._heap[0][0]


class Pools:
    """Pools of one order and one kind of room."""

    def __init__(
        self, agents: Mapping[str, Agent], room: Mapping[str, int], kind: int, number_of: Callable[[Agent], int]
    ) -> None:
        self.agents = agents
        self.room = room
        self.kind = 1 << kind
        self.number_of = number_of
        self.tops: list[int] = []
        self.pools: list[Pool] = []

    def add(self) -> Pool:
        """One more pool."""
        pool = Pool(self, len(self.pools))
        self.tops.append(NEVER)
        self.pools.append(pool)
        return pool


class Choosers:
    """The pools among which whoever waits in a line finds an agent, and what the line adds to the numbers in each."""

    __slots__ = ("_look", "_offsets", "_pools", "_tops")

    def __init__(self, pools: Pools, places: tuple[int, ...], offsets: tuple[int, ...]) -> None:
        self._pools = [pools.pools[place] for place in places]
        self._tops = pools.tops
        self._look = looking_at(places)
        self._offsets = offsets if any(offsets) else ()

    def first_two(self, passed_over: frozenset[str]) -> list[str]:
        """The two agents who come first in all pools, or as many as there are, leaving these out."""
        if passed_over:
            return self._first_two_but(passed_over)
        winner = self._first()
        if winner is None:
            return []
        first = winner.take()
        found = [first[1]]
        while len(found) < 2 and (other := self._first()) is not None:
            if other.agent == first[1]:
                other.take()  # noted twice: once is enough
            else:
                found.append(other.agent)
        winner.put_back(first)
        return found

    def _first_two_but(self, passed_over: frozenset[str]) -> list[str]:
        found: list[str] = []
        taken: dict[str, tuple[Pool, Entry]] = {}
        while len(found) < 2 and (pool := self._first()) is not None:
            entry = pool.take()
            if entry[1] not in passed_over and entry[1] not in taken:
                found.append(entry[1])
            taken[entry[1]] = (pool, entry)
        for pool, entry in taken.values():
            pool.put_back(entry)
        return found

    def _first(self) -> Pool | None:
        """The pool whose first agent comes first of all."""
        while True:
            numbers = self._look(self._tops)
            if self._offsets:
                numbers = tuple(map(add, numbers, self._offsets))
            least = min(numbers, default=NEVER)
            if least > NONE_BELOW:
                return None
            place = numbers.index(least)
            if least in numbers[place + 1 :]:
                same = self._first_of([place for place, number in enumerate(numbers) if number == least])
                if same is not None:
                    return same
                continue
            pool = self._pools[place]
            first = pool.first()
            if first is not None and first[0] == (least - self._offsets[place] if self._offsets else least):
                return pool

    def _first_of(self, places: list[int]) -> Pool | None:
        """Of pools with the same number, the one whose agent's id comes first; None if a number was not right."""
        pools = [self._pools[place].settled() for place in places]
        right = [pool for pool in pools if pool is not None]
        return min(right, key=_agent_of) if len(right) == len(pools) else None


def looking_at(places: Sequence[int]) -> Callable[[Sequence[int]], tuple[int, ...]]:
    """What takes the numbers at these places out of a list, quickly."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda numbers: tuple(numbers[place] for place in places)


def _agent_of(pool: Pool) -> str:
    return pool.agent
