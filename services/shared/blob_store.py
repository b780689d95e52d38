"""The port to a blob store: bytes under the hex SHA-256 of what they are, so that a blob never changes."""

from typing import Protocol


class BlobUnavailable(Exception):
    """The store can't be reached, or is full; nothing was stored, or it may have been (which does no harm)."""


class BlobStore(Protocol):
    """Blobs are durable when `put` returns. Putting the same bytes again changes nothing."""

    async def put(self, content: bytes) -> str:
        """Store the bytes; returns the hex SHA-256 under which they are. Raises BlobUnavailable."""
        ...

    async def get(self, name: str) -> bytes | None:
        """The bytes of that name, or None; what was damaged in the store is never returned. Raises BlobUnavailable."""
        ...
