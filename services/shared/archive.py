"""Records of a log that are kept apart from it, unchanged, in segments: what is deleted there can still be read here.

A segment holds the records of consecutive offsets. Its name tells which, and the hash of its bytes: whoever reads it
knows whether it is whole. Segments are cut by what is in them, so that two who archive the same records make the same
segments under the same names.
"""

import asyncio
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import structlog

from services.shared.event_log import LogRecord
from services.shared.object_store import ObjectStore

# A segment is full when it has so much.
SEGMENT_BYTES = 4 * 1024 * 1024
SEGMENT_RECORDS = 20_000
# No segment is larger: a record of the largest size may come on top, and each has its place and time.
CONTENT_BYTES_MAX = 2 * SEGMENT_BYTES + SEGMENT_RECORDS * 64
_PLACE = struct.Struct(">QqI")
_ENDING = ".records"

log = structlog.get_logger(__name__)


class SegmentDamaged(Exception):
    """A segment is not what its name says; its records can't be had from there."""


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """The records from `first` to before `next`; `hash` is the SHA-256 of its bytes, in hex."""

    first: int
    next: int
    hash: str

    @property
    def name(self) -> str:
        return f"{self.first:020}-{self.next:020}-{self.hash}{_ENDING}"


class Archive:
    """The segments of all partitions of one log in an object store."""

    def __init__(self, store: ObjectStore, log_name: str, segment_records: int = SEGMENT_RECORDS) -> None:
        """`segment_records`: so many make a segment full, if they do not have `SEGMENT_BYTES` before."""
        self._store = store
        self._folder = f"{log_name}/archive"
        self._segment_records = segment_records

    async def segments(self, partition: int) -> list[Segment]:
        """All there are, in order. Raises ObjectStoreUnavailable."""
        folder = self._of(partition)
        names = (name.removeprefix(f"{folder}/") for name in await self._store.names(folder))
        return sorted(segment for name in names if (segment := _segment_of(name)) is not None)

    async def put(self, partition: int, records: Sequence[LogRecord]) -> Segment:
        """Keep these records, which follow each other; they are durable and were read back when this returns.

        Raises ObjectStoreUnavailable, SegmentDamaged.
        """
        content = await asyncio.to_thread(_packed, records)
        segment = Segment(records[0].offset, records[-1].offset + 1, sha256(content).hexdigest())
        await self._store.put(f"{self._of(partition)}/{segment.name}", content)
        if await self.get(partition, segment) != list(records):
            raise SegmentDamaged(f"{segment.name} was not read back as it was written")
        return segment

    async def get(self, partition: int, segment: Segment) -> list[LogRecord]:
        """Its records. Raises ObjectStoreUnavailable, SegmentDamaged."""
        content = await self._store.get(f"{self._of(partition)}/{segment.name}")
        if content is None:
            raise SegmentDamaged(f"{segment.name} is gone")
        return await asyncio.to_thread(_unpacked, segment, content)

    def is_full(self, records: Sequence[LogRecord], size_bytes: int) -> bool:
        """Whether a segment ends with the last of these; `size_bytes` is what they have together."""
        return size_bytes >= SEGMENT_BYTES or len(records) >= self._segment_records

    def _of(self, partition: int) -> str:
        return f"{self._folder}/{partition:05}"


def chain(segments: Sequence[Segment], offset: int = 0) -> list[Segment]:
    """Those that hold the records from an offset on without a gap; where some overlap, the longest."""
    found: list[Segment] = []
    while fitting := [each for each in segments if each.first <= offset < each.next]:
        found.append(max(fitting, key=lambda each: each.next))
        offset = found[-1].next
    return found


def _segment_of(name: str) -> Segment | None:
    first, next_, hash_ = [*name.removesuffix(_ENDING).split("-"), "", "", ""][:3]
    if not (
        name.endswith(_ENDING) and first.isdecimal() and next_.isdecimal() and len(hash_) == sha256().digest_size * 2
    ):
        log.warning("no_segment", name=name, what_to_do="see who wrote it; it counts for nothing")
        return None
    return Segment(int(first), int(next_), hash_)


def _packed(records: Sequence[LogRecord]) -> bytes:
    parts = (_PLACE.pack(each.offset, each.appended_at_ms, len(each.record)) + each.record for each in records)
    return zlib.compress(b"".join(parts))


def _unpacked(segment: Segment, content: bytes) -> list[LogRecord]:
    if sha256(content).hexdigest() != segment.hash:
        raise SegmentDamaged(f"{segment.name} has other bytes than its name says: restore it from another copy")
    try:
        plain = zlib.decompressobj().decompress(content, CONTENT_BYTES_MAX)
        records = _records(plain)
    except (zlib.error, struct.error) as error:
        raise SegmentDamaged(f"{segment.name} can't be read: {error}") from None
    if [each.offset for each in records] != list(range(segment.first, segment.next)):
        raise SegmentDamaged(f"{segment.name} does not hold the records that its name says")
    return records


def _records(plain: bytes) -> list[LogRecord]:
    records: list[LogRecord] = []
    at = 0
    while at < len(plain):
        offset, appended_at_ms, size = _PLACE.unpack_from(plain, at)
        at += _PLACE.size + size
        records.append(LogRecord(offset, plain[at - size : at], appended_at_ms))
    return records
