"""The near neighbours of the rules of ownership: each looks reasonable, and the simulator has to find what is wrong."""

from services.router.owner import Accepted, Append, BecameOwner, Effect, Owner, _BackOff, _Stage
from services.shared.event_log import LogRecord
from services.shared.fence import Barrier, Batch, Fence, Verdict
from services.shared.log_codec import decode_record, encode_record


class DigestBeforeSeqFence(Fence):
    """Judges a batch's digest before its seq: a duplicate halts the partition."""

    def _judge_batch(self, batch: Batch) -> Verdict:
        at = self.checkpoint
        if batch.claim_id == at.claim_id and batch.prev_digest != at.digest:
            raise self.stop(at.offset, "a batch was decided from another history than the one before it")
        return super()._judge_batch(batch)


class LastBarrierWinsFence(Fence):
    """Takes the last barrier of an epoch instead of the first."""

    def _judge_barrier(self, barrier: Barrier) -> Verdict:
        at = self.checkpoint
        if barrier.epoch == at.epoch:
            self.checkpoint = type(at)(at.epoch, barrier.claim_id, 0, at.digest, at.offset)
            return Verdict.CLAIMED
        return super()._judge_barrier(barrier)


class DigestBeforeSeq(Owner):
    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self._fence = DigestBeforeSeqFence()


class LastBarrierWins(Owner):
    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self._fence = LastBarrierWinsFence()


class DroppedBarriersCount(Owner):
    """Takes a barrier that was dropped for another's claim."""

    def read(self, record: LogRecord, now_ms: int) -> Effect | None:
        effect = super().read(record, now_ms)
        if effect is None and isinstance(decode_record(record.record), Barrier):
            self._own_claim_id = self._claim = None
            self._give_up(deposed=True, now_ms=now_ms)
        return effect


class AppendsBehindItsBarrier(Owner):
    """Appends the open batch under its new claim at once, before it has read whether that claim was accepted."""

    def poll(self, now_ms: int) -> Append | None:
        append = super().poll(now_ms)
        if append is None and self._claim is not None and self._flight and self._flight.stage is _Stage.OPEN:
            barrier, flight, at = self._claim.barrier, self._flight, self.checkpoint
            flight.stage = _Stage.SENT
            batch = Batch(barrier.epoch, barrier.claim_id, 1, at.digest, flight.format, flight.decided)
            return Append(self._next_token(), encode_record(batch))
        return append


class UsesASeqTwice(Owner):
    """Answers a failed batch with UNAVAILABLE and goes on to the next, which gets the same seq."""

    def append_failed(self, token: int, now_ms: int) -> None:
        super().append_failed(token, now_ms)
        if self._flight is not None and self._flight.stage is _Stage.OPEN:
            self._flight = None


class KeepsWhatItSpeculated(Owner):
    """Keeps its batch in flight over another's claim, and appends it again when it owns again."""

    def _give_up(self, *, deposed: bool, now_ms: int) -> None:
        kept = self._flight
        super()._give_up(deposed=deposed, now_ms=now_ms)
        self._flight = kept

    def read(self, record: LogRecord, now_ms: int) -> Effect | None:
        effect = super().read(record, now_ms)
        if isinstance(effect, BecameOwner) and self._flight is not None:
            self._flight.stage = _Stage.DUE
        return effect


class WaitsForever(Owner):
    """Takes no notice of failed appends: reading will tell."""

    def append_failed(self, token: int, now_ms: int) -> None:
        pass


class ClaimsUnassigned(Owner):
    """Claims whenever the current claim is not its own, once it was assigned the partition."""

    def unassigned(self) -> None:
        pass


class ReleasesLateBatches(Owner):
    """Lets effects leave when its batch is read back, whatever became of it."""

    def read(self, record: LogRecord, now_ms: int) -> Effect | None:
        owned = self.owns
        effect = super().read(record, now_ms)
        envelope = decode_record(record.record)
        if effect is None and isinstance(envelope, Batch) and envelope.claim_id == self._own_claim_id and not owned:
            return self._late(envelope, record)
        return effect

    def _late(self, batch: Batch, record: LogRecord) -> Effect:
        return Accepted(True, batch.format, batch.decided, batch.epoch, batch.seq, record.offset, record.appended_at_ms)


class EffectsSurviveABarrier(Owner):
    """Lets effects leave as long as their time has not run out, whoever has claimed the partition meanwhile."""

    def may_release(self, now_ms: int) -> bool:
        return self.stopped is None and now_ms < self._release_until_ms

    def _give_up(self, *, deposed: bool, now_ms: int) -> None:
        until_ms = self._release_until_ms
        super()._give_up(deposed=deposed, now_ms=now_ms)
        self._release_until_ms = until_ms


class FollowsRevoked(Owner):
    """Stops owning when the group takes the partition away, instead of when another's claim was read."""

    def unassigned(self) -> None:
        super().unassigned()
        self._own_claim_id = self._claim = self._flight = None


class ClaimsOnAnEvent(Owner):
    """Claims when the assignment comes, and not whenever the current claim is not its own."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self._has_claimed = False

    def unassigned(self) -> None:
        super().unassigned()
        self._has_claimed = False

    def _append_barrier(self) -> Append:
        self._has_claimed = True
        return super()._append_barrier()

    def _wants_barrier(self) -> bool:
        retries = self._claim is not None
        return super()._wants_barrier() and (retries or not self._has_claimed)


class WaitsNoLonger(Owner):
    """When deposed it waits as long each time."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self._back_off = _BackOffWithoutDoubling(self._random_bytes)


class _BackOffWithoutDoubling(_BackOff):
    def deposed(self, now_ms: int) -> int:
        self._times = 0
        return super().deposed(now_ms)
