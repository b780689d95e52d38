"""A blob store in memory that can be away, and that counts what is asked of it."""

from hashlib import sha256

from services.shared.blob_store import BlobUnavailable


class MemoryBlobStore:
    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.is_away = False
        self.gets = 0

    async def put(self, content: bytes) -> str:
        self._check()
        name = sha256(content).hexdigest()
        self.blobs[name] = content
        return name

    async def get(self, name: str) -> bytes | None:
        self.gets += 1
        self._check()
        return self.blobs.get(name)

    def _check(self) -> None:
        if self.is_away:
            raise BlobUnavailable("away")
