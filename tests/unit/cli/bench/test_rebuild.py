"""`switchroom bench rebuild`: what is measured is a whole start."""

import json
from itertools import islice
from pathlib import Path

import pytest

from services.cli.bench import rebuild
from services.cli.bench.recorded_day import RecordedDay
from services.cli.bench.run import bench_rebuild
from services.cli.bench.sizes import Effort
from services.cli.bench.workload import Workload
from services.plan.compiled import Policy
from services.router.core.records import ContactStatus

TINY = Effort(rounds=1, shrink=50)


def test_as_json_each_figure_is_a_line_and_nothing_else_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_rebuild(as_json=True, effort=TINY) == 0
    figures = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [figure["name"] for figure in figures] == ["rebuild.snapshot_and_10k_batches_s", "rebuild.cold_1m_events_s"]
    assert [figure["n"] >= 200 for figure in figures] == [True, True]
    assert all(figure["value"] > 0 and figure["unit"] == "s" for figure in figures)


def test_a_recorded_day_has_contacts_that_come_are_taken_and_end() -> None:
    day = RecordedDay(Workload(TINY.size(40, 0, Policy.LONGEST_IDLE)))
    records = list(islice(day.records(), 2_000))
    assert len(records) == day.commits + 1
    assert day.events > day.commits
    assert {contact.status for contact in day.state.contacts.values()} >= {ContactStatus.ACTIVE, ContactStatus.ENDED}


async def test_the_snapshot_is_begun_at_and_not_the_log(tmp_path: Path) -> None:
    figure = await rebuild.warm_in(tmp_path, TINY)
    assert figure.n == 200
