"""Files and folders that are on the disk when the call returns."""

import os
import tempfile
from pathlib import Path


def make_durably(folder: Path) -> None:
    """Make the folder, and those above it, where they are missing. Raises OSError."""
    if not folder.is_dir():
        make_durably(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def write_durably(folder: Path, path: Path, content: bytes) -> None:
    """Write a file in that folder: it appears under its path when it is whole and on the disk. Raises OSError."""
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """What was made, renamed or deleted in the folder stays so, whatever happens. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
