"""The agents of a tenant as the index sees them: in crews, with room or without, and in pools where work finds them."""

from services.plan.compiled import Queue
from services.router.core.crews import Crews, bits
from services.router.core.lines import Asked
from services.router.core.orders import numbering, offset_of
from services.router.core.pools import RANK_BITS, Choosers, Glance, Pools, looking_at
from services.router.core.records import Agent
from services.router.core.rooms import ON_DUTY, Rooms
from services.router.core.seats import Order, Row, Seat, Standing, enter, leave, move, order_of
from services.router.core.tables import Tables

# Where more crews than this may take a contact, they have a pool together; otherwise each has its own.
CREWS_LOOKED_AT = 64


class Staff:
    """All agents under the plan in force. Crews are masks; kinds are those of `Rooms`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        agents = tables.agents.values()
        self.crews = Crews(agent.profile for agent in agents)
        self.rooms = Rooms(tables, len(self.crews))
        self.seats: dict[str, Seat] = {}
        # By rank; nobody's is 0.
        self._ids = ["", *sorted(agent.id for agent in agents)]
        self._ranks = {agent_id: rank for rank, agent_id in enumerate(self._ids)}
        self._rows = [Row(crew, len(self.rooms.kinds)) for crew in range(len(self.crews))]
        # By kind of room and order: a pool for each crew. By kind, crews and order: a pool for all of them.
        self._crew_pools: dict[tuple[int, Order], Pools] = {}
        self._own_pools: dict[tuple[int, int, Order, Asked | None], Pools] = {}
        self._numbers: dict[int, tuple[int, ...]] = {}
        self._looks: dict[int, Glance] = {}

    def note(self, agent: Agent) -> bool:
        """The agent is as the record says. False: there was no such agent, or no such crew."""
        seat = self.seats.get(agent.id)
        if seat is None or seat.profile is not agent.profile:
            seat = self._seated(agent)
            if seat is None:
                return False
        room = self.rooms.of(agent)
        if room > ON_DUTY:
            rank = seat.rank
            self._move(seat, room, [number_of(agent) << RANK_BITS | rank for number_of in seat.row.numberings])
        elif room != seat.room:
            self._move(seat, room, seat.numbers)
        return True

    def drop(self, agent_id: str) -> None:
        """The agent is no more."""
        seat = self.seats.pop(agent_id, None)
        if seat is not None:
            self._move(seat, 0, [])
            del seat.row.seats[seat.rank]

    def numbers(self, crews: int) -> tuple[int, ...]:
        """The numbers of crews."""
        numbers = self._numbers.get(crews)
        if numbers is None:
            numbers = self._numbers[crews] = tuple(bits(crews))
        return numbers

    def looking_at(self, crews: int) -> Glance:
        """What looks at the numbers of these crews. There is one for all who ask: the processor's cache is small."""
        look = self._looks.get(crews)
        if look is None:
            look = self._looks[crews] = looking_at(self.numbers(crews))
        return look

    def is_of(self, crews: int, agent_id: str) -> bool:
        """Whether the agent is of one of these crews."""
        seat = self.seats.get(agent_id)
        return seat is not None and bool(crews >> seat.row.crew & 1)

    def has_room(self, crews: int, kind: int, agent_id: str) -> bool:
        """Whether the agent is of one of these crews, and has room for that kind; kind 0 is being on duty."""
        return self.is_of(crews, agent_id) and bool(self.seats[agent_id].room >> kind & 1)

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
        offsets = [offset_of(queue, asked.skills, self.crews.profiles[crew]) << RANK_BITS for crew in numbers]
        if len(numbers) <= CREWS_LOOKED_AT:
            return Choosers(
                self._pools_of_crews(kind, numbers, queue), numbers, self.looking_at(crews), offsets, self._ids
            )
        key = (kind, crews, order_of(queue), asked if any(offsets) else None)
        if key not in self._own_pools:
            self._own_pools[key] = self._pool_of_all(kind, numbers, offsets, queue)
        return Choosers(self._own_pools[key], (0,), looking_at((0,)), (), self._ids)

    def _pools_of_crews(self, kind: int, crews: tuple[int, ...], queue: Queue) -> Pools:
        key = (kind, order_of(queue))
        if key not in self._crew_pools:
            self._crew_pools[key] = Pools(len(self._rows))
        pools = self._crew_pools[key]
        for crew in crews:
            if crew not in pools.pools:
                self._rows[crew].stand_in(
                    kind, Standing(pools.add(crew), pools.tops, crew, self._order(crew, queue), 0)
                )
        return pools

    def _pool_of_all(self, kind: int, crews: tuple[int, ...], offsets: list[int], queue: Queue) -> Pools:
        """One pool of all these crews: its numbers hold what is added to those of each."""
        pools = Pools(1)
        pool = pools.add(0)
        for crew, offset in zip(crews, offsets, strict=True):
            self._rows[crew].stand_in(kind, Standing(pool, pools.tops, 0, self._order(crew, queue), offset))
        return pools

    def _order(self, crew: int, queue: Queue) -> int:
        row, order = self._rows[crew], order_of(queue)
        number = row.order(order)
        if number is None:
            number = row.add_order(order, numbering(self._tables, queue), self._agent)
        return number

    def _agent(self, rank: int) -> Agent:
        return self._tables.agents[self._ids[rank]]

    def _seated(self, agent: Agent) -> Seat | None:
        """The seat of an agent who had none or has a new profile; None where that takes a new staff."""
        rank, crew = self._ranks.get(agent.id), self.crews.number_of(agent.profile)
        seat = self.seats.get(agent.id)
        if rank is None or crew is None or (seat is not None and seat.row.crew != crew):
            return None
        if seat is None:
            seat = self.seats[agent.id] = self._rows[crew].seats[rank] = Seat(rank, self._rows[crew], agent.profile)
        seat.profile = agent.profile
        return seat

    def _move(self, seat: Seat, room: int, numbers: list[int]) -> None:
        """The agent has that room and these numbers now: put it where that shows."""
        before, was, row = seat.room, seat.numbers, seat.row
        seat.room, seat.numbers = room, numbers
        if lost := before & ~room:
            for free in self.rooms.free_in[lost]:
                free[row.crew] -= 1
            leave(row.standings[lost], was)
        if won := room & ~before:
            for free in self.rooms.free_in[won]:
                free[row.crew] += 1
            enter(row.standings[won], numbers)
        if was != numbers:
            move(row.standings[before & room], was, numbers)
