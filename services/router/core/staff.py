"""The agents of a tenant as the index sees them: in crews, with room or without, and in pools where work finds them."""

from typing import NamedTuple

from services.plan.compiled import Policy, Queue, Weight
from services.router.core.crews import Crews, bits
from services.router.core.lines import Asked
from services.router.core.orders import numbering, offset_of
from services.router.core.pools import Choosers, Pool, Pools
from services.router.core.records import Agent
from services.router.core.rooms import Rooms
from services.router.core.tables import Tables

# Where more crews than this may take a contact, they have a pool together; otherwise each has its own.
CREWS_LOOKED_AT = 64


class _Order(NamedTuple):
    """What a pool is ordered by: two of these that are equal are one order."""

    policy: Policy
    weights: tuple[Weight, ...]


# Policies that order agents alike within a crew.
_ALIKE = {Policy.SKILL_BASED: Policy.LONGEST_IDLE, Policy.MOST_PROFICIENT: Policy.LONGEST_IDLE}


class Staff:
    """All agents under the plan in force. Crews are masks; kinds are those of `Rooms`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        agents = tables.agents.values()
        self.crews = Crews(agent.profile for agent in agents)
        self.crew_of = {agent.id: self.crews.number_of(agent.profile) or 0 for agent in agents}
        self.rooms = Rooms(tables, len(self.crews))
        self._members: list[list[str]] = [[] for _ in range(len(self.crews))]
        for agent_id, crew in self.crew_of.items():
            self._members[crew].append(agent_id)
        # By kind of room and crew: pools to note its agents in.
        self._pools_of: list[list[list[Pool]]] = [[[] for _ in range(len(self.crews))] for _ in self.rooms.kinds]
        # By kind of room and order: a pool for each crew. By kind, crews and order: a pool for all of them.
        self._crew_pools: dict[tuple[int, _Order], Pools] = {}
        self._own_pools: dict[tuple[int, int, _Order, Asked | None], Pools] = {}
        self._numbers: dict[int, tuple[int, ...]] = {}
        self._is_weighted = any(queue.policy is Policy.WEIGHTED for queue in tables.queues.values())

    def note(self, before: Agent | None, agent: Agent) -> bool:
        """The agent is as the record says, and was as the other says. False: of a crew that there was not."""
        crew = self.crew_of.get(agent.id)
        if crew is None or (before is not None and before.profile is not agent.profile):
            crew = self.crews.number_of(agent.profile)
            if crew is None or self.crew_of.setdefault(agent.id, crew) != crew:
                return False
        changed = self.rooms.note(agent, crew)
        room = self.rooms.room.get(agent.id, 0)
        for kind in self.rooms.in_mask[changed & ~room]:
            for pool in self._pools_of[kind][crew]:
                pool.leave(agent.id)
        if room:
            may_be_lower = before is None or self._is_weighted or _may_be_lower(before, agent)
            for kind in self.rooms.in_mask[room if may_be_lower else room & changed]:
                for pool in self._pools_of[kind][crew]:
                    pool.note(agent, may_be_lower=may_be_lower)
        return True

    def drop(self, agent_id: str) -> None:
        """The agent is no more."""
        crew = self.crew_of.get(agent_id)
        if crew is not None:
            self.rooms.drop(agent_id, crew)
            del self.crew_of[agent_id]

    def numbers(self, crews: int) -> tuple[int, ...]:
        """The numbers of crews."""
        numbers = self._numbers.get(crews)
        if numbers is None:
            numbers = self._numbers[crews] = tuple(bits(crews))
        return numbers

    def is_of(self, crews: int, agent_id: str) -> bool:
        """Whether the agent is of one of these crews."""
        crew = self.crew_of.get(agent_id)
        return crew is not None and bool(crews >> crew & 1)

    def has_room(self, crews: int, kind: int, agent_id: str) -> bool:
        """Whether the agent is of one of these crews, and has room for that kind."""
        return bool(self.rooms.room.get(agent_id, 0) >> kind & 1) and self.is_of(crews, agent_id)

    def servers(self, crews: int, kind: int) -> int:
        """How many contacts of that kind those of these crews who are on duty can have at once."""
        units, alone = self.rooms.kinds[kind]
        return sum(
            self.rooms.on_duty[crew] * (1 if alone else max(1, self.crews.profiles[crew].units // units))
            for crew in self.numbers(crews)
        )

    def choosers(self, crews: int, kind: int, asked: Asked, queue: Queue) -> Choosers:
        """Where contacts of a line find agents of these crews: a pool of each, or where they are many one of all."""
        numbers = self.numbers(crews)
        offsets = tuple(offset_of(queue, asked.skills, self.crews.profiles[crew]) for crew in numbers)
        if len(numbers) <= CREWS_LOOKED_AT:
            return Choosers(self._pools_of_crews(kind, queue), numbers, offsets)
        return Choosers(self._pool_of_all(crews, kind, asked if any(offsets) else None, queue), (0,), ())

    def _pools_of_crews(self, kind: int, queue: Queue) -> Pools:
        key = (kind, _order(queue))
        if key not in self._crew_pools:
            number_of = numbering(self._tables, queue, None)
            self._crew_pools[key] = pools = Pools(self._tables.agents, self.rooms.room, kind, number_of)
            for crew in range(len(self.crews)):
                self._fill(pools.add(), kind, crew)
        return self._crew_pools[key]

    def _pool_of_all(self, crews: int, kind: int, asked: Asked | None, queue: Queue) -> Pools:
        """One pool of all these crews; with what is asked, its numbers hold what that adds."""
        key = (kind, crews, _order(queue), asked)
        if key not in self._own_pools:
            number_of = numbering(self._tables, queue, asked.skills if asked else None)
            self._own_pools[key] = pools = Pools(self._tables.agents, self.rooms.room, kind, number_of)
            pool = pools.add()
            for crew in self.numbers(crews):
                self._fill(pool, kind, crew)
        return self._own_pools[key]

    def _fill(self, pool: Pool, kind: int, crew: int) -> None:
        self._pools_of[kind][crew].append(pool)
        for agent_id in self._members[crew]:
            agent = self._tables.agents.get(agent_id)
            if agent is not None and self.rooms.room.get(agent_id, 0) >> kind & 1:
                pool.note(agent, may_be_lower=True)


def _order(queue: Queue) -> _Order:
    return _Order(_ALIKE.get(queue.policy, queue.policy), queue.weights)


def _may_be_lower(before: Agent, agent: Agent) -> bool:
    """Whether a number of the agent may be lower than it was: those that go by weights are not looked at here."""
    return (
        agent.idle_since_ms < before.idle_since_ms
        or agent.answered < before.answered
        or agent.response_ms < before.response_ms
        or (len(before.items) > len(agent.items) and agent.idle_since_ms == before.idle_since_ms)
    )
