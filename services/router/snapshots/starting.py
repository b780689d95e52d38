"""Where a partition begins: at the newest snapshot that verifies and is of this log, else at the log's beginning."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from hashlib import sha256

import structlog

from services.router.partition_state import PartitionState
from services.router.snapshots.manifest import Manifest, SnapshotDamaged
from services.router.snapshots.reading import read
from services.router.snapshots.shelf import Shelf
from services.shared.event_log import EventLog, LogUnavailable, RecordsGone
from services.shared.fence import Checkpoint
from services.shared.object_store import ObjectStoreUnavailable

RETRY_S = 1.0
# So often the object store is asked; then the log is folded from its beginning.
TRIES = 20

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Restored:
    """A state, and where in the log it was."""

    state: PartitionState
    checkpoint: Checkpoint
    made_at_ms: int


async def newest(shelf: Shelf, router_log: EventLog) -> Restored | None:
    """The state to begin with; None: begin with nothing, at the log's beginning. Waits for the log if it is away."""
    tries = 0
    while True:
        try:
            return await _newest(shelf, router_log)
        except LogUnavailable as error:
            log.warning("router_log_unavailable", partition=shelf.partition, error=str(error))
        except ObjectStoreUnavailable as error:
            tries += 1
            log.error("snapshots_unavailable", partition=shelf.partition, error=str(error))
            if tries >= TRIES:
                return None
        await asyncio.sleep(RETRY_S)


async def _newest(shelf: Shelf, router_log: EventLog) -> Restored | None:
    for kept in await shelf.all():
        try:
            manifest = await shelf.manifest(kept)
            await _check_log(router_log, manifest)
            state = await read(shelf, kept, manifest)
        except SnapshotDamaged as error:
            log.error("snapshot_refused", snapshot=kept.name, reason=str(error), instead="an older one, or the log")
            continue
        return Restored(state, manifest.checkpoint, manifest.made_at_ms)
    return None


async def _check_log(router_log: EventLog, manifest: Manifest) -> None:
    """A topic that was made anew has another history: what was made of the old one says nothing of it."""
    newest_offset = manifest.checkpoint.offset - 1
    if newest_offset >= await router_log.end(manifest.partition):
        raise SnapshotDamaged("it was taken behind the log's end: it is of another log, or the log has lost records")
    try:
        async with aclosing(router_log.read(manifest.partition, newest_offset)) as records:  # type: ignore[type-var]
            record = await anext(records)
    except RecordsGone as error:
        raise SnapshotDamaged(f"the record before it can't be read: {error}") from error
    if sha256(record.record).hexdigest() != manifest.record_hash:
        raise SnapshotDamaged("the log has another record before it: it is of another log")
