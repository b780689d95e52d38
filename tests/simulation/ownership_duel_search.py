"""Duels of two routers that both stay assigned: whatever chance says about their waits, does one get its way?

Nothing goes wrong here but that both want the partition, and only the waits are left to chance, which takes the
shortest, some between, or one near the longest, after each time deposed in each combination. A state is what the two
may do from there, with times counted from now. One that comes again, with nothing decided between, is a duel that may
go on for ever.
"""

from copy import deepcopy
from functools import partial

from services.router.owner import QUIET_MS, Owner
from services.shared.fence import CLAIM_ID_BYTES, Barrier, Batch
from services.shared.log_codec import decode_record
from tests.simulation.ownership_duel import Duel
from tests.simulation.ownership_world import OwnerKind, Violation

# What is drawn for a wait; a wait of `half` to twice that takes the remainder by half + 1 of it.
DRAWN = (0, 300, 700, 1_000, 3_000, 7_000, 15_000, 22_000, 30_000)
# Beyond so many times deposed the wait is the longest there is.
TIMES_MAX = 6

State = tuple[object, ...]


class Chance:
    """Draws what it is told to; each claim gets another id. Copies of a duel share it."""

    def __init__(self) -> None:
        self.drawn = 0
        self.asked = False
        self._claims = 0

    def __call__(self, count: int) -> bytes:
        if count == CLAIM_ID_BYTES:
            self._claims += 1
            return self._claims.to_bytes(count, "big")
        self.asked = True
        return self.drawn.to_bytes(count, "big")

    def __deepcopy__(self, _: object) -> "Chance":
        return self


class DuelSearch:
    """Follows a duel wherever chance takes it, until something is decided."""

    def __init__(self, owner_kind: OwnerKind = Owner) -> None:
        self._chance = Chance()
        self._first = Duel(owner_kind, self._chance)
        self._path: list[State] = []
        self.ends_well: set[State] = set()
        self.longest_ms = 0

    def explore(self) -> int:
        """How many states there are; `longest_ms` is the longest duel. Raises Violation."""
        self._first.step()
        self._explore(self._first)
        return len(self.ends_well)

    def _explore(self, duel: Duel) -> None:
        while not duel.decided:
            before = deepcopy(duel)
            if self._step(duel, DRAWN[0]):
                self._branch(before)
                return
        self.longest_ms = max(self.longest_ms, duel.now_ms)

    def _branch(self, before: Duel) -> None:
        for drawn in DRAWN:
            duel = deepcopy(before)
            self._step(duel, drawn)
            state = _state(duel)
            if state in self._path:
                raise Violation(f"two routers may depose each other for ever, from {duel.now_ms // 1000} s on")
            if state not in self.ends_well:
                self._path.append(state)
                self._explore(duel)
                self.ends_well.add(self._path.pop())

    def _step(self, duel: Duel, drawn: int) -> bool:
        """On to the next thing that happens; whether chance was asked."""
        self._chance.drawn, self._chance.asked = drawn, False
        duel.now_ms = _next_ms(duel)
        duel.step()
        return self._chance.asked


def _next_ms(duel: Duel) -> int:
    times = [owner.wake_at_ms for owner in duel.owners] + [at_ms for at_ms, _ in duel.on_the_way[:1]]
    times += [at_ms for at_ms, owner in zip(duel.ready_at_ms, duel.owners, strict=True) if owner.may_propose]
    return min(at_ms for at_ms in times if at_ms is not None and at_ms > duel.now_ms)


def _state(duel: Duel) -> State:
    return (
        tuple(map(partial(_side, duel), (0, 1))),
        tuple((at_ms - duel.now_ms, *_what(duel, decode_record(record))) for at_ms, record in duel.on_the_way),
    )


def _what(duel: Duel, record: Barrier | Batch) -> State:
    return record.epoch - duel.owners[0].checkpoint.epoch, getattr(record, "owner_address", "a batch")


def _side(duel: Duel, index: int) -> State:
    owner, now_ms = duel.owners[index], duel.now_ms
    deposed, back_off = owner._back_off._deposed_at_ms, owner._back_off
    return (
        owner.owns,
        owner._claim is not None,
        owner._flight is not None,
        max(0, owner._barrier_at_ms - now_ms),
        max(0, duel.ready_at_ms[index] - now_ms),
        min(TIMES_MAX, back_off._times),
        min(QUIET_MS, now_ms - deposed),
    )
