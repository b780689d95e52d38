"""Where the snapshots of a partition stand in the object store: slices first, the manifest last, deleted the other way.

`router.log/snapshots/<partition>/<offset>-<format>/`: the slices as `<hash>.slice`, and `<hash>.manifest`.
"""

from dataclasses import dataclass
from hashlib import sha256

from services.router.core.snapshot import FORMAT
from services.router.snapshots.manifest import Manifest, SnapshotDamaged, decode_manifest, encode_manifest
from services.shared.object_names import ROUTER_LOG
from services.shared.object_store import ObjectStore

FOLDER = f"{ROUTER_LOG}/snapshots"
MANIFEST, SLICE = ".manifest", ".slice"


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot that has a manifest: the offset at which it was taken, and the manifest's name."""

    offset: int
    name: str


class Shelf:
    """The snapshots of one partition. Every method raises ObjectStoreUnavailable."""

    def __init__(self, store: ObjectStore, partition: int) -> None:
        self.partition = partition
        self._store = store
        self._folder = f"{FOLDER}/{partition:05}"

    async def all(self) -> list[Kept]:
        """The newest first."""
        found = [_kept(name) for name in await self._names() if name.endswith(MANIFEST)]
        return sorted(found, key=lambda each: (each.offset, each.name), reverse=True)

    async def manifest(self, kept: Kept) -> Manifest:
        """Its manifest. Raises SnapshotDamaged."""
        content = await self._store.get(kept.name)
        if content is None or f"{sha256(content).hexdigest()}{MANIFEST}" != kept.name.rpartition("/")[2]:
            raise SnapshotDamaged("its manifest is gone, or its bytes are not those of its name")
        manifest = decode_manifest(content)
        if manifest.partition != self.partition or manifest.checkpoint.offset != kept.offset:
            raise SnapshotDamaged("its manifest is of another partition or offset")
        return manifest

    async def slice(self, kept: Kept, name: str) -> bytes:
        """The bytes of a slice. Raises SnapshotDamaged."""
        content = await self._store.get(f"{kept.name.rpartition('/')[0]}/{name}{SLICE}")
        if content is None:
            raise SnapshotDamaged(f"its slice {name} is gone")
        if sha256(content).hexdigest() != name:
            raise SnapshotDamaged(f"the bytes of its slice {name} are not those of its name")
        return content

    async def put_slice(self, offset: int, content: bytes) -> str:
        """Keep a slice of a snapshot that is taken at this offset; its name."""
        name = sha256(content).hexdigest()
        await self._store.put(f"{self._of(offset)}/{name}{SLICE}", content)
        return name

    async def put_manifest(self, manifest: Manifest) -> Kept:
        """From now on there is this snapshot."""
        content = encode_manifest(manifest)
        name = f"{self._of(manifest.checkpoint.offset)}/{sha256(content).hexdigest()}{MANIFEST}"
        await self._store.put(name, content)
        return Kept(manifest.checkpoint.offset, name)

    async def delete_below(self, offset: int) -> None:
        """Delete the snapshots taken below this offset, and what is left of those that never became one."""
        old = [name for name in await self._names() if _offset(name) < offset]
        for name in sorted(old, key=lambda each: (not each.endswith(MANIFEST), each)):
            await self._store.delete(name)

    async def _names(self) -> list[str]:
        return [name for name in await self._store.names(self._folder) if _is_ours(name.removeprefix(self._folder))]

    def _of(self, offset: int) -> str:
        return f"{self._folder}/{offset:020}-{FORMAT}"


def _is_ours(path: str) -> bool:
    offset, _, _ = path.removeprefix("/").partition("-")
    return offset.isdecimal() and path.endswith((MANIFEST, SLICE))


def _offset(name: str) -> int:
    return int(name.split("/")[-2].partition("-")[0])


def _kept(name: str) -> Kept:
    return Kept(_offset(name), name)
