"""Writes a picture as a snapshot: slice after slice, pausing between pieces, and the manifest last."""

import asyncio

from services.router.core.snapshot_pieces import PiecesHash, pieces
from services.router.snapshots.manifest import Manifest
from services.router.snapshots.picture import Picture
from services.router.snapshots.shelf import Kept, Shelf
from services.router.snapshots.slices import SLICE_BYTES, Slice, encode_piece


async def write(shelf: Shelf, picture: Picture, made_at_ms: int) -> Kept:
    """Write it; when this returns there is a snapshot, before that there is none. Raises ObjectStoreUnavailable."""
    writing = _Writing(shelf, picture.checkpoint.offset)
    hashes: dict[str, str] = {}
    for tenant in picture.tenants:
        state_hash = PiecesHash()
        for piece in pieces(tenant):
            if piece is not None:
                state_hash.add(piece)
                await writing.add(encode_piece(piece))
            # Whoever decides goes first.
            await asyncio.sleep(0)
        hashes[tenant.tenant] = state_hash.hexdigest()
    await writing.end_slice()
    return await shelf.put_manifest(
        Manifest(
            shelf.partition,
            picture.checkpoint,
            picture.record_hash,
            picture.at_ms,
            picture.inbound_offset,
            made_at_ms,
            hashes,
            tuple(writing.slices),
        )
    )


class _Writing:
    def __init__(self, shelf: Shelf, offset: int) -> None:
        self.slices: list[str] = []
        self._shelf = shelf
        self._offset = offset
        self._slice = Slice()

    async def add(self, line: bytes) -> None:
        self._slice.add(line)
        if self._slice.size_bytes >= SLICE_BYTES:
            await self.end_slice()

    async def end_slice(self) -> None:
        ended, self._slice = self._slice, Slice()
        if ended.size_bytes:
            self.slices.append(await self._shelf.put_slice(self._offset, ended.content()))
