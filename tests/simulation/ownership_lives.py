"""One life of a router as a value: the very code of the Owner, stepped, checked, and remembered by what it can do next.

A life is taken a step further by copying its Owner and calling it; equal lives (as far as anything they may ever do
tells) get the same number, so that each step of each life is computed once, however often the search comes across it.
Numbers of offsets count from what the life has read; tokens of appends are named for what their failure would touch;
time is left out: whoever steps a life lets as much of it pass as the life waits for.
"""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, fields, replace
from enum import Enum
from typing import Any, Generic, TypeVar

from services.router.owner import Accepted, Append, Effect, OtherOwns, Owner, Stopped
from services.shared.event_log import LogRecord
from services.shared.fence import CLAIM_ID_BYTES, FORMAT, Barrier, Checkpoint, Fence, FenceStopped, Verdict
from services.shared.log_codec import decode_record, judge_record
from tests.simulation.ownership_world import RECORD_BYTES_MAX, FenceKind, OwnerKind, Violation

NOW_MS = 1_000_000
Value = TypeVar("Value")
# What the failure of an append would touch: nothing any more, the claim that is pending, the batch in flight.
NOTHING, CLAIM, FLIGHT = 0, 1, 2
# What an Owner's future does not hang on when time is left out, or what is another way of saying who it is.
NOT_STATE = {"_barrier_at_ms", "_back_off", "_release_until_ms", "_tokens", "_random_bytes", "_address"}


@dataclass(frozen=True, slots=True)
class Sent:
    """A step that appended something: the life after it, the record's number and what the append's failure touches."""

    life: int
    record: int
    token: int
    claimed: bool
    tokens: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Moved:
    """Any other step. `tokens[t]` is what an earlier append of token t is called now; `released`: effects left."""

    life: int
    tokens: tuple[int, int, int]
    released: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A record of the log with what the auditor's own fold made of it."""

    record: int
    after: int
    accepted: bool


@dataclass(eq=False)
class _Life:
    number: int
    owner: Owner
    assigned: bool = False
    claims: int = 0
    proposals: int = 0


class Lives:
    """All lives, records and folds that were met, each under a number; and the steps from one to the next."""

    def __init__(self, owner_kind: OwnerKind = Owner, fence_kind: FenceKind = Fence) -> None:
        self._owner_kind, self._fence_kind = owner_kind, fence_kind
        self._lives: list[_Life] = []
        self._numbers: dict[object, int] = {}
        self.records = _Numbered[bytes]()
        self.entries = _Numbered[Entry]()
        self.folds = _Numbered[Checkpoint]()
        self._steps: dict[tuple[Any, ...], Any] = {}
        self._chance = _Chance()

    def __len__(self) -> int:
        return len(self._lives)

    @property
    def steps(self) -> int:
        """How many different steps the code under test was taken through."""
        return len(self._steps)

    # --- what can happen to a life ----------------------------------------------------------------------------------

    def born(self, number: int, fold: int) -> int:
        """A router starts, at a checkpoint."""
        key = ("born", number, fold)
        if key not in self._steps:
            owner = self._owner_kind(f"router-{number}:8082", RECORD_BYTES_MAX, self._chance)
            owner.fence.checkpoint = self.folds[fold]
            self._steps[key] = self._keep(_Life(number, owner)).life
        born: int = self._steps[key]
        return born

    def read(self, life: int, entry: int) -> Moved:
        """It reads the next record. Raises Violation."""
        return self._moved(("read", life, entry))

    def fail(self, life: int, token: int) -> Moved:
        """It is told that an append of its failed."""
        return self._moved(("fail", life, token))

    def assign(self, life: int, unread: int) -> Moved:
        """The partition is its own to claim; so many records are in the log that it has not read."""
        return self._moved(("assign", life, unread))

    def unassign(self, life: int) -> Moved:
        """The partition is not its own to claim any more."""
        return self._moved(("unassign", life))

    def poll(self, life: int) -> Sent | None:
        """It appends what is due, after as much time as it waits for. Raises Violation."""
        key = ("poll", life)
        if key not in self._steps:
            self._steps[key] = self._polled(deepcopy(self._lives[life]))
        sent: Sent | None = self._steps[key]
        return sent

    def propose(self, life: int) -> Sent | None:
        """It proposes its next batch, if it may."""
        key = ("propose", life)
        if key not in self._steps:
            self._steps[key] = self._proposed(deepcopy(self._lives[life]))
        sent: Sent | None = self._steps[key]
        return sent

    def is_assigned(self, life: int) -> bool:
        return self._lives[life].assigned

    def fold_of(self, life: int) -> Checkpoint:
        """What it has read, folded; offset 0."""
        return self._lives[life].owner.checkpoint

    # --- the auditor ------------------------------------------------------------------------------------------------

    def land(self, fold: int, record: int) -> int:
        """A record lands behind all that the auditor has folded; the number of its entry. Raises Violation."""
        key = ("land", fold, record)
        if key not in self._steps:
            self._steps[key] = self._landed(self.folds[fold], record)
        entry: int = self._steps[key]
        return entry

    def _landed(self, before: Checkpoint, record: int) -> int:
        auditor = self._fence_kind()
        auditor.checkpoint = before
        try:
            verdict, envelope = judge_record(auditor, LogRecord(0, self.records[record], NOW_MS))
        except FenceStopped as stopped:
            raise Violation(f"routers wrote what stops the fold: {_short(stopped)}") from None
        accepted = verdict is Verdict.ACCEPTED
        if accepted and not envelope.decided.endswith(before.digest.hex().encode()):  # type: ignore[union-attr]
            raise Violation("a batch counts that was decided from another history")
        after = self.folds.number_of(replace(auditor.checkpoint, offset=0))
        return self.entries.number_of(Entry(record, after, accepted))

    # --- the code under test ----------------------------------------------------------------------------------------

    def _moved(self, key: tuple[Any, ...]) -> Moved:
        if key not in self._steps:
            what, life, *with_what = key
            self._steps[key] = getattr(self, f"_{what}")(deepcopy(self._lives[life]), *with_what)
        moved: Moved = self._steps[key]
        return moved

    def _read(self, life: _Life, number: int) -> Moved:
        entry, owned = self.entries[number], life.owner.owns
        effect = life.owner.read(LogRecord(0, self.records[entry.record], NOW_MS), NOW_MS)
        if isinstance(effect, Stopped):
            raise Violation(f"a router stopped: {_short(effect.reason)}")
        _require(replace(life.owner.checkpoint, offset=0) == self.folds[entry.after], "a reader judged otherwise")
        if isinstance(effect, OtherOwns):
            _require(effect.deposed or not owned, "an owner was replaced and keeps what it speculated")
        released = self._released(life, effect, entry)
        return self._keep(life, released=released)

    def _released(self, life: _Life, effect: Effect | None, entry: Entry) -> bool:
        if not isinstance(effect, Accepted):
            _require(not entry.accepted, "a reader passed over an accepted batch")
            return False
        _require(entry.accepted, "effects of a batch that was not accepted")
        mine = effect.decided.startswith(b"%d:" % life.number)
        _require(effect.own == mine, "the effects of an accepted batch did not leave where it was made")
        return effect.own

    def _fail(self, life: _Life, token: int) -> Moved:
        life.owner.append_failed(token, NOW_MS)
        return self._keep(life)

    def _assign(self, life: _Life, unread: int) -> Moved:
        life.assigned = True
        life.owner.assigned(unread)
        return self._keep(life)

    def _unassign(self, life: _Life) -> Moved:
        life.assigned = False
        life.owner.unassigned()
        return self._keep(life)

    def _polled(self, life: _Life) -> Sent | None:
        self._chance.claim_id = bytes([life.number, life.claims + 1]) + bytes(CLAIM_ID_BYTES - 2)
        claim_before = _claim_id(life.owner)
        append = life.owner.poll(life.owner.wake_at_ms or NOW_MS)
        claimed = _claim_id(life.owner) not in (None, claim_before)
        life.claims += claimed
        return self._sent(life, append, claimed=claimed) if append is not None else None

    def _proposed(self, life: _Life) -> Sent | None:
        if not life.owner.may_propose:
            return None
        life.proposals += 1
        digest = life.owner.checkpoint.digest.hex().encode()
        decided = b"%d:%d:%s" % (life.number, life.proposals, digest)
        return self._sent(life, life.owner.propose(decided, FORMAT, NOW_MS), claimed=False)

    def _sent(self, life: _Life, append: Append, *, claimed: bool) -> Sent:
        barrier = not hasattr(decode_record(append.record), "decided")
        _require(life.assigned or not barrier, "a barrier without an assignment")
        token = _tokens_now(life.owner).get(append.token, NOTHING)
        moved = self._keep(life)
        return Sent(moved.life, self.records.number_of(append.record), token, claimed, moved.tokens)

    def _keep(self, life: _Life, *, released: bool = False) -> Moved:
        """Bring it into its canonical form, check what has to hold always, and find its number."""
        owner, now = life.owner, _tokens_now(life.owner)
        tokens = (NOTHING, now.get(CLAIM, NOTHING), now.get(FLIGHT, NOTHING))
        _rebase(owner)
        mine = owner.checkpoint.claim_id[:1] == bytes([life.number])
        _require(mine or not owner.may_release(NOW_MS), "effects may leave although another owns")
        _require(mine or not owner.may_propose, "a router may propose although another owns")
        key = (life.number, life.assigned, life.claims, life.proposals, *_key(owner))
        if key not in self._numbers:
            self._numbers[key] = len(self._lives)
            self._lives.append(life)
        return Moved(self._numbers[key], tokens, released)


class _Chance:
    """Claim ids that tell whose they are, and zeros else; shared by all Owners, however they are copied."""

    def __init__(self) -> None:
        self.claim_id = b""

    def __call__(self, count: int) -> bytes:
        return self.claim_id if count == CLAIM_ID_BYTES else bytes(count)

    def __deepcopy__(self, _: object) -> "_Chance":
        return self


class _Numbered(Generic[Value]):
    """Values, each under the number of its first coming."""

    def __init__(self) -> None:
        self._values: list[Value] = []
        self._numbers: dict[Value, int] = {}

    def __getitem__(self, number: int) -> Value:
        return self._values[number]

    def number_of(self, value: Value) -> int:
        if value not in self._numbers:
            self._numbers[value] = len(self._values)
            self._values.append(value)
        return self._numbers[value]


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Violation(otherwise)


def _short(stopped: object) -> str:
    """Without what an operator has to know besides."""
    return str(stopped).partition(". ")[0].partition(": ")[2]


def _claim_id(owner: Owner) -> bytes | None:
    return owner._claim.barrier.claim_id if owner._claim is not None else None


def _tokens_now(owner: Owner) -> dict[int, int]:
    """What the failure of each append would touch."""
    flight = {owner._flight.token: FLIGHT} if owner._flight is not None else {}
    return flight | ({owner._claim.token: CLAIM} if owner._claim is not None else {})


def _rebase(owner: Owner) -> None:
    read = owner.checkpoint.offset
    owner.fence.checkpoint = replace(owner.checkpoint, offset=0)
    owner._claim_from = owner._claim_from and max(0, owner._claim_from - read)
    owner._tokens = FLIGHT
    if owner._claim is not None:
        owner._claim.token = CLAIM
    if owner._flight is not None:
        owner._flight.token, owner._flight.sent_at_ms = FLIGHT, NOW_MS


def _key(value: object) -> tuple[Any, ...]:
    """All that an Owner's future hangs on: whatever fields it has now or gets later, but for NOT_STATE."""
    names = vars(value) if hasattr(value, "__dict__") else [field.name for field in fields(value)]  # type: ignore[arg-type]
    return tuple(_part(getattr(value, name)) for name in names if name not in NOT_STATE)


def _part(value: object) -> object:
    if value is None or isinstance(value, int | bytes | str | Enum | Checkpoint | Barrier):
        return value
    return None if isinstance(value, Counter) else _key(value)
