import json
import stat
from pathlib import Path

import pytest

from services.cli.data_folder import Addresses, DataFolder, FolderInUse

ADDRESSES = Addresses("127.0.0.1", 1, 2, 3, 4, 5, 6, 7)


def test_a_folder_is_used_by_one_process_at_a_time(tmp_path: Path) -> None:
    first, second = DataFolder(tmp_path / "data"), DataFolder(tmp_path / "data")
    first.lock()

    with pytest.raises(FolderInUse):
        second.lock()
    first.unlock()
    second.lock()
    second.unlock()


def test_a_demonstration_is_played_by_one_process_at_a_time(tmp_path: Path) -> None:
    first, second = DataFolder(tmp_path), DataFolder(tmp_path)

    assert first.lock_stage()
    assert not second.lock_stage()
    first.unlock()
    assert second.lock_stage()
    second.unlock()


def test_where_a_killed_process_listened_is_forgotten(tmp_path: Path) -> None:
    killed = DataFolder(tmp_path)
    killed.set_running(ADDRESSES)
    assert killed.running() == ADDRESSES

    next_one = DataFolder(tmp_path)
    next_one.lock()

    assert killed.running() is None
    next_one.unlock()


def test_secrets_are_made_once_and_only_their_owner_can_read_them(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    folder = DataFolder(tmp_path / "data")

    assert folder.secrets() == folder.secrets()
    assert stat.S_IMODE((tmp_path / "data" / "secrets.json").stat().st_mode) == 0o600
    assert len(set(json.loads((tmp_path / "data" / "secrets.json").read_text()).values())) == 5


def test_the_log_begins_anew_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.log_path.write_text("yesterday\n")
    folder.log_path.chmod(0o600)

    with folder.open_log() as log:
        log.write("today\n")
        assert folder.log_path.read_text() == "today\n"

    assert stat.S_IMODE(folder.log_path.stat().st_mode) == 0o600
