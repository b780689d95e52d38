"""A snapshot's pieces as the bytes of slices, and back: about a MiB each, a line for each piece, compressed."""

import json
import zlib
from collections.abc import Iterator

from services.router.core.snapshot_pieces import Piece
from services.router.snapshots.manifest import SnapshotDamaged

# Before they are compressed.
SLICE_BYTES = 1024 * 1024
# No slice is larger: one piece of large rows may come on top.
SLICE_BYTES_MAX = 64 * 1024 * 1024
QUICKLY = 1


def encode_piece(piece: Piece) -> bytes:
    """A line: what the piece is of, a tab, and its rows as they are."""
    head = json.dumps([piece.tenant, piece.field, piece.next_number])
    return f"{head}\t{piece.rows}\n".encode()


class Slice:
    """A slice that is being written; compressed as it grows, so that no moment of it takes long."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self._compressing = zlib.compressobj(QUICKLY)
        self._parts: list[bytes] = []

    def add(self, line: bytes) -> None:
        """Take in the next piece."""
        self.size_bytes += len(line)
        self._parts.append(self._compressing.compress(line))

    def content(self) -> bytes:
        """All of it, at its end."""
        return b"".join([*self._parts, self._compressing.flush()])


def unpacked(content: bytes) -> Iterator[Piece]:
    """The pieces of a slice. Raises SnapshotDamaged."""
    try:
        plain = zlib.decompressobj().decompress(content, SLICE_BYTES_MAX)
        for line in plain.decode().splitlines():
            head, _, rows = line.partition("\t")
            tenant, field, next_number = json.loads(head)
            yield Piece(tenant, field, rows, next_number)
    except (ValueError, zlib.error) as defect:
        raise SnapshotDamaged(f"a slice can't be read ({defect!r})") from defect
