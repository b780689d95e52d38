"""The watched folder: what lies in it, taken from it without following a link, put away without losing anything.

<folder>/fax/<dialed number>/ and <folder>/letter/<address>/ are watched. All of this waits for the disk: it is called
in threads only.
"""

import contextlib
import os
import re
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path

import structlog

from services.ingest.documents.names import kept
from services.plan.compiled import Channel

CHANNELS = (Channel.FAX, Channel.LETTER)
DONE = "done"
REFUSED = "refused"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
ENTRIES_MAX = 10_000
ADDRESSES_MAX = 1000
OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK a pipe that somebody put there would be waited for.
OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
FOLDER_MODE = 0o750

log = structlog.get_logger(__name__)


class StillChanging(Exception):
    """The file is not what it was when it was listed: it is looked at again later."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file lies. `address` is the name of its folder, empty for one that lies beside those folders."""

    channel: Channel
    address: str
    name: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """Changes when the file does."""

    inode: int
    size_bytes: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that lies there. `is_file`: it is a file, and no link, pipe or device."""

    place: Place
    stamp: Stamp
    is_file: bool


class DocumentFolder:
    """The folder at `root`. Its methods raise OSError."""

    def __init__(self, root: Path, entries_max: int = ENTRIES_MAX) -> None:
        self._root = root
        self._entries_max = entries_max
        self._unreadable: set[tuple[Channel, str]] = set()

    def prepare(self) -> None:
        """Make what is missing of it."""
        for name in (*(channel.value for channel in CHANNELS), DONE, REFUSED):
            (self._root / name).mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)

    def entries(self) -> list[Entry]:
        """What lies there, oldest first; at most `entries_max` of each address."""
        found = [entry for channel in CHANNELS for entry in self._of_channel(channel)]
        return sorted(found, key=lambda entry: (entry.stamp.changed_ns, entry.place.address, entry.place.name))

    def read(self, entry: Entry, bytes_max: int) -> bytes:
        """The bytes of a file, at most one more than `bytes_max`. Raises StillChanging if it is no longer the same."""
        with _opened(self._root, entry.place) as folder:
            handle = os.open(entry.place.name, OPEN_FILE, dir_fd=folder)
            with os.fdopen(handle, "rb") as file:
                before = _stamp(os.fstat(handle))
                content = file.read(bytes_max + 1)
                after = _stamp(os.fstat(handle))
        if not before == after == entry.stamp:
            raise StillChanging
        return content

    def put_away(self, entry: Entry, day: str, contact_id: str) -> None:
        """Move a file that was taken to done/<day>/, where it replaces itself. Raises StillChanging."""
        place = entry.place
        into = self._root / DONE / day / place.channel.value / kept(place.address)
        into.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        self._move(entry, into / f"{contact_id}-{kept(place.name)}")

    def refuse(self, entry: Entry, why: str) -> None:
        """Move something to refused/, with the reason beside it. Raises StillChanging."""
        place = entry.place
        into = self._root / REFUSED / place.channel.value / kept(place.address)
        into.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        target = _unused(into, kept(place.name))
        target.with_name(target.name + ".reason.txt").write_text(f"{why}\n")
        self._move(entry, target)

    def forget_before(self, first_kept: date) -> None:
        """Delete what was put away before that day."""
        with os.scandir(self._root / DONE) as days:
            old = [day.path for day in days if DAY.fullmatch(day.name) and day.name < first_kept.isoformat()]
        for path in old:
            shutil.rmtree(path)

    def _move(self, entry: Entry, target: Path) -> None:
        name = entry.place.name
        with _opened(self._root, entry.place) as folder:
            os.rename(name, target, src_dir_fd=folder)
            if _stamp(target.lstat()) != entry.stamp:
                # Another file had got the name meanwhile: it has not been read, and goes back.
                os.rename(target, name, dst_dir_fd=folder)
                raise StillChanging

    def _of_channel(self, channel: Channel) -> Iterator[Entry]:
        # Those of no folder too: they are refused, and not forgotten.
        for address in ("", *_folders_in(self._root / channel.value)[:ADDRESSES_MAX]):
            try:
                yield from islice(_entries_in(self._root, Place(channel, address, "")), self._entries_max)
            except OSError as error:
                self._complain(channel, address, error)
            else:
                self._unreadable.discard((channel, address))

    def _complain(self, channel: Channel, address: str, error: OSError) -> None:
        if (channel, address) not in self._unreadable:
            self._unreadable.add((channel, address))
            log.error("a folder of documents can't be read", channel=channel.value, address=address, why=error.strerror)


def _folders_in(path: Path) -> list[str]:
    with os.scandir(path) as listed:
        return sorted(one.name for one in listed if not _is_hidden(one.name) and one.is_dir(follow_symlinks=False))


def _entries_in(root: Path, folder_place: Place) -> Iterator[Entry]:
    """The files of one folder; hidden ones and folders are passed over."""
    with _opened(root, folder_place) as folder, os.scandir(folder) as listed:
        for one in listed:
            if _is_hidden(one.name):
                continue
            with contextlib.suppress(FileNotFoundError):  # it was taken away meanwhile
                status = os.stat(one.name, dir_fd=folder, follow_symlinks=False)
                if not stat.S_ISDIR(status.st_mode):
                    place = Place(folder_place.channel, folder_place.address, one.name)
                    yield Entry(place, _stamp(status), stat.S_ISREG(status.st_mode))


@contextlib.contextmanager
def _opened(root: Path, place: Place) -> Iterator[int]:
    """The folder of a place, opened step by step, so that no link leads elsewhere."""
    handles = [os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)]
    try:
        for step in filter(None, (place.channel.value, place.address)):
            handles.append(os.open(step, OPEN_FOLDER, dir_fd=handles[-1]))
        yield handles[-1]
    finally:
        for handle in handles:
            os.close(handle)


def _is_hidden(name: str) -> bool:
    return name.startswith(".")


def _stamp(status: os.stat_result) -> Stamp:
    return Stamp(status.st_ino, status.st_size, status.st_mtime_ns)


def _unused(folder: Path, name: str) -> Path:
    """A path that nothing has yet."""
    candidate, number = folder / name, 1
    while os.path.lexists(candidate):
        number += 1
        candidate = folder / f"{number}-{name}"
    return candidate
