"""Every schedule of a small world in which routers want one partition: is one of them unsafe, does one end in nothing?

The simulator beside this (`ownership_world.py`) tries long schedules at random; here the schedules are short, and all
of them are tried. Both drive the code of the fold and of the Owner itself, not a model of it.

**What happens.** A schedule has so many claims, batches, failed appends, duplicates, crashes and changes of assignment
as `Scope` allows. An append lands at any time after it was made, before or after any other: late ones, and ones that
never land, need nothing more. "One loss" is a failed append: its sender is told, at any time, and it has landed, or
lands later, or never. A duplicate lands a second time. A router that crashes starts again at a checkpoint, while what
it sent may still land. A zombie is a router that is not moved for a while, which each schedule does that is not fair.
As many routers as there are may be assigned at once.

**"Two batches in flight"**: today's Owner has at most one of its own. Two are then one of a zombie and one of the new
owner; or a batch and its second append under the next claim; or one of a router's life before its crash.

**Time** is left out: back-off and retries are due whenever the schedule has their router act. What the back-off is for
is searched by itself (`ownership_duel_search.py`).

**What is not tried twice.** States that can do the same next are one state: offsets are counted from what each router
has read, tokens are named for what they touch, what all have read is forgotten. Reading alone is seen by nobody, so it
is put off until its router does something that is. Until the first claim all routers are alike, so the first makes it.

**Safe**: the checks of `ownership_world.World`, made in `ownership_lives.py`. **Live**: from each state, if faults stop
there and one router is assigned, it gets batches decided within QUIET_ROUNDS_MAX rounds, whether what was on its way is
lost or lands.
"""

import sys
from argparse import ArgumentParser
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic
from typing import NamedTuple

from services.router.owner import Owner
from services.shared.fence import BEGINNING, Barrier, Fence
from services.shared.log_codec import decode_record
from tests.simulation.ownership_lives import NOTHING, Lives
from tests.simulation.ownership_quiet import Message, Quiet
from tests.simulation.ownership_world import LANDINGS_MAX, FenceKind, OwnerKind, Violation

Left = tuple[int, ...]
CLAIMS, BATCHES, FAILURES, DUPLICATES, CRASHES, CHANGES = range(6)
# What a router does after so many reads: what, router, reads, record.
Deed = tuple[str, int, int, int]
QUIET = "faults stop: what is on its way is lost or lands, all is read, and one router alone is assigned"


class Scope(NamedTuple):
    """How much of each may happen in one schedule; `assigned` routers are so from the start."""

    claims: int = 3
    batches: int = 2
    failures: int = 1
    duplicates: int = 1
    crashes: int = 1
    changes: int = 0
    routers: int = 2
    assigned: int = 2


class State(NamedTuple):
    """`routers`: each one's life, and how many records of the log's end, `unread`, it has not read."""

    routers: tuple[tuple[int, int], ...]
    unread: tuple[int, ...]
    fold: int
    messages: tuple[Message, ...]
    left: Left


# Each a few seconds; together they have everything but all of it at once.
SMALL = (
    Scope(claims=2, crashes=0),
    Scope(claims=3, batches=1, duplicates=0, crashes=0),
    Scope(claims=2, batches=1, duplicates=0, crashes=1),
    Scope(claims=2, batches=1, duplicates=0, crashes=0, changes=2, assigned=1),
)
# Minutes: all at once; the assignment taken, given back and moved; a third router.
FULL = (
    Scope(),
    Scope(duplicates=0, crashes=0, changes=2),
    Scope(claims=2, duplicates=0, changes=2, assigned=1),
    Scope(failures=2, duplicates=0, crashes=0),
    Scope(batches=1, duplicates=0, crashes=0, routers=3, assigned=3),
)


@dataclass(frozen=True, slots=True)
class Found:
    """What went wrong, and the shortest schedule that ends so."""

    violation: str
    schedule: list[str]

    def __str__(self) -> str:
        return "\n".join((f"{self.violation}, after", *(f"  {deed}" for deed in self.schedule)))


class Search:
    """The schedules of one scope."""

    def __init__(self, scope: Scope, owner_kind: OwnerKind = Owner, fence_kind: FenceKind = Fence) -> None:
        self.scope = scope
        self.lives = Lives(owner_kind, fence_kind)
        self.schedules_from: dict[State, int] = {}
        self.moves = 0
        self.quiet = Quiet(self.lives)
        self._doing: Deed = ("nothing", 0, 0, 0)

    def explore(self) -> int:
        """Try them all; returns how many there are. Raises Violation."""
        return self._explore(self._start())

    def shortest_violation(self) -> Found | None:
        """Try the shorter ones first, up to the first that goes wrong."""
        start = self._start()
        came_from: dict[State, tuple[State, Deed] | None] = {start: None}
        states = deque([start])
        while states:
            state = states.popleft()
            try:
                for deed, following in self._checked(state):
                    if following not in came_from:
                        came_from[following] = (state, deed)
                        states.append(following)
            except Violation as violation:
                return Found(str(violation), self._schedule(came_from, state))
        return None

    def _explore(self, state: State) -> int:
        known = self.schedules_from.get(state)
        if known is not None:
            return known
        schedules = 0
        for _, following in self._checked(state):
            self.moves += 1
            schedules += self._explore(following)
        self.schedules_from[state] = max(1, schedules)
        return max(1, schedules)

    def _start(self) -> State:
        fold = self.lives.folds.number_of(BEGINNING)
        lives = [self.lives.born(number, fold) for number in range(1, self.scope.routers + 1)]
        assigned = [self.lives.assign(life, 0).life for life in lives[: self.scope.assigned]]
        routers = tuple((life, 0) for life in assigned + lives[self.scope.assigned :])
        return State(routers, (), fold, (), tuple(self.scope[: CHANGES + 1]))

    # --- what may come next -----------------------------------------------------------------------------------------

    def _checked(self, state: State) -> Iterator[tuple[Deed, State]]:
        self._doing = (QUIET, 0, 0, 0)
        self.quiet.check(state.routers, state.unread, state.fold, state.messages)
        # Until the first claim all routers are alike: it is the first's.
        alike = state.left[CLAIMS] == self.scope.claims
        for router in range(1 if alike else len(state.routers)):
            yield from self._restarts(state, router)
            yield from self._acts(state, router)
        yield from self._landings(state)

    def _restarts(self, state: State, router: int) -> Iterator[tuple[Deed, State]]:
        life, unread = state.routers[router]
        if state.left[CRASHES]:
            left = _less(state.left, CRASHES)
            number = len(state.routers) + self.scope.crashes - left[CRASHES]
            born = self.lives.born(number, state.fold)
            if self.lives.is_assigned(life):
                born = self.lives.assign(born, 0).life
            messages = _renamed(state.messages, router, (NOTHING, NOTHING, NOTHING))
            yield ("crashes and starts again", router, 0, 0), _after(state, router, (born, 0), messages, left)
        if state.left[CHANGES]:
            assigned = self.lives.is_assigned(life)
            moved = self.lives.unassign(life) if assigned else self.lives.assign(life, unread)
            messages = _renamed(state.messages, router, moved.tokens)
            left = _less(state.left, CHANGES)
            deed = "is assigned no more" if assigned else "is assigned"
            yield (deed, router, 0, 0), _after(state, router, (moved.life, unread), messages, left)

    def _acts(self, state: State, router: int) -> Iterator[tuple[Deed, State]]:
        life, unread = state.routers[router]
        messages, left = state.messages, state.left
        for reads in range(unread + 1):
            if reads:
                self._doing = ("reads", router, reads, 0)
                moved = self.lives.read(life, state.unread[len(state.unread) - unread + reads - 1])
                life, messages = moved.life, _renamed(messages, router, moved.tokens)
            for deed, after, then, left_then in self._deeds(life, router, reads, messages, left):
                yield deed, _after(state, router, (after, unread - reads), then, left_then)

    def _deeds(
        self, life: int, router: int, reads: int, messages: tuple[Message, ...], left: Left
    ) -> Iterator[tuple[Deed, int, tuple[Message, ...], Left]]:
        for what, sent, budget in (
            ("appends", self.lives.poll(life), CLAIMS),
            ("proposes", left[BATCHES] and self.lives.propose(life), BATCHES),
        ):
            if not sent:
                continue
            pays = sent.claimed or budget == BATCHES
            if pays and not left[budget]:
                continue
            after = _renamed(messages, router, sent.tokens)
            waits = router if sent.token != NOTHING else 0
            message = (waits, sent.token, sent.record, 0)
            yield (what, router, reads, sent.record), sent.life, (*after, message), _less(left, budget, pays)
        if left[FAILURES]:
            yield from self._failures(life, router, reads, messages, left)

    def _failures(
        self, life: int, router: int, reads: int, messages: tuple[Message, ...], left: Left
    ) -> Iterator[tuple[Deed, int, tuple[Message, ...], Left]]:
        for at, (waits, token, record, landed) in enumerate(messages):
            if waits != router or token == NOTHING:
                continue
            moved = self.lives.fail(life, token)
            after = (*messages[:at], (0, NOTHING, record, landed), *messages[at + 1 :])
            deed = ("is told that an append failed", router, reads, record)
            yield deed, moved.life, _renamed(after, router, moved.tokens), _less(left, FAILURES)

    def _landings(self, state: State) -> Iterator[tuple[Deed, State]]:
        for at, (router, token, record, landed) in enumerate(state.messages):
            if landed == LANDINGS_MAX or (landed and not state.left[DUPLICATES]):
                continue
            self._doing = ("lands" if not landed else "lands again", router, 0, record)
            entry = self.lives.land(state.fold, record)
            left = _less(state.left, DUPLICATES, landed)
            messages = (*state.messages[:at], (router, token, record, landed + 1), *state.messages[at + 1 :])
            routers = tuple((life, unread + 1) for life, unread in state.routers)
            fold = self.lives.entries[entry].after
            yield self._doing, _canonical(routers, (*state.unread, entry), fold, messages, left)

    # --- how it is told ---------------------------------------------------------------------------------------------

    def _schedule(self, came_from: dict[State, tuple[State, Deed] | None], state: State) -> list[str]:
        deeds = [self._doing]
        while (before := came_from[state]) is not None:
            state, deed = before
            deeds.append(deed)
        return [self._told(*deed) for deed in reversed(deeds)]

    def _told(self, what: str, router: int, reads: int, record: int) -> str:
        if what == QUIET:
            return what
        if what.startswith("lands"):
            return f"{self._named(record)} {what}"
        which = self._named(record) if what.startswith(("appends", "proposes", "is told")) else ""
        behind = f"has read {reads} more, and " if reads and what != "reads" else ""
        return f"router {router + 1} {behind}{what} {which}".rstrip()

    def _named(self, record: int) -> str:
        envelope = decode_record(self.lives.records[record])
        claim = f"claim {envelope.claim_id[0]}.{envelope.claim_id[1]} of epoch {envelope.epoch}"
        if isinstance(envelope, Barrier):
            return f"[the barrier of {claim}]"
        return f"[batch {envelope.seq} under {claim}: {envelope.decided[:3].decode()}]"


def _less(left: Left, what: int, count: int = 1) -> Left:
    return (*left[:what], left[what] - count, *left[what + 1 :])


def _renamed(messages: tuple[Message, ...], router: int, tokens: tuple[int, int, int]) -> tuple[Message, ...]:
    """The messages after their router moved: some of them it no longer waits for."""
    if all(tokens[message[1]] == message[1] for message in messages if message[0] == router):
        return messages
    return tuple(
        (router if tokens[token] else 0, tokens[token], record, landed)
        if waits == router
        else (waits, token, record, landed)
        for waits, token, record, landed in messages
    )


def _after(state: State, router: int, now: tuple[int, int], messages: tuple[Message, ...], left: Left) -> State:
    routers = (*state.routers[:router], now, *state.routers[router + 1 :])
    return _canonical(routers, state.unread, state.fold, messages, left)


def _canonical(
    routers: tuple[tuple[int, int], ...],
    unread: tuple[int, ...],
    fold: int,
    messages: tuple[Message, ...],
    left: Left,
) -> State:
    """Without what can't matter any more: records that all have read, messages that nothing can become of."""
    behind = max(count for _, count in routers)
    may_land = 1 + (left[DUPLICATES] > 0)
    matter = sorted(
        message for message in messages if message[3] < may_land or (message[1] != NOTHING and left[FAILURES])
    )
    return State(routers, unread[len(unread) - behind :], fold, tuple(matter), left)


def _said(figures: tuple[int, int, int], seconds: float) -> str:
    states, moves, schedules = figures
    return f"{states} states, {moves} moves, {schedules:.3g} schedules, in {seconds:.0f} s"


def main() -> None:
    """Search every scope, and say what was searched; the last line has the sums."""
    parser = ArgumentParser(description="every schedule of small worlds in which routers want one partition")
    parser.add_argument(
        "--full", action="store_true", help="three claims, two batches and every fault at once: minutes"
    )
    sums, begun = (0, 0, 0), monotonic()
    for scope in FULL if parser.parse_args().full else SMALL:
        search, started = Search(scope), monotonic()
        schedules = search.explore()
        figures = (len(search.schedules_from), search.moves, schedules)
        sums = (sums[0] + figures[0], sums[1] + figures[1], sums[2] + figures[2])
        sys.stdout.write(f"{scope}: {_said(figures, monotonic() - started)}\n")
    sys.stdout.write(f"{_said(sums, monotonic() - begun)}\n")


if __name__ == "__main__":
    main()
