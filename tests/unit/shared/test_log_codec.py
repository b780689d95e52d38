"""The envelope on the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.shared.event_log import LogRecord
from services.shared.fence import Barrier, Batch, Fence, FenceStopped, Verdict
from services.shared.log_codec import ENVELOPE_BYTES_MAX, UnreadableRecord, decode_record, encode_record, judge_record

INT64 = st.integers(-(2**63), 2**63 - 1)
INT32 = st.integers(-(2**31), 2**31 - 1)
BARRIER = Barrier(1, b"A" * 16, "router-1:8082", 1)


@given(st.builds(Barrier, epoch=INT64, claim_id=st.binary(), owner_address=st.text(), format=INT32))
def test_a_barrier_is_read_as_it_was_written(barrier: Barrier) -> None:
    assert decode_record(encode_record(barrier)) == barrier


@given(
    st.builds(
        Batch,
        epoch=INT64,
        claim_id=st.binary(),
        seq=INT64,
        prev_digest=st.binary(),
        format=INT32,
        decided=st.binary(),
    )
)
def test_a_batch_is_read_as_it_was_written(batch: Batch) -> None:
    assert decode_record(encode_record(batch)) == batch


@given(st.binary())
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        decode_record(content)
    except UnreadableRecord as refusal:
        assert str(len(content)) in str(refusal)  # noqa: PT017  # most bytes are refused, some are not


@pytest.mark.parametrize("content", [b"", b"\xff", b"\x0a\x7f", b"\x1a\x00", b"\x0a\x03\x1a\x01\xff"])
def test_what_is_neither_barrier_nor_batch_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableRecord):
        decode_record(content)


def test_no_envelope_is_larger_than_what_is_reckoned_with() -> None:
    decided = bytes(2**21)
    largest = Batch(-1, b"A" * 16, -1, b"D" * 32, -1, decided)
    assert len(encode_record(largest)) <= len(decided) + ENVELOPE_BYTES_MAX


def test_a_record_is_decoded_and_judged() -> None:
    fence = Fence()
    assert judge_record(fence, LogRecord(0, encode_record(BARRIER), 0)) == (Verdict.CLAIMED, BARRIER)
    assert fence.checkpoint.offset == 1


def test_a_record_that_cannot_be_read_stops_the_fold() -> None:
    fence = Fence()
    with pytest.raises(FenceStopped, match="neither barrier nor batch"):
        judge_record(fence, LogRecord(0, b"", 0))
    with pytest.raises(FenceStopped, match="neither barrier nor batch"):
        judge_record(fence, LogRecord(0, encode_record(BARRIER), 0))
