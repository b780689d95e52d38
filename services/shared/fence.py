"""The fold that decides which records of router.log count: the same code for every reader.

Anybody may write anything to the log: a router that was replaced and does not know it yet, an append that lands late,
or twice. A router claims the partition with a barrier; what it writes afterwards counts only until the next barrier
that was accepted. Whoever reads the log from the same place judges every record alike, so all readers agree on what
was decided and on who decides, without asking anybody.
"""

from collections import Counter
from dataclasses import dataclass
from enum import Enum, StrEnum
from hashlib import sha256

# The newest format of `decided` that this release reads. It writes the one that is in force in the log: OLDEST_FORMAT
# until a batch of a higher one was accepted, which raises it for good.
FORMAT = 1
OLDEST_FORMAT = 1
CLAIM_ID_BYTES = 16
ZERO_DIGEST = bytes(32)


@dataclass(frozen=True, slots=True)
class Barrier:
    """A router claims the partition under a new epoch. `format` is the one in force, as far as its writer had read."""

    epoch: int
    claim_id: bytes
    owner_address: str
    format: int


@dataclass(frozen=True, slots=True)
class Batch:
    """One commit: what was decided, as bytes that the fold does not look into. A higher `format` raises it."""

    epoch: int
    claim_id: bytes
    seq: int
    prev_digest: bytes
    format: int
    decided: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All that the fold remembers. `offset` is that of the next record to read; no reader starts anywhere else.

    `format` is the one in force. Whoever keeps a checkpoint keeps it too; one that was kept without it is of format 1.
    """

    epoch: int = 0
    claim_id: bytes = b""
    seq: int = 0
    digest: bytes = ZERO_DIGEST
    offset: int = 0
    format: int = OLDEST_FORMAT


BEGINNING = Checkpoint()


class Verdict(Enum):
    """What the fold makes of a record."""

    CLAIMED = "a barrier that was accepted: its writer owns the partition"
    ACCEPTED = "a batch that was accepted: what it decided counts"
    DROPPED = "it counts for nothing, for any reader"


class Drop(StrEnum):
    """Why a record was dropped; the names under which they are counted."""

    BARRIER_TOO_LATE = "barrier_too_late"
    BATCH_OF_OLD_EPOCH = "batch_of_old_epoch"
    BATCH_OUT_OF_SEQUENCE = "batch_out_of_sequence"


class FenceStopped(Exception):
    """The log holds what no run of correct routers writes, or what only a newer release reads: alarm, and don't claim.

    It won't go away by itself.
    """


def next_digest(digest: bytes, format: int, decided: bytes) -> bytes:
    """The chain's next link. Epoch, claim and seq are not in it: the same decisions give the same chain."""
    return sha256(digest + format.to_bytes(4, "big") + decided).digest()


class Fence:
    """Judges the records of one partition in order, from a checkpoint on."""

    def __init__(self, checkpoint: Checkpoint = BEGINNING, format_max: int = FORMAT) -> None:
        self.checkpoint = checkpoint
        self.dropped: Counter[Drop] = Counter()
        self.stopped: str | None = None
        self._format_max = format_max
        if checkpoint.format > format_max:
            self._stop_for_newer(checkpoint.offset, checkpoint.format)

    def judge(self, record: Barrier | Batch, offset: int) -> Verdict:
        """Judge the next record and move on behind it. Raises FenceStopped, then and ever after."""
        if self.stopped is not None:
            raise FenceStopped(self.stopped)
        if offset != self.checkpoint.offset:
            raise self.stop(offset, f"the record due was that at offset {self.checkpoint.offset}")
        verdict = self._judge_barrier(record) if isinstance(record, Barrier) else self._judge_batch(record)
        at = self.checkpoint
        self.checkpoint = Checkpoint(at.epoch, at.claim_id, at.seq, at.digest, offset + 1, at.format)
        return verdict

    def stop(self, offset: int, why: str) -> FenceStopped:
        """Stop for good at that record; returns what to raise. What stopped it first stays the reason."""
        self.stopped = self.stopped or (
            f"reading stopped at offset {offset}: {why}. No correct router writes this: keep the log as it is, find "
            "out what else writes to it or whether it is damaged, and start no router on it before that is known"
        )
        return FenceStopped(self.stopped)

    def _judge_barrier(self, barrier: Barrier) -> Verdict:
        at = self.checkpoint
        if barrier.epoch <= at.epoch:
            return self._drop(Drop.BARRIER_TOO_LATE)
        if barrier.epoch > at.epoch + 1:
            raise self.stop(at.offset, f"a barrier of epoch {barrier.epoch} follows epoch {at.epoch}")
        if len(barrier.claim_id) != CLAIM_ID_BYTES:
            raise self.stop(at.offset, f"a barrier's claim id has {len(barrier.claim_id)} bytes")
        self._check_readable(barrier.format)
        # A lower one than is in force is that of a router that had not read the raise: only batches raise it.
        self.checkpoint = Checkpoint(barrier.epoch, barrier.claim_id, 0, at.digest, at.offset, at.format)
        return Verdict.CLAIMED

    def _judge_batch(self, batch: Batch) -> Verdict:
        at = self.checkpoint
        if batch.epoch < at.epoch:
            return self._drop(Drop.BATCH_OF_OLD_EPOCH)
        if batch.epoch > at.epoch:
            raise self.stop(at.offset, f"a batch of epoch {batch.epoch} stands in epoch {at.epoch}")
        # Before the first barrier the claim is empty, and nobody's.
        if batch.claim_id != at.claim_id or not at.claim_id:
            raise self.stop(at.offset, f"a batch of another claim stands in epoch {at.epoch}")
        # A duplicate fails here, and must not come as far as the digest: that of a duplicate never fits.
        if batch.seq != at.seq + 1:
            return self._drop(Drop.BATCH_OUT_OF_SEQUENCE)
        return self._accept(batch)

    def _accept(self, batch: Batch) -> Verdict:
        at = self.checkpoint
        if batch.prev_digest != at.digest:
            raise self.stop(at.offset, "a batch was decided from another history than the one before it")
        self._check_readable(batch.format)
        if batch.format < at.format:
            raise self.stop(at.offset, f"a batch of format {batch.format} stands where {at.format} is in force")
        digest = next_digest(at.digest, batch.format, batch.decided)
        self.checkpoint = Checkpoint(at.epoch, at.claim_id, batch.seq, digest, at.offset, batch.format)
        return Verdict.ACCEPTED

    def _check_readable(self, format: int) -> None:
        if format > self._format_max:
            raise self._stop_for_newer(self.checkpoint.offset, format)
        if format < OLDEST_FORMAT:
            raise self.stop(self.checkpoint.offset, f"its format is {format}, and there is none below {OLDEST_FORMAT}")

    def _stop_for_newer(self, offset: int, format: int) -> FenceStopped:
        self.stopped = self.stopped or (
            f"reading stopped at offset {offset}: the log was raised to format {format}, and this release reads "
            f"{OLDEST_FORMAT} to {self._format_max}. Nothing is lost: start the newer release in place of this one, "
            "which goes on from here; there is no way back to this one"
        )
        return FenceStopped(self.stopped)

    def _drop(self, why: Drop) -> Verdict:
        self.dropped[why] += 1
        return Verdict.DROPPED
