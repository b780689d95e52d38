"""Planted bugs are found by the tests: three of them each time, all of them in `make proof`."""

from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from tests.house_rules import ROOT
from tests.planted.planted_bugs import BUGS, BUGS_OF_THE_FOLD, BUGS_OF_TIME_AND_MEMORY, FENCE, PlantedBug
from tests.planted.planting import NotFound, Stale, demand_that_it_is_found, planted

AT_LEAST = 20
EACH_TIME = (
    "the fold judges the digest before the seq",
    "an open batch is appended behind a barrier that was not read back",
    "a contact is transferred to another company",
)
MAY_HAVE_BUGS = (PurePosixPath("services/router/core"), PurePosixPath("services/shared"))


def name_of(bug: PlantedBug) -> str:
    return bug.name


@pytest.mark.parametrize("bug", [bug for bug in BUGS if bug.name in EACH_TIME], ids=name_of)
def test_a_planted_bug_is_found(bug: PlantedBug, tmp_path: Path) -> None:
    demand_that_it_is_found(bug, tmp_path)


@pytest.mark.proof
@pytest.mark.timeout(900)
@pytest.mark.parametrize("bug", BUGS, ids=name_of)
def test_every_planted_bug_is_found(bug: PlantedBug, tmp_path: Path) -> None:
    demand_that_it_is_found(bug, tmp_path)
