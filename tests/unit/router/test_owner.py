"""The owner's state machine, input by input."""

import pytest

from services.router.owner import (
    BACK_OFF_MS_MAX,
    QUIET_MS,
    RELEASE_MS,
    RETRY_MS,
    Accepted,
    Append,
    BecameOwner,
    DecidedTooLarge,
    Effect,
    NotReady,
    OtherOwns,
    Owner,
    StillOwner,
    Stopped,
)
from services.shared.event_log import LogRecord
from services.shared.fence import FORMAT, Barrier, Batch, Drop
from services.shared.log_codec import decode_record, encode_record

ADDRESS = "router-1:8082"
RECORD_BYTES_MAX = 1_000
OTHER_CLAIM = b"B" * 16


class Bench:
    """An owner with a log beside it. What the owner wants appended lands only when the test says so."""

    def __init__(self, *, largest: bool = False) -> None:
        self.drawn = 0
        self.largest = largest
        self.owner = Owner(ADDRESS, RECORD_BYTES_MAX, self.random_bytes)
        self.now_ms = 5_000_000
        self.log: list[LogRecord] = []

    def random_bytes(self, count: int) -> bytes:
        """Claim ids 1, 2, …; back-offs of the shortest or the longest length."""
        if count == 4:
            return b"\0\0\0\0" if not self.largest else self.longest_wait()
        self.drawn += 1
        return self.drawn.to_bytes(count, "big")

    def longest_wait(self) -> bytes:
        # half + r % (half + 1), with the half of 2, 4, … seconds: r = half is the longest.
        return (1_000).to_bytes(4, "big")

    def poll(self) -> Append:
        append = self.owner.poll(self.now_ms)
        assert append is not None
        return append

    def idle(self) -> bool:
        return self.owner.poll(self.now_ms) is None

    def land(self, record: bytes | Barrier | Batch) -> Effect | None:
        content = record if isinstance(record, bytes) else encode_record(record)
        self.log.append(LogRecord(len(self.log), content, 1_700_000_000_000 + len(self.log)))
        return self.owner.read(self.log[-1], self.now_ms)

    def fail(self, append: Append) -> None:
        self.owner.append_failed(append.token, self.now_ms)

    def propose(self, decided: bytes = b"decided") -> Append:
        return self.owner.propose(decided, FORMAT, self.now_ms)


def other_barrier(epoch: int) -> Barrier:
    return Barrier(epoch, OTHER_CLAIM, "router-2:8082", FORMAT)


def barrier_of(append: Append) -> Barrier:
    barrier = decode_record(append.record)
    assert isinstance(barrier, Barrier)
    return barrier


def batch_of(append: Append) -> Batch:
    batch = decode_record(append.record)
    assert isinstance(batch, Batch)
    return batch


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def owning(bench: Bench) -> Bench:
    bench.owner.assigned(0)
    assert isinstance(bench.land(bench.poll().record), BecameOwner)
    return bench


def test_without_an_assignment_no_barrier_is_written(bench: Bench) -> None:
    assert bench.idle()
    assert bench.owner.wake_at_ms is None


def test_the_first_claim_after_an_assignment_goes_at_once(bench: Bench) -> None:
    bench.owner.assigned(0)
    assert barrier_of(bench.poll()) == Barrier(1, (1).to_bytes(16, "big"), ADDRESS, FORMAT)
    assert bench.idle()
    assert bench.owner.wake_at_ms is None


def test_it_claims_only_when_it_has_read_to_the_logs_end_as_of_the_assignment(bench: Bench) -> None:
    bench.owner.assigned(2)
    bench.land(other_barrier(1))
    assert bench.idle()
    bench.land(other_barrier(2))
    assert barrier_of(bench.poll()).epoch == 3


def test_barriers_of_the_past_are_not_counted_as_depositions(bench: Bench) -> None:
    bench.owner.assigned(1)
    assert bench.land(other_barrier(1)) == OtherOwns(1, 0, "router-2:8082", deposed=False)
    assert not bench.idle()


def test_it_owns_when_its_barrier_was_read_back_and_not_before(bench: Bench) -> None:
    bench.owner.assigned(0)
    claim = bench.poll()
    assert not bench.owner.owns
    assert not bench.owner.may_propose
    assert bench.land(claim.record) == BecameOwner(1, 0, 1_700_000_000_000)
    assert bench.owner.owns
    assert bench.owner.may_propose
    assert bench.idle()


def test_an_assignment_repeated_changes_nothing(owning: Bench) -> None:
    owning.land(other_barrier(2))
    owning.owner.assigned(0)
    assert owning.idle()


def test_a_batch_is_true_when_it_was_read_back(owning: Bench) -> None:
    append = owning.propose(b"first")
    assert batch_of(append).seq == 1
    assert not owning.owner.may_propose
    effect = owning.land(append.record)
    assert effect == Accepted(
        own=True,
        format=FORMAT,
        decided=b"first",
        epoch=1,
        seq=1,
        offset=1,
        appended_at_ms=1_700_000_000_001,
    )
    second = batch_of(owning.propose(b"second"))
    assert (second.seq, second.prev_digest) == (2, owning.owner.checkpoint.digest)


def test_a_second_batch_waits_for_the_first(owning: Bench) -> None:
    owning.propose()
    with pytest.raises(NotReady):
        owning.propose()


def test_a_router_that_does_not_own_cannot_propose(bench: Bench) -> None:
    with pytest.raises(NotReady):
        bench.propose()


def test_a_batch_that_the_log_would_refuse_is_never_made(owning: Bench) -> None:
    with pytest.raises(DecidedTooLarge):
        owning.propose(bytes(owning.owner.decided_bytes_max + 1))
    largest = owning.propose(bytes(owning.owner.decided_bytes_max))
    assert batch_of(largest).seq == 1
    assert len(largest.record) <= RECORD_BYTES_MAX


def test_anothers_batch_is_to_be_folded_and_not_released(bench: Bench) -> None:
    bench.land(other_barrier(1))
    effect = bench.land(Batch(1, OTHER_CLAIM, 1, bench.owner.checkpoint.digest, FORMAT, b"theirs"))
    assert isinstance(effect, Accepted)
    assert (effect.own, effect.decided) == (False, b"theirs")


def test_a_barrier_whose_append_failed_is_repeated_as_it_was(bench: Bench) -> None:
    bench.owner.assigned(0)
    first = bench.poll()
    bench.fail(first)
    assert bench.idle()
    assert bench.owner.wake_at_ms == bench.now_ms + RETRY_MS
    bench.now_ms += RETRY_MS
    again = bench.poll()
    assert again.record == first.record
    assert again.token != first.token


def test_a_barrier_that_failed_but_landed_is_not_repeated(bench: Bench) -> None:
    bench.owner.assigned(0)
    first = bench.poll()
    bench.fail(first)
    assert isinstance(bench.land(first.record), BecameOwner)
    bench.now_ms += RETRY_MS
    assert bench.idle()
    assert bench.land(first.record) is None
    assert bench.owner.may_propose


def test_a_failed_barrier_is_not_repeated_once_the_assignment_is_gone(bench: Bench) -> None:
    bench.owner.assigned(0)
    bench.fail(bench.poll())
    bench.owner.unassigned()
    bench.now_ms += RETRY_MS
    assert bench.idle()


def test_a_failure_told_of_an_append_that_is_settled_changes_nothing(owning: Bench) -> None:
    append = owning.propose()
    owning.land(append.record)
    owning.fail(append)
    assert owning.owner.may_propose
    assert owning.idle()


def test_an_open_batch_is_appended_again_under_a_new_claim_byte_for_byte(owning: Bench) -> None:
    lost = owning.propose(b"precious")
    owning.fail(lost)
    claim = owning.poll()
    assert barrier_of(claim).epoch == 2
    assert owning.idle()  # nothing behind a barrier that was not read back
    assert owning.land(claim.record) == StillOwner(2, 1, 1_700_000_000_001)
    again = batch_of(owning.poll())
    before = batch_of(lost)
    assert (again.format, again.decided, again.prev_digest) == (before.format, before.decided, before.prev_digest)
    assert (again.epoch, again.seq, again.claim_id) == (2, 1, barrier_of(claim).claim_id)
    assert owning.idle()
    assert owning.land(lost.record) is None
    effect = owning.land(encode_record(again))
    assert isinstance(effect, Accepted)
    assert effect.own


def test_an_open_batch_that_landed_before_the_new_barrier_is_not_appended_again(owning: Bench) -> None:
    late = owning.propose()
    owning.fail(late)
    claim = owning.poll()
    effect = owning.land(late.record)
    assert isinstance(effect, Accepted)
    assert effect.own
    assert not owning.owner.may_propose  # the barrier is still on its way
    assert isinstance(owning.land(claim.record), StillOwner)
    assert owning.idle()
    assert owning.owner.may_propose


def test_an_open_batch_that_landed_after_all_needs_no_barrier(owning: Bench) -> None:
    late = owning.propose()
    owning.fail(late)
    owning.land(late.record)
    assert owning.idle()
    assert owning.owner.may_propose


def test_a_duplicate_of_an_accepted_batch_is_not_open(owning: Bench) -> None:
    append = owning.propose()
    owning.land(append.record)
    assert owning.land(append.record) is None
    assert owning.idle()
    assert owning.owner.may_propose
    assert owning.owner.fence.dropped == {Drop.BATCH_OUT_OF_SEQUENCE: 1}


def test_a_duplicate_of_the_batch_before_does_not_touch_the_one_in_flight(owning: Bench) -> None:
    first = owning.propose(b"first")
    owning.land(first.record)
    second = owning.propose(b"second")
    assert owning.land(first.record) is None
    assert owning.idle()
    assert isinstance(owning.land(second.record), Accepted)


def test_an_owner_without_an_assignment_goes_on_but_cannot_help_an_open_batch(owning: Bench) -> None:
    owning.owner.unassigned()
    append = owning.propose()
    owning.fail(append)
    assert owning.idle()
    owning.owner.assigned(len(owning.log))
    assert barrier_of(owning.poll()).epoch == 2


def test_anothers_barrier_ends_everything_that_was_speculated(owning: Bench) -> None:
    append = owning.propose()
    assert owning.land(other_barrier(2)) == OtherOwns(2, 1, "router-2:8082", deposed=True)
    assert not owning.owner.owns
    assert not owning.owner.may_propose
    assert owning.land(append.record) is None
    owning.now_ms += BACK_OFF_MS_MAX
    claim = owning.poll()
    assert barrier_of(claim).epoch == 3
    assert isinstance(owning.land(claim.record), BecameOwner)
    assert owning.idle()
    assert owning.owner.may_propose


def test_a_claim_that_lost_is_made_anew_with_another_id(bench: Bench) -> None:
    bench.owner.assigned(0)
    lost = bench.poll()
    assert bench.land(other_barrier(1)) == OtherOwns(1, 0, "router-2:8082", deposed=True)
    assert bench.land(lost.record) is None
    bench.now_ms += BACK_OFF_MS_MAX
    claim = barrier_of(bench.poll())
    assert claim.epoch == 2
    assert claim.claim_id != barrier_of(lost).claim_id


def test_deposed_while_assigned_it_waits_twice_as_long_each_time_up_to_a_minute(bench: Bench) -> None:
    bench.owner.assigned(0)
    waits = []
    for epoch in range(1, 17, 2):
        bench.land(bench.poll().record)
        bench.land(other_barrier(epoch + 1))
        assert bench.owner.wake_at_ms is not None
        waits.append(bench.owner.wake_at_ms - bench.now_ms)
        assert bench.idle()
        bench.now_ms = bench.owner.wake_at_ms
    assert waits == [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]


def test_the_longest_wait_is_twice_the_shortest() -> None:
    bench = Bench(largest=True)
    bench.owner.assigned(0)
    bench.land(bench.poll().record)
    bench.land(other_barrier(2))
    assert bench.owner.wake_at_ms == bench.now_ms + 2_000


def test_after_ten_quiet_minutes_it_waits_as_briefly_as_at_first(bench: Bench) -> None:
    bench.owner.assigned(0)
    for epoch in (1, 3, 5):
        bench.now_ms += 5_000
        bench.land(bench.poll().record)
        if epoch == 5:
            bench.now_ms += QUIET_MS
        bench.land(other_barrier(epoch + 1))
    assert bench.owner.wake_at_ms == bench.now_ms + 1_000


def test_after_a_new_assignment_the_claim_goes_at_once_though_it_was_deposed_before(owning: Bench) -> None:
    owning.land(other_barrier(2))
    assert owning.idle()
    owning.owner.unassigned()
    owning.owner.assigned(len(owning.log))
    assert barrier_of(owning.poll()).epoch == 3


def test_handing_over_without_an_assignment_is_not_counted_as_a_deposition(owning: Bench) -> None:
    for epoch in (1, 3):
        owning.owner.unassigned()
        assert owning.land(other_barrier(epoch + 1)) == OtherOwns(epoch + 1, epoch, "router-2:8082", deposed=True)
        owning.owner.assigned(len(owning.log))
        assert isinstance(owning.land(owning.poll().record), BecameOwner)
    owning.land(other_barrier(6))
    assert owning.owner.wake_at_ms == owning.now_ms + 1_000


def test_a_claim_that_waits_does_not_wait_longer_because_others_fight(owning: Bench) -> None:
    owning.land(other_barrier(2))
    wake_at_ms = owning.owner.wake_at_ms
    owning.now_ms += 500
    assert owning.land(other_barrier(3)) == OtherOwns(3, 2, "router-2:8082", deposed=False)
    assert owning.owner.wake_at_ms == wake_at_ms


def test_effects_leave_for_three_seconds_from_the_sending_of_an_accepted_batch(owning: Bench) -> None:
    assert not owning.owner.may_release(owning.now_ms)
    append = owning.propose()
    sent_at_ms = owning.now_ms
    owning.now_ms += 2_000
    owning.land(append.record)
    assert owning.owner.may_release(sent_at_ms + RELEASE_MS - 1)
    assert not owning.owner.may_release(sent_at_ms + RELEASE_MS)
    owning.now_ms = sent_at_ms + RELEASE_MS
    owning.land(owning.propose(b"").record)
    assert owning.owner.may_release(owning.now_ms)


def test_no_effect_leaves_after_anothers_barrier(owning: Bench) -> None:
    owning.land(owning.propose().record)
    assert owning.owner.may_release(owning.now_ms)
    owning.land(other_barrier(2))
    assert not owning.owner.may_release(owning.now_ms)
    owning.now_ms += 1_000
    owning.land(owning.poll().record)
    assert owning.owner.owns
    assert not owning.owner.may_release(owning.now_ms)


def test_a_stopped_fold_ends_claiming_and_deciding(owning: Bench) -> None:
    owning.land(owning.propose().record)
    owning.propose()
    stopped = owning.land(other_barrier(7))
    assert isinstance(stopped, Stopped)
    assert stopped.reason == owning.owner.stopped
    assert not owning.owner.may_propose
    assert not owning.owner.may_release(owning.now_ms)
    owning.owner.unassigned()
    owning.owner.assigned(0)
    assert owning.idle()
    assert owning.land(other_barrier(2)) == stopped


@pytest.mark.parametrize("proposed", [b"mine", None])
def test_a_batch_under_its_own_claim_that_it_did_not_write_stops_it(owning: Bench, proposed: bytes | None) -> None:
    if proposed is not None:
        owning.propose(proposed)
    at = owning.owner.checkpoint
    effect = owning.land(Batch(at.epoch, at.claim_id, 1, at.digest, FORMAT, b"forged"))
    assert isinstance(effect, Stopped)
    assert owning.idle()


@pytest.mark.parametrize("address", ["", "a" * 256])
def test_an_address_that_no_barrier_should_carry_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Owner(address, RECORD_BYTES_MAX, bytes)
