"""Plants one bug in a copy of the project, and runs there the tests that should find it."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.house_rules import ROOT
from tests.planted.planted_bugs import PlantedBug

COPIED_FOLDERS = ("services", "switchroom", "tests", "protos")
RUN_SECONDS_MAX = 300
# What a run of pytest, the measuring of its coverage, or large numbers would hand down to the one inside.
OF_THE_RUN_OUTSIDE = ("PYTEST_", "COV_", "COVERAGE_", "SWITCHROOM_")
TESTS_FAILED = 1


class NotFound(AssertionError):
    """The tests let the bug through, or something other than a test failed."""


class Stale(AssertionError):
    """The row does not fit the code any more."""


@dataclass(frozen=True, slots=True)
class TestRun:
    """What pytest said."""

    __test__ = False

    status: int
    output: str

    @property
    def passed(self) -> bool:
        return self.status == 0

    @property
    def found_something(self) -> bool:
        """Whether a test failed: with -x a test that can't be imported, or made ready, gives the same status."""
        last_line = self.output.strip().splitlines()[-1]
        return self.status == TESTS_FAILED and re.match(r"1 failed\b(?!.*\berror)", last_line) is not None


def copy_project(folder: Path) -> None:
    """Copy all that the tests need; no bytecode, which could be that of the code without the bug."""
    for name in COPIED_FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "pyproject.toml", folder)


def planted(text: str, bug: PlantedBug) -> str:
    """The file's text with the bug. Raises Stale unless the old text stands there exactly once."""
    times = text.count(bug.old)
    if times != 1:
        raise Stale(f"{bug.name!r}: {bug.file} has this {times} times; write the row of the table anew:\n{bug.old}")
    return text.replace(bug.old, bug.new)


def run_tests(folder: Path, tests: tuple[str, ...]) -> TestRun:
    """Run the tests on the copy in the folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OF_THE_RUN_OUTSIDE)}
    completed = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", "--tb=short", *tests],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=RUN_SECONDS_MAX,
        check=False,
    )
    return TestRun(completed.returncode, completed.stdout)


def demand_that_it_is_found(bug: PlantedBug, folder: Path) -> None:
    """The tests pass without the bug and fail with it. Raises Stale, NotFound."""
    copy_project(folder)
    file = folder / bug.file
    with_bug = planted(file.read_text(), bug)
    clean = run_tests(folder, bug.tests)
    if not clean.passed:
        raise NotFound(f"{bug.name!r}: its tests fail without it too:\n{clean.output}")
    file.write_text(with_bug)
    run = run_tests(folder, bug.tests)
    if run.passed:
        raise NotFound(f"{bug.name!r} in {bug.file} survives {' '.join(bug.tests)}: write the test that is missing")
    if not run.found_something:
        raise NotFound(f"{bug.name!r}: what failed is no test (status {run.status}):\n{run.output}")
