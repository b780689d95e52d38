"""The same log folded by several readers: whatever the way, the state must have one hash."""

import random
from collections.abc import Collection, Iterator, Sequence

from services.router.core.snapshot import restore, snapshot
from services.router.log_codec import decode_decided
from services.router.partition_state import PartitionState
from services.router.state_hash import partition_hash
from services.shared.event_log import LogRecord
from services.shared.fence import Batch, Fence, Verdict
from services.shared.log_codec import judge_record

# How often a reader that stops and goes on from its snapshots does so.
STOPS = 5
# Stands for the end where offsets are asked for.
END = -1


def hashes_at(records: Sequence[LogRecord], offsets: Collection[int]) -> dict[int, str]:
    """Fold from the beginning to the end; the hash after each of these offsets, and under END that of the end."""
    state, found = PartitionState(), {}
    for offset, decided in _accepted(records):
        state.apply(decode_decided(decided))
        if offset in offsets:
            found[offset] = partition_hash(state)
    return found | {END: partition_hash(state)}


def hash_with_stops(records: Sequence[LogRecord], seed: int) -> str:
    """The hash of the end, by a reader that stops now and then and goes on from what it had written down."""
    chance = random.Random(seed)  # noqa: S311  # from a seed, so that a run can be had again
    stops = {chance.randrange(len(records)) for _ in range(STOPS)} if records else set()
    state = PartitionState()
    for offset, decided in _accepted(records):
        state.apply(decode_decided(decided))
        if offset in stops:
            state = _taken_up_again(state)
    return partition_hash(state)


def _taken_up_again(state: PartitionState) -> PartitionState:
    again = PartitionState()
    again.tenants = {name: restore(snapshot(tenant)) for name, tenant in state.tenants.items()}
    again.moved_to(state.at_ms, state.inbound_offset)
    return again


def _accepted(records: Sequence[LogRecord]) -> Iterator[tuple[int, bytes]]:
    fence = Fence()
    for record in records:
        verdict, envelope = judge_record(fence, record)
        if verdict is Verdict.ACCEPTED and isinstance(envelope, Batch):
            yield record.offset, envelope.decided
