"""The simulator finds each planted bug within 200 seeds: proof that its silence means something."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house_rules import ROOT
from tests.planted.planted_bugs import PlantedBug
from tests.planted.planting import copy_project, planted
from tests.planted.sim_bugs import SIM_BUGS

SEEDS_MAX = 200
OPERATIONS = 2000  # as `make sim` has
SEEDS_OF_CONTROL = 60
BUGS_MIN = 24


def name_of(bug: PlantedBug) -> str:
    return bug.name


@pytest.mark.proof
@pytest.mark.timeout(900)
@pytest.mark.parametrize("bug", SIM_BUGS, ids=name_of)
def test_the_simulator_finds_a_planted_bug(bug: PlantedBug, tmp_path: Path) -> None:
    copy_project(tmp_path)
    file = tmp_path / bug.file
    file.write_text(planted(file.read_text(), bug))
    found = _simulated(tmp_path)
    assert found.returncode == 1, found.stdout + found.stderr
    assert "again: python -m tests.simulation.sim" in found.stdout


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_the_simulator_finds_nothing_where_no_bug_is_planted(tmp_path: Path) -> None:
    copy_project(tmp_path)
    found = _simulated(tmp_path, SEEDS_OF_CONTROL)
    assert found.returncode == 0, found.stdout + found.stderr
    assert f"{SEEDS_OF_CONTROL} seeds, {SEEDS_OF_CONTROL * OPERATIONS} operations, 0 violations" in found.stdout


@pytest.mark.parametrize("bug", SIM_BUGS, ids=name_of)
def test_no_row_of_the_simulators_table_is_stale(bug: PlantedBug) -> None:
    text = (ROOT / bug.file).read_text()
    compile(planted(text, bug), bug.file, "exec")


def test_there_are_enough_bugs_for_the_simulator() -> None:
    assert len({bug.name for bug in SIM_BUGS}) == len(SIM_BUGS) >= BUGS_MIN


def _simulated(folder: Path, seeds: int = SEEDS_MAX) -> subprocess.CompletedProcess[str]:
    counts = ("--stop", "--seeds", str(seeds), "--operations", str(OPERATIONS))
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "tests.simulation.sim", *counts],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
