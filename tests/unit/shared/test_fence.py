"""The fold's judgement, case by case, in the order in which it judges."""

from dataclasses import replace

import pytest

from services.shared.fence import (
    BEGINNING,
    FORMAT,
    ZERO_DIGEST,
    Barrier,
    Batch,
    Checkpoint,
    Drop,
    Fence,
    FenceStopped,
    Verdict,
    next_digest,
)

CLAIM = b"A" * 16
OTHER_CLAIM = b"B" * 16


def barrier(epoch: int = 1, claim_id: bytes = CLAIM, format: int = FORMAT) -> Barrier:
    return Barrier(epoch, claim_id, "router-1:8082", format)


def batch(seq: int = 1, digest: bytes = ZERO_DIGEST, decided: bytes = b"decided", format: int = FORMAT) -> Batch:
    return Batch(1, CLAIM, seq, digest, format, decided)


def given(*records: Barrier | Batch) -> Fence:
    fence = Fence()
    for offset, record in enumerate(records):
        fence.judge(record, offset)
    return fence


def judge(fence: Fence, record: Barrier | Batch) -> Verdict:
    return fence.judge(record, fence.checkpoint.offset)


def stops(fence: Fence, record: Barrier | Batch, why: str) -> None:
    before = fence.checkpoint
    with pytest.raises(FenceStopped, match=why):
        judge(fence, record)
    assert fence.checkpoint == before
    assert fence.stopped is not None


def test_a_barrier_of_the_next_epoch_is_accepted() -> None:
    fence = given()
    assert judge(fence, barrier()) is Verdict.CLAIMED
    assert fence.checkpoint == Checkpoint(epoch=1, claim_id=CLAIM, seq=0, digest=ZERO_DIGEST, offset=1)


def test_of_two_barriers_of_one_epoch_the_first_wins() -> None:
    fence = given(barrier())
    assert judge(fence, barrier(claim_id=OTHER_CLAIM)) is Verdict.DROPPED
    assert fence.checkpoint == Checkpoint(epoch=1, claim_id=CLAIM, offset=2)
    assert fence.dropped == {Drop.BARRIER_TOO_LATE: 1}


def test_a_barrier_that_skips_an_epoch_stops_the_fold() -> None:
    stops(given(barrier()), barrier(epoch=3), "barrier of epoch 3 follows epoch 1")


@pytest.mark.parametrize("claim_id", [b"", b"A" * 15, b"A" * 17])
def test_a_barrier_without_a_proper_claim_id_stops_the_fold(claim_id: bytes) -> None:
    stops(given(), barrier(claim_id=claim_id), "claim id")


@pytest.mark.parametrize("format", [0, -1, FORMAT + 1])
def test_a_barrier_of_an_unknown_format_stops_the_fold(format: int) -> None:
    stops(given(), barrier(format=format), "format")


def test_a_barrier_that_is_dropped_anyway_may_have_any_format() -> None:
    assert judge(given(barrier()), barrier(format=99, claim_id=b"")) is Verdict.DROPPED


def test_a_batch_of_the_current_claim_is_accepted_and_moves_the_chain_on() -> None:
    fence = given(barrier())
    assert judge(fence, batch()) is Verdict.ACCEPTED
    digest = next_digest(ZERO_DIGEST, FORMAT, b"decided")
    assert fence.checkpoint == Checkpoint(1, CLAIM, 1, digest, 2)


def test_the_chain_is_sha_256_of_digest_format_and_decided() -> None:
    expected = "f320721deffa4a68a243c2e0785b2d52971d3072c3d5fce3fc01e7b8735c2a3c"
    assert next_digest(ZERO_DIGEST, 1, b"decided").hex() == expected
    assert next_digest(ZERO_DIGEST, 1, b"decided") != next_digest(ZERO_DIGEST, 2, b"decided")
    assert next_digest(ZERO_DIGEST, 1, b"decided") != next_digest(b"1" * 32, 1, b"decided")


def test_a_new_claim_starts_its_seq_at_one_and_carries_the_chain_on() -> None:
    fence = given(barrier(), batch(), barrier(epoch=2, claim_id=OTHER_CLAIM))
    digest = next_digest(ZERO_DIGEST, FORMAT, b"decided")
    assert fence.checkpoint == Checkpoint(2, OTHER_CLAIM, 0, digest, 3)
    following = replace(batch(digest=digest), epoch=2, claim_id=OTHER_CLAIM)
    assert judge(fence, following) is Verdict.ACCEPTED


def test_a_batch_of_an_old_epoch_is_dropped_whatever_it_says() -> None:
    fence = given(barrier(), barrier(epoch=2, claim_id=OTHER_CLAIM))
    assert judge(fence, batch(seq=7, digest=b"?", format=99)) is Verdict.DROPPED
    assert fence.dropped == {Drop.BATCH_OF_OLD_EPOCH: 1}


def test_a_duplicate_is_dropped_by_its_seq_before_its_digest_is_judged() -> None:
    fence = given(barrier(), batch())
    before = fence.checkpoint
    assert judge(fence, batch()) is Verdict.DROPPED
    assert fence.checkpoint == replace(before, offset=before.offset + 1)
    assert fence.dropped == {Drop.BATCH_OUT_OF_SEQUENCE: 1}


def test_a_batch_that_leaves_a_seq_out_is_dropped() -> None:
    assert judge(given(barrier()), batch(seq=2)) is Verdict.DROPPED


def test_a_batch_of_a_higher_epoch_stops_the_fold() -> None:
    stops(given(barrier()), replace(batch(), epoch=2), "a batch of epoch 2 stands in epoch 1")


def test_a_batch_of_another_claim_in_the_current_epoch_stops_the_fold() -> None:
    stops(given(barrier()), replace(batch(), claim_id=OTHER_CLAIM), "another claim")


def test_before_the_first_barrier_no_claim_is_the_current_one_not_even_the_empty_one() -> None:
    stops(given(), replace(batch(), epoch=0, claim_id=b""), "another claim")


def test_a_batch_decided_from_another_history_stops_the_fold() -> None:
    stops(given(barrier()), batch(digest=b"x" * 32), "another history")


@pytest.mark.parametrize("format", [0, -1, FORMAT + 1])
def test_a_batch_of_an_unknown_format_stops_the_fold(format: int) -> None:
    stops(given(barrier()), batch(format=format), "format")


def test_a_reader_that_knows_a_newer_format_goes_on() -> None:
    fence = Fence(format_max=2)
    fence.judge(barrier(format=2), 0)
    assert fence.judge(batch(format=2), 1) is Verdict.ACCEPTED


def test_a_batch_of_a_higher_format_raises_it_and_what_follows_keeps_it() -> None:
    fence = Fence(format_max=3)
    fence.judge(barrier(format=1), 0)
    fence.judge(batch(format=1), 1)
    assert fence.checkpoint.format == 1
    fence.judge(batch(2, fence.checkpoint.digest, format=3), 2)
    assert fence.checkpoint.format == 3
    fence.judge(batch(3, fence.checkpoint.digest, format=3), 3)
    assert fence.checkpoint.format == 3


def test_a_format_is_never_lowered() -> None:
    fence = Fence(format_max=2)
    fence.judge(barrier(format=1), 0)
    fence.judge(batch(format=2), 1)
    stops(fence, batch(2, fence.checkpoint.digest, format=1), "a batch of format 1 stands where 2 is in force")


def test_a_claim_of_a_router_that_had_not_read_the_raise_counts_and_lowers_nothing() -> None:
    fence = Fence(format_max=2)
    fence.judge(barrier(format=1), 0)
    fence.judge(batch(format=2), 1)
    assert fence.judge(barrier(epoch=2, claim_id=OTHER_CLAIM, format=1), 2) is Verdict.CLAIMED
    assert fence.checkpoint.format == 2


def test_a_dropped_batch_raises_nothing() -> None:
    fence = Fence(format_max=2)
    fence.judge(barrier(format=1), 0)
    assert fence.judge(batch(seq=2, format=2), 1) is Verdict.DROPPED
    assert fence.checkpoint.format == 1


def test_an_older_release_stops_at_the_raise_and_says_that_nothing_is_lost() -> None:
    fence = given(barrier())
    stops(fence, batch(format=FORMAT + 1), f"raised to format {FORMAT + 1}, and this release reads 1 to {FORMAT}")
    assert "Nothing is lost" in str(fence.stopped)
    assert "No correct router writes this" not in str(fence.stopped)


def test_an_older_release_stops_at_once_at_a_checkpoint_behind_the_raise() -> None:
    fence = Fence(Checkpoint(1, CLAIM, 1, ZERO_DIGEST, 2, format=FORMAT + 1))
    stops(fence, batch(2), "this release reads")


def test_a_record_at_another_offset_than_the_next_stops_the_fold() -> None:
    fence = given(barrier())
    with pytest.raises(FenceStopped, match="the record due was that at offset 1"):
        fence.judge(batch(), 2)


def test_a_stopped_fold_stays_stopped_for_its_first_reason() -> None:
    fence = given(barrier())
    stops(fence, barrier(epoch=3), "epoch 3")
    stops(fence, batch(), "epoch 3")
    assert "epoch 3" in str(fence.stop(1, "something else"))


def test_a_fold_started_at_a_checkpoint_goes_on_as_the_one_that_made_it() -> None:
    records: list[Barrier | Batch] = [barrier(), batch(), batch(), barrier(epoch=2, claim_id=OTHER_CLAIM)]
    whole = given(*records)
    for middle in range(len(records)):
        resumed = Fence(given(*records[:middle]).checkpoint)
        for offset in range(middle, len(records)):
            resumed.judge(records[offset], offset)
        assert resumed.checkpoint == whole.checkpoint


def test_the_beginning_is_before_everything() -> None:
    assert Fence().checkpoint == BEGINNING == Checkpoint(0, b"", 0, bytes(32), 0)
