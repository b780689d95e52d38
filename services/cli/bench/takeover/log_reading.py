"""A partition of router.log, and what came in on contacts.inbound, read from the first record to the last."""

from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import dataclass, field

from services.cli.bench.takeover.committed import Claim, Commit
from services.cli.bench.takeover.log_codec import commit_of
from services.ingest.log_codec import decode
from services.shared.event_log import EventLog, LogRecord
from services.shared.fence import Barrier, Batch, Fence, FenceStopped, Verdict
from services.shared.log_codec import judge_record


async def records_of(log: EventLog, partition: int) -> list[LogRecord]:
    """All records, as they are now. Raises RecordsGone, LogUnavailable."""
    end = await log.end(partition)
    found: list[LogRecord] = []
    if not end:
        return found
    async with aclosing(log.read(partition, 0)) as records:  # type: ignore[type-var]
        async for record in records:
            found.append(record)
            if record.offset >= end - 1:
                break
    return found


@dataclass
class JudgedRecords:
    """The batches that count, the claims, how many records were dropped, and why the rest was not read ("": it was)."""

    commits: list[Commit] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    dropped: int = 0
    stopped: str = ""


def judged(partition: int, records: Iterable[LogRecord]) -> JudgedRecords:
    """What the fence makes of a partition's records."""
    found, fence = JudgedRecords(), Fence()
    try:
        for record in records:
            verdict, envelope = judge_record(fence, record)
            if isinstance(envelope, Barrier) and verdict is Verdict.CLAIMED:
                found.claims.append(Claim(partition, envelope.epoch, envelope.owner_address, record.appended_at_ms))
            elif isinstance(envelope, Batch) and verdict is Verdict.ACCEPTED:
                found.commits.append(commit_of(partition, record.offset, envelope))
    except (FenceStopped, ValueError) as error:
        found.stopped = str(error)
    found.dropped = fence.dropped.total()
    return found


def inbound_ids(records: Iterable[LogRecord]) -> list[tuple[str, str]]:
    """The (tenant, event id) of each record. Raises UnreadableEnvelope."""
    envelopes = (decode(record.record) for record in records)
    return [(envelope.tenant, envelope.event_id) for envelope in envelopes]
