"""Following router.log: the batches that count, in order, for whoever folds them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from services.shared.event_log import LogRecord
from services.shared.fence import BEGINNING, Batch, Checkpoint, Fence, Verdict
from services.shared.log_codec import judge_record


@dataclass(frozen=True, slots=True)
class AcceptedBatch:
    """What one commit decided, and where it stands. Keep `checkpoint` with what was made of it, and start there."""

    decided: bytes
    epoch: int
    seq: int
    offset: int
    appended_at_ms: int
    checkpoint: Checkpoint


async def accepted(records: AsyncIterator[LogRecord], start: Checkpoint = BEGINNING) -> AsyncIterator[AcceptedBatch]:
    """Yield the accepted batches of records that are read from that checkpoint on, as they come.

    Raises FenceStopped (alarm: it won't go away by itself), and what reading raises.
    """
    fence = Fence(start)
    async for record in records:
        verdict, envelope = judge_record(fence, record)
        if verdict is Verdict.ACCEPTED and isinstance(envelope, Batch):
            yield AcceptedBatch(
                decided=envelope.decided,
                epoch=envelope.epoch,
                seq=envelope.seq,
                offset=record.offset,
                appended_at_ms=record.appended_at_ms,
                checkpoint=fence.checkpoint,
            )
