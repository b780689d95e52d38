"""Objects as files in a folder, named as they are."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from services.shared.durable_file import make_durably, sync_folder, write_durably
from services.shared.object_store import ObjectStoreUnavailable, checked

T = TypeVar("T")


class FileObjectStore:
    """An ObjectStore in a folder. An object appears under its name only when it is whole and on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, name: str, content: bytes) -> None:
        """Store the bytes under that name. Raises ObjectStoreUnavailable, ValueError."""
        await _in_our_words("written", lambda: self._put(checked(name), content))

    async def get(self, name: str) -> bytes | None:
        """The bytes of that name, None for none. Raises ObjectStoreUnavailable, ValueError."""
        return await _in_our_words("read", lambda: self._get(checked(name)))

    async def names(self, folder: str) -> list[str]:
        """The names of all objects below that folder, in order. Raises ObjectStoreUnavailable, ValueError."""
        return await _in_our_words("read", lambda: self._names(checked(folder)))

    async def delete(self, name: str) -> None:
        """Delete it, if it is there. Raises ObjectStoreUnavailable, ValueError."""
        await _in_our_words("written", lambda: self._delete(checked(name)))

    def _put(self, name: str, content: bytes) -> None:
        path = self._folder / name
        make_durably(path.parent)
        write_durably(path.parent, path, content)

    def _get(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def _names(self, folder: str) -> list[str]:
        # What is still being written has a hidden name.
        found = (path for path in (self._folder / folder).rglob("[!.]*") if path.is_file())
        return sorted(path.relative_to(self._folder).as_posix() for path in found)

    def _delete(self, name: str) -> None:
        path = self._folder / name
        if path.is_file():
            path.unlink(missing_ok=True)
            sync_folder(path.parent)


async def _in_our_words(done: str, act: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(act)
    except OSError as error:
        raise ObjectStoreUnavailable(f"the folder of objects could not be {done}: {error.strerror}") from error
