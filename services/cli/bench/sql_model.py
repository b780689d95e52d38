"""A model of the SQL-scan method: SQLite in memory, each waiting member evaluated with a full, ordered query."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from services.cli.bench import sql_statements as sql

_WRAP_UP_S = 9
_LAST_BRIDGE_END = 13
_READY_TIME = 15


class Strategy(StrEnum):
    """The order in which the method takes the agents of a queue."""

    LONGEST_IDLE = sql.LONGEST_IDLE
    ROUND_ROBIN = sql.ROUND_ROBIN


@dataclass(frozen=True, slots=True)
class Member:
    """Who waits, and where."""

    uuid: str
    queue: str


class SqlModel:
    """A database of agents, tiers and members, and the method's way of finding who gets a member.

    Times are whole seconds of the model's own clock, which moves on with each decision.
    """

    def __init__(self, strategy: Strategy, *, indexed: bool) -> None:
        self.run = sqlite3.connect(":memory:", isolation_level=None, cached_statements=0).execute
        self._strategy = strategy
        self._now_s = 1_000_000
        for statement in (*sql.PRAGMAS, *sql.TABLES, *(sql.INDEXES if indexed else ())):
            self.run(statement)
        self._positions: dict[str, int] = {}

    def add_agent(self, name: str, queues: Iterable[str], *, free: bool, idle_s: int = 0) -> None:
        """An agent in queues, last in each; the last call was offered and ended so long ago."""
        state = "Waiting" if free else "In a queue call"
        self.run(sql.ADD_AGENT, (name, name, state, self._now_s - idle_s, self._now_s - idle_s))
        for queue in queues:
            self._positions[queue] = self._positions.get(queue, 0) + 1
            self.run(sql.ADD_TIER, (queue, name, self._positions[queue]))

    def join(self, member: Member) -> None:
        """The member waits from now on."""
        self._now_s += 1
        self.run(sql.ADD_MEMBER, (member.queue, member.uuid, member.uuid, self._now_s, self._now_s))

    def leave(self, member: Member) -> None:
        self.run(sql.DROP_MEMBER, (member.uuid,))

    def free(self, name: str) -> None:
        """The agent has nothing to do any more."""
        self.run(sql.FREE_AGENT, (self._now_s, name))

    def waiting(self) -> Iterator[Member]:
        """A pass's look at who waits, in the order in which they are served.

        The database has sorted all of them before it gives the first.
        """
        for row in self.run(sql.MEMBERS_IN_ORDER, (self._now_s,)):
            yield Member(uuid=row[1], queue=row[0])

    def assign(self, member: Member) -> str:
        """Evaluate one member as a pass does: whom it is offered to now, or "" if nobody is free.

        Raises sqlite3.Error for a bug in the model.
        """
        self._now_s += 1
        name = self._first_free(member.queue)
        if not name:
            return ""
        self.run(sql.TRY_MEMBER, (name, member.uuid))
        if self.run(sql.IS_TRIED, (name, member.uuid)).fetchone()[0] != 1:
            return ""
        self.run(sql.CALL_AGENT, (self._now_s, name))
        self.run(sql.OFFER_TIER, (name, member.queue))
        self.run(sql.OTHER_TIERS, (name, member.queue))
        return name

    def _first_free(self, queue: str) -> str:
        """Walk the ordered rows until one will do; the database has sorted them all by then."""
        rows = self.run(self._strategy, {"queue": queue} if self._strategy is Strategy.ROUND_ROBIN else (queue,))
        for row in rows:
            if self._is_free(row):
                rows.close()
                return str(row[0])
        return ""

    def _is_free(self, row: tuple[int | str, ...]) -> bool:
        wrapped_up_s = int(row[_LAST_BRIDGE_END]) + int(row[_WRAP_UP_S])
        is_idle = row[2] == "Available" and row[3] == "Waiting"
        return is_idle and wrapped_up_s <= self._now_s and int(row[_READY_TIME]) <= self._now_s
