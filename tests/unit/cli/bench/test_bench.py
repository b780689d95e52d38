"""`switchroom bench engine`: each figure once, one JSON object a line."""

import json
import re

import pytest
from typer.testing import CliRunner

from services.cli.app import app
from services.cli.bench.catalogue import ENGINE, chosen
from services.cli.bench.figure import Amount, Figure, compared
from services.cli.bench.run import bench_engine
from services.cli.bench.sizes import Effort
from services.cli.bench.timing import Measured, Round, measure

TINY = Effort(rounds=1, shrink=200)
NAMES = (
    "engine.longest_idle.1k_agents_1k_waiting",
    "engine.longest_idle_indexed.1k_agents_1k_waiting",
    "engine.round_robin.1k_agents_1k_waiting",
    "engine.longest_idle.10k_agents_1k_waiting",
    "engine.backlog.1k_agents_100k_waiting",
    "engine.backlog_evaluated.1k_agents_100k_waiting",
    "engine.naive.1k_agents",
    "engine.naive.10k_agents",
    "engine.identical_decisions",
    "engine.growth.waiting_10k_to_1m",
    "engine.growth.agents_1k_to_50k",
    "engine.decision_p99_us.1k_agents",
    "engine.bytes_per_waiting_contact",
    "engine.bytes_per_remembered_id",
    "decide.longest_idle.1k_agents_1k_waiting",
    "decide.backlog.1k_agents_100k_waiting",
    "decide.backlog_evaluated.1k_agents_100k_waiting",
    "decide.p99_us.1k_agents",
)
WITHOUT_BASELINE = (
    "engine.decision_p99_us.1k_agents",
    "engine.bytes_per_waiting_contact",
    "engine.bytes_per_remembered_id",
)


def test_as_json_each_figure_is_printed_once_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_engine(as_json=True, only="", effort=TINY) == 0
    printed = capsys.readouterr()
    figures = [json.loads(line) for line in printed.out.splitlines()]
    assert [figure["name"] for figure in figures] == list(NAMES)
    for figure in figures:
        assert list(figure) == ["name", "value", "unit", "baseline", "ratio", "n"]
        assert figure["value"] > 0, figure
        assert figure["n"] > 0
        without = figure["name"] in WITHOUT_BASELINE
        assert (figure["baseline"] is None, figure["ratio"] is None) == (without, without)
    assert "14/14" in printed.err, "progress is told, beside the figures and not among them"


def test_the_catalogue_names_what_its_entries_measure() -> None:
    assert tuple(name for entry in ENGINE for name in entry.names) == NAMES
    assert all(entry.about for entry in ENGINE)


def test_a_part_can_be_had_by_how_its_names_begin(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(chosen("decide.")) == 3
    assert bench_engine(as_json=True, only="engine.bytes_per_r", effort=TINY) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["name"] == "engine.bytes_per_remembered_id"


def test_without_json_the_figures_are_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_engine(as_json=False, only="engine.naive.1k", effort=TINY) == 0
    headings, figure = capsys.readouterr().out.splitlines()
    assert headings.split() == ["figure", "value", "unit", "baseline", "ratio", "n", "baseline", "n"]
    assert re.match(r"engine\.naive\.1k_agents +[\d,.]+ decisions/s", figure)


def test_a_name_that_there_is_not_is_told_and_nothing_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_engine(as_json=True, only="engine.nothing", effort=TINY) == 2
    assert "Leave --only out" in capsys.readouterr().err


def test_the_command_line_has_it() -> None:
    told = CliRunner().invoke(app, ["bench", "engine", "--only", "no such figure", "--json"])
    assert told.exit_code == 2
    assert told.stdout == ""


def test_a_rate_counts_the_time_of_looking_in_vain_and_not_the_looks() -> None:
    assert Round([1_000_000, 2_000_000], vain_ns=1_000_000).rate() == 500.0
    assert Round([4_000_000], decisions=8).rate() == 2000.0


def test_figures_are_medians_of_the_rounds() -> None:
    rounds = tuple(Round([ns] * 100) for ns in (1000, 9000, 2000))
    measured = Measured(rounds)
    assert (measured.rate().value, measured.percentile_us(99).value, measured.n) == (500_000.0, 2.0, 300)


def test_percentiles_are_those_of_single_decisions() -> None:
    taken = Round([1000 * microseconds for microseconds in range(1, 101)])
    assert (taken.percentile_us(50), taken.percentile_us(99)) == (51.0, 100.0)


def test_what_is_compared_is_measured_by_turns_and_the_first_turn_is_not_counted() -> None:
    turns: list[str] = []

    def run(name: str) -> Round:
        turns.append(name)
        return Round([len(turns)])

    ours, theirs = measure(2, lambda: run("ours"), lambda: run("theirs"))
    assert turns == ["ours", "theirs"] * 3
    assert [each.taken_ns for each in (*ours.rounds, *theirs.rounds)] == [[3], [5], [4], [6]]


def test_a_ratio_says_how_many_times_the_baseline_it_is() -> None:
    figure = compared("a", "decisions/s", Amount(3000.0, 9), Amount(1000.0, 3))
    assert (figure.ratio, figure.n, figure.baseline_n) == (3.0, 9, 3)


def test_what_is_nearly_one_is_not_rounded_to_one() -> None:
    told = json.loads(Figure("engine.identical_decisions", 0.99999, "share", 100_000).as_json())
    assert told["value"] == 0.99999
    assert json.loads(Figure("a", 123456.7, "us", 1).as_json())["value"] == 123500.0
