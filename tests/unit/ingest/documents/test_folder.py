"""The folder between two looks: what is done to a file after it was listed."""

import os
from pathlib import Path

import pytest

from services.ingest.documents.folder import DocumentFolder, Entry, StillChanging

RAW = b"II*\0 one"


@pytest.fixture
def folder(tmp_path: Path) -> DocumentFolder:
    made = DocumentFolder(tmp_path / "watched")
    made.prepare()
    (tmp_path / "watched" / "fax" / "1").mkdir()
    (tmp_path / "watched" / "fax" / "1" / "a.tif").write_bytes(RAW)
    return made


def listed(folder: DocumentFolder) -> tuple[Entry, Path]:
    [entry] = folder.entries()
    return entry, folder._root / "fax" / "1" / "a.tif"


def test_a_file_that_stayed_as_it_was_is_read(folder: DocumentFolder) -> None:
    entry, _ = listed(folder)
    assert folder.read(entry, 100) == RAW
    assert folder.read(entry, 3) == RAW[:4]


def test_a_file_that_changed_is_not_read(folder: DocumentFolder) -> None:
    entry, path = listed(folder)
    with path.open("ab") as file:
        file.write(b"more")
    with pytest.raises(StillChanging):
        folder.read(entry, 100)


def test_another_file_of_the_same_size_and_time_is_not_read(folder: DocumentFolder) -> None:
    entry, path = listed(folder)
    path.rename(path.with_name(".kept"))
    path.write_bytes(RAW)
    os.utime(path, ns=(entry.stamp.changed_ns, entry.stamp.changed_ns))
    with pytest.raises(StillChanging):
        folder.read(entry, 100)


def test_a_link_that_took_the_place_of_a_file_is_not_followed(folder: DocumentFolder, tmp_path: Path) -> None:
    entry, path = listed(folder)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match=r"."):
        folder.read(entry, 100)


def test_a_link_that_took_the_place_of_a_folder_is_not_followed(folder: DocumentFolder, tmp_path: Path) -> None:
    entry, path = listed(folder)
    path.parent.rename(tmp_path / "elsewhere")
    path.parent.symlink_to(tmp_path / "elsewhere")
    for act in (
        lambda: folder.read(entry, 100),
        lambda: folder.put_away(entry, "2026-11-22", "c1"),
        lambda: folder.refuse(entry, "Because."),
    ):
        with pytest.raises(OSError, match=r"."):
            act()
    assert (tmp_path / "elsewhere" / "a.tif").read_bytes() == RAW


def test_a_pipe_that_took_the_place_of_a_file_is_not_waited_for(folder: DocumentFolder) -> None:
    entry, path = listed(folder)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(StillChanging):
        folder.read(entry, 100)


def test_a_link_among_the_folders_of_addresses_is_no_address(folder: DocumentFolder, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "b.tif").write_bytes(RAW)
    (folder._root / "fax" / "2").symlink_to(tmp_path / "outside")
    assert {entry.place.name for entry in folder.entries()} == {"a.tif", "2"}
