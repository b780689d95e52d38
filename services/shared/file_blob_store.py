"""Blobs as files, in folders named by the first two pairs of digits of their hash."""

import asyncio
import re
from hashlib import sha256
from pathlib import Path

from services.shared.blob_store import BlobUnavailable
from services.shared.durable_file import make_durably, write_durably

NAME = re.compile(r"[0-9a-f]{64}\Z")


class FileBlobStore:
    """A BlobStore in a folder. A blob appears under its name only when it is whole and on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, content: bytes) -> str:
        """Store the bytes; returns their hex SHA-256. Raises BlobUnavailable."""
        try:
            return await asyncio.to_thread(self._put, content)
        except OSError as error:
            raise BlobUnavailable(f"the blob folder could not be written: {error.strerror}") from error

    async def get(self, name: str) -> bytes | None:
        """The bytes of that name; None when there are none or they are damaged. Raises BlobUnavailable."""
        if NAME.match(name) is None:
            return None
        try:
            return await asyncio.to_thread(self._get, name)
        except OSError as error:
            raise BlobUnavailable(f"the blob folder could not be read: {error.strerror}") from error

    def _put(self, content: bytes) -> str:
        name = sha256(content).hexdigest()
        # What is there already is checked and not trusted: a damaged blob is written anew.
        if self._get(name) is None:
            folder = self._path(name).parent
            make_durably(folder)
            write_durably(folder, self._path(name), content)
        return name

    def _get(self, name: str) -> bytes | None:
        try:
            content = self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        return content if sha256(content).hexdigest() == name else None

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name[2:4] / name
