"""One router of the simulated partition: the real fold, the real batches, and a log that is a list of bytes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from services.router.core.snapshot import restore, snapshot
from services.router.decided import Decided
from services.router.effects import Position
from services.router.log_codec import decode_decided
from services.router.partition_state import PartitionState
from services.router.speculation import Speculation
from services.shared.event_log import LogRecord
from services.shared.fence import FORMAT, Barrier, Batch, Checkpoint, Fence, Verdict
from services.shared.log_codec import encode_record, judge_record
from switchroom.v1 import log_pb2

PARTITION = 0
# Each record is read by its owner, by the standby, and by whoever is built up again: its bytes say the same to all.
RECORDS_REMEMBERED = 10_000
# A field of a number that no version has, which holds a 1.
UNKNOWN = b"\xf8\xff\x03\x01"
_decoded = lru_cache(RECORDS_REMEMBERED)(decode_decided)
# When a day is over.
forget_records = _decoded.cache_clear


@dataclass(frozen=True, slots=True)
class Picture:
    """A snapshot of a partition, with the place in the log that it was taken at."""

    checkpoint: Checkpoint
    at_ms: int
    inbound_offset: int
    tenants: dict[str, bytes]


class Router:
    """Follows the log from its beginning, or from a picture; claims it and commits to it when it is told to."""

    def __init__(self, name: str, log: list[bytes], picture: Picture | None = None, *, is_newer: bool = False) -> None:
        self.name = name
        self._is_newer = is_newer
        self._log = log
        self._claims = 0
        self.speculation = Speculation(PARTITION)
        self.fence = Fence(picture.checkpoint if picture else Checkpoint())
        if picture:
            self.state.tenants = {tenant: restore(content) for tenant, content in picture.tenants.items()}
            self.state.moved_to(picture.at_ms, picture.inbound_offset)

    @property
    def state(self) -> PartitionState:
        return self.speculation.state

    def picture(self) -> Picture:
        """Only while no batch is in flight."""
        tenants = {name: snapshot(tenant) for name, tenant in self.state.tenants.items()}
        return Picture(self.fence.checkpoint, self.state.at_ms, self.state.inbound_offset, tenants)

    def read(self) -> Iterator[tuple[int, Decided]]:
        """What counts of the records that it has not read."""
        while self.fence.checkpoint.offset < len(self._log):
            offset = self.fence.checkpoint.offset
            verdict, envelope = judge_record(self.fence, LogRecord(offset, self._log[offset], 0))
            if verdict is Verdict.ACCEPTED and isinstance(envelope, Batch):
                yield offset, _decoded(envelope.decided)

    def follow(self, fold: Callable[[int, Decided], None] | None = None) -> None:
        """Read on to the end and fold it in, by the function if there is one."""
        for offset, decided in self.read():
            if fold is None:
                self.speculation.follow(decided, offset)
            else:
                fold(offset, decided)
                self.speculation.position = Position(PARTITION, offset)

    def barrier(self) -> bytes:
        """A claim for the epoch after the one that it knows of."""
        self._claims += 1
        claim_id = f"{self.name} {self._claims}".encode().rjust(16)[-16:]
        return encode_record(Barrier(self.fence.checkpoint.epoch + 1, claim_id, f"{self.name}:8082", FORMAT))

    def record(self, decided: bytes) -> bytes:
        """The record of its next commit, if it still owned the partition."""
        decided = _of_a_newer_version(decided) if self._is_newer else decided
        at = self.fence.checkpoint
        return encode_record(Batch(at.epoch, at.claim_id, at.seq + 1, at.digest, FORMAT, decided))


def _of_a_newer_version(decided: bytes) -> bytes:
    """The same, with fields that only a newer version knows, in every message of it."""
    message = log_pb2.Decided.FromString(decided)
    message.MergeFromString(UNKNOWN)
    for command in message.commands:
        command.MergeFromString(UNKNOWN)
        for event in command.events:
            getattr(event, event.WhichOneof("kind") or "").MergeFromString(UNKNOWN)
    return message.SerializeToString()
