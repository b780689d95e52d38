"""Planted bugs are found by the tests: three of them each time, all of them in `make proof`."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.house_rules import ROOT
from tests.planted.planted_bugs import BUGS, BUGS_OF_THE_FOLD, CORE, FENCE, LOG_CODEC, OWNER, VOICE, PlantedBug
from tests.planted.planting import NotFound, Stale, demand_that_it_is_found, planted

BUGS_MIN = 20
EACH_TIME = (
    "the fold judges the digest before the seq",
    "an open batch is appended behind a barrier that was not read back",
    "a contact is transferred to another company",
)


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


def test_there_are_enough_of_them_and_three_are_planted_each_time() -> None:
    names = [bug.name for bug in BUGS]
    assert len(names) == len(set(names)) >= BUGS_MIN
    assert set(EACH_TIME) <= set(names)
    assert all(bug.file in (FENCE, LOG_CODEC, OWNER) or bug.file.startswith((CORE, VOICE)) for bug in BUGS)


@pytest.mark.parametrize("bug", BUGS, ids=name_of)
def test_no_row_of_the_table_is_stale(bug: PlantedBug) -> None:
    text = (ROOT / bug.file).read_text()
    compile(planted(text, bug), bug.file, "exec")
    assert planted(text, bug) != text
    assert all((ROOT / test).is_file() for test in bug.tests)


@pytest.mark.parametrize("old", ["this does not stand there", "return"])
def test_a_row_whose_text_is_not_there_exactly_once_is_stale(old: str) -> None:
    with pytest.raises(Stale, match="write the row of the table anew"):
        planted("return 1\nreturn 2\n", replace(BUGS[0], old=old))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"a batch of another claim stands in', '"the batch of another claim stands in', "survives"),
        ("class Fence:", "class Hedge:", "what failed is no test"),
    ],
)
def test_a_bug_counts_as_found_only_if_a_test_fails(old: str, new: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=why):
        demand_that_it_is_found(replace(BUGS_OF_THE_FOLD[0], old=old, new=new), tmp_path)
