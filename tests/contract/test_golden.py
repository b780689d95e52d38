"""What earlier releases decided still means the same: their logs, folded by this one, give what they gave them."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any, get_args

import pytest

from services.router.core.events import Event
from tests.contract.golden_history import (
    History,
    Mark,
    Replay,
    figures_of,
    first_difference,
    hash_of,
    histories,
    image_as_then,
    releases,
)
from tests.contract.golden_making import LEFT_OUT, NotMade, make
from tests.released import released_kinds

BYTES_MAX = 1_000_000
HISTORIES = [history for folder in releases() for history in histories(folder)]
WHOSE = "what a published event does must not change: give the new meaning a kind of its own (CONTRIBUTING.md)"


def name_of(value: Any) -> str:
    return f"{value.folder.name}-{value.name}"


def folder_of(value: Path) -> str:
    return value.name


def demand_as_then(history: History, mark: Mark, replay: Replay) -> None:
    """Raises AssertionError, with the first thing that is not as it was."""
    assert replay.fence.checkpoint == mark.checkpoint
    assert replay.state.tenants.keys() == mark.hashes.keys()
    for tenant, expected in mark.hashes.items():
        now, then = image_as_then(replay.state.tenants[tenant], history.snapshot(mark, tenant))
        assert not (wrong := first_difference(now, then)), f"{name_of(history)}: {tenant}{wrong}; {WHOSE}"
        assert hash_of(now) == expected


@pytest.mark.parametrize("history", HISTORIES, ids=name_of)
def test_the_log_of_a_release_gives_the_state_that_it_gave_then(history: History) -> None:
    replay = Replay(history.records())
    for mark in history.marks:
        replay.up_to(mark.checkpoint.offset)
        demand_as_then(history, mark, replay)
    assert replay.fence.dropped == history.dropped


@pytest.mark.parametrize("history", HISTORIES, ids=name_of)
def test_a_snapshot_of_a_release_is_restored_and_what_came_after_gives_the_same(history: History) -> None:
    first, *others = history.marks
    replay = Replay(history.records(), first, history.restored(first))
    demand_as_then(history, first, replay)
    for mark in others:
        replay.up_to(mark.checkpoint.offset)
        demand_as_then(history, mark, replay)


@pytest.mark.parametrize("history", HISTORIES, ids=name_of)
async def test_the_log_of_a_release_gives_the_figures_that_it_gave_then(history: History) -> None:
    records = history.records()
    replay = Replay(records)
    replay.up_to(len(records))
    now = dict(line.rsplit(" ", 1) for line in await figures_of(records, replay.state.at_ms))
    then = dict(line.rsplit(" ", 1) for line in history.figures())
    assert {name: now.get(name) for name in then} == then


@pytest.mark.parametrize("folder", releases(), ids=folder_of)
def test_a_release_left_logs_of_every_kind_that_it_knew(folder: Path) -> None:
    found: set[str] = set()
    for history in histories(folder):
        records = history.records()
        replay = Replay(records)
        replay.up_to(len(records))
        found |= replay.kinds
    kept = json.loads((folder / "release.json").read_text())
    assert kept["kinds"] == sorted(found | kept["left_out"].keys())
    assert sum(path.stat().st_size for path in folder.iterdir()) < BYTES_MAX


def test_the_newest_release_has_every_kind_that_was_released() -> None:
    kinds = json.loads((releases()[-1] / "release.json").read_text())["kinds"]
    assert set(kinds) == released_kinds()
    assert released_kinds() <= {kind.__name__ for kind in get_args(Event)}
    assert released_kinds() >= LEFT_OUT.keys()


def test_a_change_of_meaning_is_told_with_its_place_and_a_new_field_is_none() -> None:
    history = HISTORIES[0]
    mark = history.marks[0]
    ((tenant, expected),) = mark.hashes.items()
    state = history.restored(mark).tenants[tenant]

    now, then = image_as_then(state, history.snapshot(mark, tenant))
    older, changed = deepcopy(then), deepcopy(now)
    del older["agents"][0]["presence"]
    assert image_as_then(state, json.dumps(older).encode())[0] == older
    changed["agents"][0]["presence"] = "on the moon"
    assert first_difference(changed, then).startswith(".agents[0].presence: it was ")
    assert hash_of(changed) != expected


def test_what_was_released_is_never_written_again() -> None:
    for folder in releases():
        with pytest.raises(NotMade, match="is there, and a release stays as it was"):
            make(folder.name)
