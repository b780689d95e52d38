"""A partition's state held still: taken at once when nothing is in flight, looked through later."""

from dataclasses import dataclass
from hashlib import sha256

from services.router.core.snapshot_pieces import Copied, copied
from services.router.partition_state import PartitionState
from services.shared.event_log import LogRecord
from services.shared.fence import Checkpoint


@dataclass(frozen=True, slots=True)
class Picture:
    """All that a snapshot is made of."""

    checkpoint: Checkpoint
    record_hash: str
    at_ms: int
    inbound_offset: int
    tenants: tuple[Copied, ...]


def picture_of(state: PartitionState, checkpoint: Checkpoint, record: LogRecord) -> Picture:
    """The state after that record. Only while no batch is in flight: what is speculated must not be in it."""
    tenants = tuple(copied(state.tenants[name]) for name in sorted(state.tenants))
    return Picture(checkpoint, sha256(record.record).hexdigest(), state.at_ms, state.inbound_offset, tenants)
