"""`switchroom simulate` as it is typed: a table, JSON, a picture, and words where it can't be done."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner, Result

from services.cli.app import app
from services.plan.caller import caller_hash
from tests.unit.cli.simulate.floors import CALL, on_duty, plan_of, visit
from tests.unit.cli.simulate.recorded_log import record
from tests.unit.cli.simulate.test_forecast import FORECAST

PLAN = """
format: 1
tenant: demo
time_zone: Europe/Berlin
companies:
  - id: acme
    name: Acme
    addresses:
      - {channel: voice, address: +44 20 7946 0100}
queues:
  - {id: calls, company: acme, policy: longest_idle}
default: {queue: calls}
agents:
  - {id: ana, companies: acme}
  - {id: ben, companies: acme}
"""
ANA_ALONE = PLAN.replace("  - {id: ben, companies: acme}\n", "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plan.yaml").write_text(PLAN)
    (tmp_path / "alone.yaml").write_text(ANA_ALONE)
    (tmp_path / "forecast.yaml").write_text(FORECAST.replace("[200, 0, 400]", "[20, 30]").replace("[ana]", "all"))
    (tmp_path / "staffing.yaml").write_text('staffing:\n  - {agents: [ben], on_duty: ["08:00-12:00"]}\n')
    return tmp_path


def typed(folder: Path, *words: str) -> Result:
    named = [
        str(folder / word) if word.endswith((".yaml", ".svg", ".sqlite")) or word == "." else word for word in words
    ]
    return CliRunner().invoke(app, ["simulate", *named])


def test_two_plans_stand_side_by_side(folder: Path) -> None:
    ran = typed(folder, "--plan", "alone.yaml", "--today", "plan.yaml", "--from", "forecast.yaml", "--seeds", "3")
    assert ran.exit_code == 0
    head, *lines = ran.stdout.splitlines()
    assert head.endswith(" difference")
    assert "today's plan" in head
    assert "new plan" in head
    assert any(line.startswith("service level") and "±" in line for line in lines)
    assert "seed 3 of 3" in ran.stderr


def test_json_says_the_same_for_programs(folder: Path) -> None:
    words = ("--plan", "alone.yaml", "--today", "plan.yaml", "--from", "forecast.yaml", "--seeds", "3", "--json")
    figures = json.loads(typed(folder, *words).stdout)["figures"]
    level = figures["service_level"]
    assert level["difference"]["mean"] == pytest.approx(
        level["new plan"]["mean"] - level["today's plan"]["mean"], abs=1e-5
    )
    assert level["new plan"]["mean"] < level["today's plan"]["mean"]
    assert level["difference"]["half_width"] is not None
    assert typed(folder, *words).stdout == typed(folder, *words).stdout


def test_the_picture_is_svg_with_a_bar_for_each_plan(folder: Path) -> None:
    words = ("--plan", "alone.yaml", "--today", "plan.yaml", "--from", "forecast.yaml", "--seeds", "2")
    assert typed(folder, *words, "--picture", "out.svg").exit_code == 0
    root = ET.fromstring((folder / "out.svg").read_text())  # noqa: S314  # we wrote it ourselves
    texts = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "service level" in texts
    assert "today's plan" in texts
    assert "new plan" in texts


def test_another_staffing_stands_beside_the_one_of_the_forecast(folder: Path) -> None:
    words = ("--plan", "plan.yaml", "--from", "forecast.yaml", "--staffing", "staffing.yaml", "--seeds", "2")
    ran = typed(folder, *words)
    assert "other staffing" in ran.stdout.splitlines()[0]


def test_a_recording_stands_beside_what_was_recorded(folder: Path) -> None:
    calls = [visit(f"v{n}", n * 30, handling_s=50) for n in range(30)]
    record(folder, plan_of("ana", "ben"), [on_duty("ana", 0, 2000), on_duty("ben", 0, 2000)], calls)
    ran = typed(folder, "--plan", "alone.yaml", "--from", ".", "--seeds", "2", "--json")
    assert ran.exit_code == 0, ran.stderr
    told = json.loads(ran.stdout)
    asa = told["figures"]["asa_s"]
    assert asa["recorded"] == asa["today's plan"]["mean"] == 0
    assert asa["new plan"]["mean"] > 100
    assert told["unknown"]


def test_with_a_data_folder_the_new_plans_own_lists_are_known(folder: Path) -> None:
    key = b"k" * 32
    (folder / "secrets.json").write_text(json.dumps({"customers_key": key.hex()}))
    caller = replace(CALL, customer=caller_hash(key, "demo", "vera@customer.example"))
    calls = [visit("a", 10), visit("b", 20), visit("c", 30, entry=caller)]
    record(folder, plan_of("ana"), [on_duty("ana", 0, 2000)], calls)
    listed = "caller_lists: {vip: [vera@customer.example]}\nentry_points:\n"
    listed += "  - {id: vips, match: {caller: {list: vip}}, route: {queue: calls, priority: 50}}\n"
    (folder / "plan.yaml").write_text(PLAN.replace("default:", listed + "default:"))
    figures = json.loads(typed(folder, "--plan", "plan.yaml", "--from", ".", "--seeds", "1", "--json").stdout)[
        "figures"
    ]
    assert figures["p99_wait_s.50"]["new plan"]["mean"] == 80
    assert figures["p99_wait_s.50"]["today's plan"] is None


def test_another_staffing_holds_on_the_recorded_days(folder: Path) -> None:
    record(folder, plan_of("ana", "ben"), [on_duty("ana", 0, 2000)], [visit("a", 10), visit("b", 20, patience_s=900)])
    (folder / "staffing.yaml").write_text('staffing:\n  - {agents: [ana, ben], on_duty: ["00:00-24:00"]}\n')
    words = (
        "--plan",
        "plan.yaml",
        "--from",
        "router-log.sqlite",
        "--staffing",
        "staffing.yaml",
        "--seeds",
        "1",
        "--json",
    )
    asa = json.loads(typed(folder, *words).stdout)["figures"]["asa_s"]
    assert asa["recorded"] == 45
    assert asa["new plan"]["mean"] == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--plan", "nowhere.yaml", "--from", "forecast.yaml"), "can't be read"),
        (("--plan", "forecast.yaml", "--from", "forecast.yaml"), "is no plan"),
        (("--plan", "plan.yaml", "--from", "nowhere.yaml"), "There is no"),
        (("--plan", "plan.yaml", "--from", "plan.yaml"), "The forecast has defects"),
        (("--plan", "plan.yaml", "--from", "."), "router-log.sqlite"),
        (("--plan", "plan.yaml", "--from", "forecast.yaml", "--seeds", "0"), "--seeds"),
        (("--plan", "plan.yaml", "--from", "forecast.yaml", "--staffing", "plan.yaml"), "The staffing has defects"),
    ],
)
def test_what_cannot_be_done_is_said_on_one_line_and_ends_with_1(
    folder: Path, words: tuple[str, ...], says: str
) -> None:
    ran = typed(folder, *words)
    assert ran.exit_code == 1
    assert says in ran.stderr
    assert "Traceback" not in ran.stderr + ran.stdout
