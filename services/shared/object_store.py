"""The port to an object store: bytes under names that their writers choose, for what is kept apart from the logs.

A blob store (`blob_store.py`) finds bytes by their hash and forgets nothing; here there are names to be listed, and
what is not needed any more can be deleted. Snapshots and archived records are kept so.
"""

import re
from typing import Protocol

# Parts between slashes: nothing hidden, nothing that a folder, a bucket or a URL would take for something else.
NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}){0,4}\Z")


class ObjectStoreUnavailable(Exception):
    """The store can't be reached, or is full; whatever was to be done may have been done or not."""


class ObjectStore(Protocol):
    """Names are parts with slashes between them. An object appears whole or not at all."""

    async def put(self, name: str, content: bytes) -> None:
        """Store the bytes under that name, durably, instead of those that were there.

        Raises ObjectStoreUnavailable; ValueError for what is no name.
        """
        ...

    async def get(self, name: str) -> bytes | None:
        """The bytes of that name, None for none. Raises ObjectStoreUnavailable; ValueError for what is no name."""
        ...

    async def names(self, folder: str) -> list[str]:
        """The whole names of all objects below that folder, in order: of `a` those that begin with `a/`.

        Raises ObjectStoreUnavailable; ValueError for what is no name.
        """
        ...

    async def delete(self, name: str) -> None:
        """Delete it, if it is there. Raises ObjectStoreUnavailable; ValueError for what is no name."""
        ...


def checked(name: str) -> str:
    """The name. Raises ValueError where it is none."""
    if NAME.match(name) is None:
        raise ValueError(f"{name[:200]!r} is no name of an object: letters, digits, . _ - between single slashes")
    return name
