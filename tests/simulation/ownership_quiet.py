"""Faults stop, and one router is assigned: does it get something decided, from this state?"""

from itertools import chain

from tests.simulation.ownership_lives import NOTHING, Lives
from tests.simulation.ownership_world import Violation

QUIET_ROUNDS_MAX = 8
PROPOSALS_IN_QUIET = 2
# An owner that always has something more to append gets nowhere either.
POLLS_MAX = 4

# A message as ownership_search.py has it: router, token, record, how often it landed.
Message = tuple[int, int, int, int]


class Quiet:
    """Remembers which states at rest were seen to live."""

    def __init__(self, lives: Lives) -> None:
        self._lives = lives
        self._live: set[tuple[tuple[int, ...], int]] = set()

    def __len__(self) -> int:
        return len(self._live)

    def check(
        self, routers: tuple[tuple[int, int], ...], unread: tuple[int, ...], fold: int, messages: tuple[Message, ...]
    ) -> None:
        """Raises Violation unless each router, assigned alone, gets batches decided."""
        for lands in (False, True) if any(not message[3] for message in messages) else (False,):
            rest = _AtRest(self._lives, fold, [life for life, _ in routers])
            rest.settle(routers, unread, messages, lands=lands)
            for chosen in range(len(routers)):
                key = (tuple(rest.routers), chosen)
                if key not in self._live:
                    _AtRest(self._lives, rest.fold, list(rest.routers)).decide(chosen)
                    self._live.add(key)


class _AtRest:
    """The routers behind the log's end."""

    def __init__(self, lives: Lives, fold: int, routers: list[int]) -> None:
        self._lives = lives
        self.fold = fold
        self.routers = routers
        self._released = [0] * len(routers)

    def settle(
        self,
        routers: tuple[tuple[int, int], ...],
        unread: tuple[int, ...],
        messages: tuple[Message, ...],
        *,
        lands: bool,
    ) -> None:
        """What was on its way is lost, or lands; who waits for it is told that it failed; all read to the end."""
        for router, token, _, _ in messages:
            if token != NOTHING:
                self.routers[router] = self._lives.fail(self.routers[router], token).life
        for router, (_, count) in enumerate(routers):
            for entry in unread[len(unread) - count :]:
                self._read(router, entry)
        for _, _, record, landed in messages if lands else ():
            if not landed:
                self._land(record)

    def decide(self, chosen: int) -> None:
        """Raises Violation if the router that is assigned alone gets nothing decided."""
        for router, life in enumerate(self.routers):
            moved = self._lives.assign(life, 0) if router == chosen else self._lives.unassign(life)
            self.routers[router] = moved.life
        for _ in range(QUIET_ROUNDS_MAX):
            self._round(chosen)
            if self._released[chosen] >= PROPOSALS_IN_QUIET:
                return
        raise Violation(f"after {QUIET_ROUNDS_MAX} quiet rounds the router assigned got nothing decided")

    def _round(self, chosen: int) -> None:
        records = list(chain.from_iterable(self._polled(router) for router in range(len(self.routers))))
        proposed = self._lives.propose(self.routers[chosen])
        if proposed is not None:
            self.routers[chosen] = proposed.life
            records.append(proposed.record)
        for record in records:
            self._land(record)

    def _polled(self, router: int) -> list[int]:
        records: list[int] = []
        while len(records) < POLLS_MAX and (sent := self._lives.poll(self.routers[router])) is not None:
            self.routers[router] = sent.life
            records.append(sent.record)
        return records

    def _land(self, record: int) -> None:
        entry = self._lives.land(self.fold, record)
        self.fold = self._lives.entries[entry].after
        for router in range(len(self.routers)):
            self._read(router, entry)

    def _read(self, router: int, entry: int) -> None:
        moved = self._lives.read(self.routers[router], entry)
        self.routers[router] = moved.life
        self._released[router] += moved.released
