"""Whether what is no longer in the log is kept: judged by what lies in a folder."""

from pathlib import Path

import pytest

from services.cli.doctor.finding import Finding, State
from services.cli.doctor.kept_checks import RECORDS_MANY, FolderNames, KeptAside, kept, kept_aside

HASH = "0" * 64


def lay(folder: Path, name: str) -> None:
    path = folder / "router.log" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def snapshot(folder: Path, offset: int) -> None:
    lay(folder, f"snapshots/00000/{offset:020}-1/{HASH}.slice")
    lay(folder, f"snapshots/00000/{offset:020}-1/{HASH}.manifest")


def archived(folder: Path, first: int, next_: int) -> None:
    lay(folder, f"archive/00000/{first:020}-{next_:020}-{HASH}.records")


async def said(folder: Path, start: int, end: int) -> Finding:
    return kept(0, start, end, await kept_aside(FolderNames(folder), 0))


async def test_records_that_were_archived_below_two_snapshots_are_well(tmp_path: Path) -> None:
    archived(tmp_path, 0, 60)
    archived(tmp_path, 50, 120)
    snapshot(tmp_path, 110)
    snapshot(tmp_path, 150)

    finding = await said(tmp_path, 100, 200)

    assert (finding.state, finding.saw) == (State.OK, "from 100 in the log, before 120 archived, 2 snapshots")


async def test_a_young_log_needs_neither(tmp_path: Path) -> None:
    assert (await said(tmp_path, 0, 200)).state is State.OK


async def test_a_gap_in_the_archive_fails(tmp_path: Path) -> None:
    archived(tmp_path, 0, 50)
    archived(tmp_path, 60, 120)
    snapshot(tmp_path, 110)
    snapshot(tmp_path, 150)

    finding = await said(tmp_path, 100, 200)

    assert finding.state is State.FAIL
    assert finding.saw == "the log starts at 100, and only records before 50 are archived"


@pytest.mark.parametrize("offsets", [(), (150,), (90, 150)])
async def test_without_two_snapshots_above_the_logs_start_it_fails(tmp_path: Path, offsets: tuple[int, ...]) -> None:
    archived(tmp_path, 0, 120)
    for offset in offsets:
        snapshot(tmp_path, offset)

    assert (await said(tmp_path, 100, 200)).state is State.FAIL


async def test_a_snapshot_without_its_manifest_is_none(tmp_path: Path) -> None:
    lay(tmp_path, f"snapshots/00000/{7:020}-1/{HASH}.slice")
    assert await kept_aside(FolderNames(tmp_path), 0) == KeptAside([], [])


async def test_a_long_log_without_a_snapshot_is_a_warning(tmp_path: Path) -> None:
    assert (await said(tmp_path, 0, RECORDS_MANY + 1)).state is State.WARN
