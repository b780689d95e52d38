"""Who owns a partition, and whether a batch that was sent still may become true: the state machine around the fence.

A batch is true once it was read back accepted, and never before. Acknowledgements tell nothing that reading does not
tell better, so there is no input for them; a failed append tells that reading may have to be helped along. All waiting,
reading and appending is done by whoever drives this.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from services.shared.event_log import LogRecord
from services.shared.fence import BEGINNING, CLAIM_ID_BYTES, Barrier, Batch, Checkpoint, Fence, FenceStopped, Verdict
from services.shared.log_codec import ENVELOPE_BYTES_MAX, encode_record, judge_record

# Effects leave only so long after the sending of a batch that was read back accepted (section 4.2 of the design).
RELEASE_MS = 3_000
# How soon a barrier whose append failed is appended again.
RETRY_MS = 250
BACK_OFF_MS = 1_000
BACK_OFF_MS_MAX = 60_000
QUIET_MS = 600_000
OWNER_ADDRESS_BYTES_MAX = 255

RandomBytes = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Append:
    """Append `record`; if that fails or its outcome is unknown, say `append_failed(token)`."""

    token: int
    record: bytes


@dataclass(frozen=True, slots=True)
class BecameOwner:
    """This router's claim was accepted, and the claim before it was another's: start from the state as read so far."""

    epoch: int
    offset: int
    appended_at_ms: int


@dataclass(frozen=True, slots=True)
class StillOwner:
    """This router's new claim followed its own old one: speculation and the batch in flight stay as they are."""

    epoch: int
    offset: int
    appended_at_ms: int


@dataclass(frozen=True, slots=True)
class OtherOwns:
    """Another's claim was accepted. `deposed`: this router owned or was claiming, so drop all that it speculated."""

    epoch: int
    offset: int
    owner_address: str
    deposed: bool


@dataclass(frozen=True, slots=True)
class Accepted:
    """A batch that counts. `own`: it is the one in flight, so its effects may leave; else fold what it decided."""

    own: bool
    format: int
    decided: bytes
    epoch: int
    seq: int
    offset: int
    appended_at_ms: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """The log holds what no correct router writes: alarm; this router neither claims nor decides any more."""

    reason: str


Effect = BecameOwner | StillOwner | OtherOwns | Accepted | Stopped


class NotReady(Exception):
    """This router can't propose now: it doesn't own the partition, or a batch or a claim of its own is not through."""


class DecidedTooLarge(ValueError):
    """The log would refuse this batch for its size; nothing happened: refuse the command."""


class _Stage(Enum):
    SENT = auto()  # an append of it is under way, or was acknowledged: reading decides
    OPEN = auto()  # its append failed: nobody knows, until a new claim has been read back
    DUE = auto()  # a new claim settled that it is not in the log: append it again


@dataclass(slots=True)
class _Claim:
    barrier: Barrier
    token: int
    failed: bool


@dataclass(slots=True)
class _Flight:
    format: int
    decided: bytes
    token: int
    sent_at_ms: int
    stage: _Stage


class Owner:
    """One partition's ownership, as one router sees it; at most one batch in flight.

    The driver owns an EventLog, reads the partition from `checkpoint.offset` on, and does this, all in one task or
    under one lock. `now_ms` is always the boot-time monotonic clock.

    - For every record read, in order: `read(record, now_ms)`. It returns what to do:

      - None: the record counts for nothing; go on.
      - `Accepted(own=True)`: the batch in flight is true. Apply it (or keep the speculated state), and let its effects
        and answers leave, with `epoch` and `seq`, while `may_release(now_ms)`; after that they wait until the next own
        batch is accepted (propose an empty one if none is due). Then the next batch may be proposed.
      - `Accepted(own=False)`: apply what it decided. Nothing of it leaves: it was another's, or an earlier life's.
      - `BecameOwner`: all before `offset` has been read; the first batch may be proposed. Its `appended_at_ms` with the
        monotonic time of this moment is the base of the log's time.
      - `StillOwner`: nothing to do. The batch in flight, if any, is appended again through `poll`.
      - `OtherOwns`: if `deposed`, drop the speculated state and every effect and answer that has not left, and answer
        UNAVAILABLE (the commands' outcome is unknown; their retry tells). In any case follow, and forward calls to
        `owner_address`.
      - `Stopped`: alarm. From now on every `read` returns it again, and nothing else happens.

    - After every input, and when `wake_at_ms` has come: call `poll(now_ms)` until it returns None. Each `Append` is to
      be appended: start `log.append(partition, append.record)` and go on reading meanwhile. If it raises, or is
      cancelled, say `append_failed(append.token, now_ms)`; if it returns, say nothing. An append must end in one of
      these within a time of the driver's choosing, or a record that was lost is never missed.
    - When the partition is assigned to this router: `assigned(await log.end(partition))`; when it no longer is, or when
      heartbeats fail for longer than the session: `unassigned()`. Without an assignment no barrier is written, but an
      owner goes on deciding until it reads that another owns: the log alone decides who owns.
    - While `may_propose`: `propose(decided, format, now_ms)` returns the `Append` of a new batch, handled like the
      others. `decided` must have been decided from exactly what was read so far; `format` is the checkpoint's, or a
      higher one that the batch raises it to. The batch is in flight until `read` returns `Accepted(own=True)` for it,
      or `OtherOwns` or `Stopped`; the driver retries nothing by itself.
    """

    def __init__(
        self,
        owner_address: str,
        record_bytes_max: int,
        random_bytes: RandomBytes,
        checkpoint: Checkpoint = BEGINNING,
    ) -> None:
        """`owner_address` is host:port, `random_bytes(n)` gives n unpredictable bytes. Raises ValueError."""
        if not 0 < len(owner_address.encode()) <= OWNER_ADDRESS_BYTES_MAX:
            raise ValueError(f"an owner's address has 1 to {OWNER_ADDRESS_BYTES_MAX} bytes, not {owner_address!r}")
        self._address = owner_address
        self._random_bytes = random_bytes
        self._fence = Fence(checkpoint)
        self.decided_bytes_max = record_bytes_max - ENVELOPE_BYTES_MAX
        self._claim_from: int | None = None
        self._barrier_at_ms = 0
        self._back_off = _BackOff(random_bytes)
        self._own_claim_id: bytes | None = None
        self._claim: _Claim | None = None
        self._flight: _Flight | None = None
        self._release_until_ms = 0
        self._tokens = 0

    def begin_at(self, checkpoint: Checkpoint) -> None:
        """Read on from there and not from the beginning; only before the first record is read."""
        self._fence = Fence(checkpoint)

    @property
    def checkpoint(self) -> Checkpoint:
        """The fold up to what was read."""
        return self._fence.checkpoint

    @property
    def fence(self) -> Fence:
        """For its counts of dropped records."""
        return self._fence

    @property
    def stopped(self) -> str | None:
        """Why the fold stopped; None as long as it has not."""
        return self._fence.stopped

    @property
    def owns(self) -> bool:
        """Whether the current claim, as far as was read, is this router's."""
        return self._own_claim_id == self._fence.checkpoint.claim_id

    @property
    def may_propose(self) -> bool:
        """Whether a new batch may be proposed now."""
        idle = self._claim is None and self._flight is None
        return self.owns and idle and self.stopped is None

    @property
    def wake_at_ms(self) -> int | None:
        """When `poll` will have a barrier to append if nothing happens before; None: not without another input."""
        return self._barrier_at_ms if self._wants_barrier() else None

    def may_release(self, now_ms: int) -> bool:
        """Whether effects of accepted own batches may leave now."""
        return self.owns and self.stopped is None and now_ms < self._release_until_ms

    def assigned(self, end_offset: int) -> None:
        """The partition is this router's to own; `end_offset` is the log's end now. The first claim goes at once.

        While it is assigned already, this changes nothing.
        """
        if self._claim_from is None:
            self._claim_from = end_offset
            self._barrier_at_ms = 0

    def unassigned(self) -> None:
        """The partition is not this router's to own (any more)."""
        self._claim_from = None

    def propose(self, decided: bytes, format: int, now_ms: int) -> Append:
        """Make the next batch. Raises NotReady, DecidedTooLarge."""
        if not self.may_propose:
            raise NotReady("the partition is another's, or a batch or a claim is not through: try again when it is")
        if len(decided) > self.decided_bytes_max:
            raise DecidedTooLarge(f"{len(decided)} bytes were decided; a batch takes {self.decided_bytes_max}")
        self._flight = _Flight(format, decided, 0, now_ms, _Stage.DUE)
        return self._append_batch(self._flight, now_ms)

    def poll(self, now_ms: int) -> Append | None:
        """The next record to append, if one is due."""
        if self._wants_barrier():
            return self._append_barrier() if now_ms >= self._barrier_at_ms else None
        if self._flight is not None and self._flight.stage is _Stage.DUE:
            return self._append_batch(self._flight, now_ms)
        return None

    def append_failed(self, token: int, now_ms: int) -> None:
        """That append failed, or nobody knows what became of it. What was settled meanwhile stays settled."""
        if self._claim is not None and self._claim.token == token:
            self._claim.failed = True
            self._barrier_at_ms = max(self._barrier_at_ms, now_ms + RETRY_MS)
        if self._flight is not None and self._flight.token == token:
            self._flight.stage = _Stage.OPEN

    def read(self, record: LogRecord, now_ms: int) -> Effect | None:
        """Take in the next record of the log."""
        owned = self.owns
        try:
            verdict, envelope = judge_record(self._fence, record)
        except FenceStopped as stopped:
            self._claim = self._flight = None
            return Stopped(str(stopped))
        if verdict is Verdict.DROPPED:
            # Also an own barrier, or a second copy of an own batch: it is settled already, and means nothing.
            return None
        if isinstance(envelope, Barrier):
            return self._claimed(envelope, record, owned=owned, now_ms=now_ms)
        return self._accepted(envelope, record)

    def _wants_barrier(self) -> bool:
        """A level, not an event: whatever happened in between, what counts is how things stand."""
        may_claim = self._claim_from is not None and self.checkpoint.offset >= self._claim_from
        if not may_claim or self.stopped is not None:
            return False
        if self._claim is not None:
            return self._claim.failed
        return not self.owns or (self._flight is not None and self._flight.stage is _Stage.OPEN)

    def _append_barrier(self) -> Append:
        token = self._next_token()
        if self._claim is None:
            claim_id = self._random_bytes(CLAIM_ID_BYTES)
            at = self.checkpoint
            self._claim = _Claim(Barrier(at.epoch + 1, claim_id, self._address, at.format), token, failed=False)
        else:
            self._claim.token, self._claim.failed = token, False
        return Append(token, encode_record(self._claim.barrier))

    def _append_batch(self, flight: _Flight, now_ms: int) -> Append:
        """Under one claim this comes once for each seq: a second time only after a new claim was read back."""
        at = self.checkpoint
        flight.token, flight.sent_at_ms, flight.stage = self._next_token(), now_ms, _Stage.SENT
        batch = Batch(at.epoch, at.claim_id, at.seq + 1, at.digest, flight.format, flight.decided)
        return Append(flight.token, encode_record(batch))

    def _next_token(self) -> int:
        self._tokens += 1
        return self._tokens

    def _claimed(self, barrier: Barrier, record: LogRecord, *, owned: bool, now_ms: int) -> Effect:
        # Any barrier accepted settles a claim that was pending: its epoch is taken, by it or by another.
        pending, self._claim = self._claim, None
        if pending is None or pending.barrier.claim_id != barrier.claim_id:
            deposed = owned or pending is not None
            self._give_up(deposed=deposed, now_ms=now_ms)
            return OtherOwns(barrier.epoch, record.offset, barrier.owner_address, deposed)
        self._own_claim_id = barrier.claim_id
        if not owned:
            return BecameOwner(barrier.epoch, record.offset, record.appended_at_ms)
        if self._flight is not None:
            self._flight.stage = _Stage.DUE
        return StillOwner(barrier.epoch, record.offset, record.appended_at_ms)

    def _give_up(self, *, deposed: bool, now_ms: int) -> None:
        self._flight = None
        self._release_until_ms = 0
        if deposed and self._claim_from is not None:
            self._barrier_at_ms = now_ms + self._back_off.deposed(now_ms)

    def _accepted(self, batch: Batch, record: LogRecord) -> Effect:
        own = self.owns
        if own and not self._settle(batch):
            return Stopped(
                str(self._fence.stop(record.offset, "a batch stands under this router's claim, and is not its"))
            )
        return Accepted(own, batch.format, batch.decided, batch.epoch, batch.seq, record.offset, record.appended_at_ms)

    def _settle(self, batch: Batch) -> bool:
        flight, self._flight = self._flight, None
        if flight is None or flight.decided != batch.decided:
            return False
        self._release_until_ms = max(self._release_until_ms, flight.sent_at_ms + RELEASE_MS)
        return True


class _BackOff:
    """How long a deposed router waits: twice as long each time, so that of two that depose each other one gets time."""

    def __init__(self, random_bytes: RandomBytes) -> None:
        self._random_bytes = random_bytes
        self._times = 0
        self._deposed_at_ms = 0

    def deposed(self, now_ms: int) -> int:
        """A half to one of min(60 s, 2^k s), in ms; k counts, and starts again after ten quiet minutes."""
        if now_ms - self._deposed_at_ms >= QUIET_MS:
            self._times = 0
        self._times += 1
        self._deposed_at_ms = now_ms
        longest = min(BACK_OFF_MS_MAX, BACK_OFF_MS << min(self._times, 10))
        half = longest // 2
        return half + int.from_bytes(self._random_bytes(4), "big") % (longest - half + 1)
