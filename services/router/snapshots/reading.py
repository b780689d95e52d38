"""Makes a partition's state out of a snapshot, in slices, and takes it for true only if all hashes say so."""

import asyncio
from collections.abc import AsyncIterator

from services.router.core.snapshot import UnreadableSnapshot
from services.router.core.snapshot_pieces import Piece, PiecesHash, Restoring, comes_back
from services.router.core.state import TenantState
from services.router.partition_state import PartitionState
from services.router.snapshots.manifest import Manifest, SnapshotDamaged
from services.router.snapshots.shelf import Kept, Shelf
from services.router.snapshots.slices import unpacked


async def read(shelf: Shelf, kept: Kept, manifest: Manifest) -> PartitionState:
    """The state that it was made of. Raises SnapshotDamaged, ObjectStoreUnavailable."""
    tenants = {name: Restoring(name) for name in manifest.tenants}
    async for piece in _pieces(shelf, kept, manifest):
        try:
            tenants[piece.tenant].add(piece)
        except UnreadableSnapshot as error:
            raise SnapshotDamaged(str(error)) from error
    state = PartitionState()
    for name, restoring in tenants.items():
        state.tenants[name] = await _restored(restoring)
    state.moved_to(manifest.at_ms, manifest.inbound_offset)
    return state


async def verify(shelf: Shelf, kept: Kept) -> Manifest:
    """Read it back, and see that what comes out is what went in: each row, and by its hash each tenant's whole state.

    Raises SnapshotDamaged, ObjectStoreUnavailable.
    """
    manifest = await shelf.manifest(kept)
    async for piece in _pieces(shelf, kept, manifest):
        try:
            same = comes_back(piece)
        except UnreadableSnapshot as error:
            raise SnapshotDamaged(str(error)) from error
        if not same:
            raise SnapshotDamaged(
                f"rows of {piece.field} of tenant {piece.tenant} come out otherwise than they went in"
            )
    return manifest


async def _pieces(shelf: Shelf, kept: Kept, manifest: Manifest) -> AsyncIterator[Piece]:
    """All pieces, pausing after each. Before the end is reached without SnapshotDamaged, nothing is known of them."""
    hashes = {name: PiecesHash() for name in manifest.tenants}
    for name in manifest.slices:
        for piece in unpacked(await shelf.slice(kept, name)):
            if piece.tenant not in hashes:
                raise SnapshotDamaged(f"its slice {name} has a tenant that its manifest does not name")
            hashes[piece.tenant].add(piece)
            yield piece
            # Whoever decides goes first.
            await asyncio.sleep(0)
    for tenant, found in hashes.items():
        if found.hexdigest() != manifest.tenants[tenant]:
            raise SnapshotDamaged(f"the state of tenant {tenant} has another hash than its manifest says")


async def _restored(restoring: Restoring) -> TenantState:
    try:
        for _ in restoring.steps():
            await asyncio.sleep(0)
    except UnreadableSnapshot as error:
        raise SnapshotDamaged(str(error)) from error
    return restoring.state
