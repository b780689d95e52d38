"""The envelope of router.log: barriers and batches to bytes and back."""

from google.protobuf.message import DecodeError

from services.shared.event_log import LogRecord
from services.shared.fence import Barrier, Batch, Fence, Verdict
from switchroom.v1 import log_pb2

# What a batch's record has beyond `decided`, at most: two tags and lengths, epoch, claim, seq, digest and format.
ENVELOPE_BYTES_MAX = 128


class UnreadableRecord(ValueError):
    """The bytes are no envelope that this version knows."""


def encode_record(record: Barrier | Batch) -> bytes:
    """The bytes to append."""
    envelope = log_pb2.LogEnvelope()
    if isinstance(record, Barrier):
        _fill_barrier(envelope.barrier, record)
    else:
        _fill_batch(envelope.batch, record)
    return envelope.SerializeToString()


def decode_record(content: bytes) -> Barrier | Batch:
    """What the bytes of a record say. Raises UnreadableRecord."""
    envelope = log_pb2.LogEnvelope()
    try:
        envelope.ParseFromString(content)
    except DecodeError as error:
        raise UnreadableRecord(f"a record of {len(content)} bytes is no envelope: {error}") from None
    if envelope.HasField("barrier"):
        return _read_barrier(envelope.barrier)
    if envelope.HasField("batch"):
        return _read_batch(envelope.batch)
    raise UnreadableRecord(f"a record of {len(content)} bytes is neither barrier nor batch")


def judge_record(fence: Fence, record: LogRecord) -> tuple[Verdict, Barrier | Batch]:
    """Decode the next record and have it judged. Raises FenceStopped, also for a record that can't be read."""
    try:
        envelope = decode_record(record.record)
    except UnreadableRecord as error:
        raise fence.stop(record.offset, str(error)) from None
    return fence.judge(envelope, record.offset), envelope


def _fill_barrier(message: log_pb2.Barrier, barrier: Barrier) -> None:
    message.epoch = barrier.epoch
    message.claim_id = barrier.claim_id
    message.owner_address = barrier.owner_address
    message.format = barrier.format


def _fill_batch(message: log_pb2.Batch, batch: Batch) -> None:
    message.epoch = batch.epoch
    message.claim_id = batch.claim_id
    message.seq = batch.seq
    message.prev_digest = batch.prev_digest
    message.format = batch.format
    message.decided = batch.decided


def _read_barrier(message: log_pb2.Barrier) -> Barrier:
    return Barrier(message.epoch, message.claim_id, message.owner_address, message.format)


def _read_batch(message: log_pb2.Batch) -> Batch:
    return Batch(message.epoch, message.claim_id, message.seq, message.prev_digest, message.format, message.decided)
