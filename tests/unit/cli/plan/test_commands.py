"""`switchroom plan`: what each command prints, and how it ends."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.app import app
from tests.unit.plan.example import EXAMPLE

PLAIN = EXAMPLE.replace("[billing, german]", "[billing]")
TESTS = """\
at: "2026-11-23 10:00"
tests:
  - name: A mail goes to who is there
    agents: {bo: available}
    when: [{arrives: {contact: one, channel: web_chat}}]
    then:
      one: {agent: bo}
"""


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["plan", *map(str, arguments)])
    return result.exit_code, result.output


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return written(tmp_path / "plan.yaml", PLAIN)


def written(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file


def test_a_plan_without_defects_and_oddities_is_fine(plan: Path) -> None:
    bound = "who waits is overtaken by nobody who comes 1 h 30 min later"
    assert run("check", plan) == (0, f"{plan}: no defects, no warnings\n{plan}: {bound}\n")


def test_a_defect_is_told_with_file_line_place_cause_and_mend(plan: Path) -> None:
    written(plan, PLAIN.replace("default: {queue: support}", "default: {queue: suport}"))

    status, said = run("check", plan)

    assert status == 1
    line = PLAIN.splitlines().index("default: {queue: support}") + 1
    assert said == (
        f'{plan}:{line}: default.queue: there is no queue "suport"; '
        "did you mean support? If not, declare it under queues\n"
    )


def test_a_warning_is_told_and_is_an_error_only_where_that_is_asked_for(plan: Path) -> None:
    written(plan, EXAMPLE)

    status, said = run("check", plan)
    strict, _ = run("check", "--strict", plan)

    assert (status, strict) == (0, 1)
    assert said.splitlines()[:-1] == [
        f'{plan}:18: warning: skills[1]: nobody has skill "german"; give it to an agent, or take it out',
        f"{plan}: no defects, 1 warning",
    ]


def test_what_is_wrong_or_odd_can_be_had_as_json(plan: Path) -> None:
    written(plan, EXAMPLE)
    odd = json.loads(run("check", "--json", plan)[1])
    written(plan, EXAMPLE.replace("format: 1", "format: 2"))
    wrong = json.loads(run("check", "--json", plan)[1])

    assert (odd["defects"], [each["where"] for each in odd["warnings"]]) == ([], ["skills[1]"])
    assert odd["overtaken"] == {"within_a_queue_s": 5400, "between_queues_s": 5400}
    assert "overtaken" not in wrong
    assert set(wrong["defects"][0]) == {"line", "where", "what", "what_to_do"}
    assert wrong["warnings"] == []


def test_a_file_that_is_not_there_is_told_without_a_stack_trace(tmp_path: Path) -> None:
    status, said = run("check", tmp_path / "none.yaml")

    assert status == 2
    assert "Traceback" not in said


def test_the_schema_is_json() -> None:
    status, said = run("schema")

    assert status == 0
    assert json.loads(said)["title"] == "A plan of Switchroom"


def test_so_is_the_schema_of_tests() -> None:
    status, said = run("schema", "--tests")

    assert status == 0
    assert json.loads(said)["title"] == "Routing tests of a plan of Switchroom"


def test_tests_that_pass_are_counted(plan: Path, tmp_path: Path) -> None:
    tests = written(tmp_path / "tests.yaml", TESTS)

    assert run("test", plan, tests) == (0, f"{tests}: 1 passed, 0 failed\n")


def test_a_test_that_fails_shows_its_name_the_line_and_what_was_expected_and_found(plan: Path, tmp_path: Path) -> None:
    tests = written(tmp_path / "tests.yaml", TESTS.replace("agent: bo}", "agent: ana, queue: travel}"))

    status, said = run("test", plan, tests)

    assert status == 1
    assert said.splitlines() == [
        f"{tests}:3: failed: A mail goes to who is there",
        f"{tests}:7:   then.one.agent: expected ana; found bo",
        f"{tests}:7:   then.one.queue: expected travel; found support",
        f"{tests}: 0 passed, 1 failed",
    ]


def test_results_can_be_had_as_json(plan: Path, tmp_path: Path) -> None:
    tests = written(tmp_path / "tests.yaml", TESTS.replace("agent: bo", "agent: ana"))

    said = json.loads(run("test", "--json", plan, tests)[1])

    assert (said["passed"], said["failed"]) == (0, 1)
    assert said["tests"][0]["failures"] == [{"line": 7, "where": "then.one.agent", "expected": "ana", "found": "bo"}]


def test_a_file_of_tests_with_a_wrong_form_is_told_like_a_plan(plan: Path, tmp_path: Path) -> None:
    tests = written(tmp_path / "tests.yaml", TESTS.replace("arrives", "arives"))

    status, said = run("test", plan, tests)

    assert status == 1
    assert f"{tests}:5: tests[0].when[0].arives" in said
    assert "did you mean arrives?" in said


def test_nothing_is_tested_on_a_plan_with_defects(plan: Path, tmp_path: Path) -> None:
    tests = written(tmp_path / "tests.yaml", TESTS)
    written(plan, PLAIN.replace("format: 1", "format: 2"))

    status, said = run("test", plan, tests)

    assert status == 1
    assert f"{plan}:1: format" in said


def test_two_plans_are_compared_in_words_and_as_json(plan: Path, tmp_path: Path) -> None:
    other = written(tmp_path / "other.yaml", PLAIN.replace("  - {id: bo, companies: acme, units: 4}\n", ""))

    status, said = run("diff", plan, other)
    as_json = json.loads(run("diff", "--json", plan, other)[1])

    assert status == 0
    assert said.splitlines() == [
        "agent bo removed",
        'in flight: "bo" loses open offers, ends what they have, and gets nothing new',
    ]
    assert [(each["section"], each["id"], each["change"]) for each in as_json["changes"]] == [
        ("agents", "bo", "removed")
    ]
    assert len(as_json["in_flight"]) == 1


def test_what_changed_and_what_moved_is_told_with_each_key(plan: Path, tmp_path: Path) -> None:
    rest = "  - id: rest\n    match: {company: globex}\n    route: {queue: travel}\n"
    text = PLAIN.replace(rest, "").replace("  - id: vips\n", f"{rest}  - id: vips\n").replace("units: 4", "units: 5")
    other = written(tmp_path / "other.yaml", text)

    assert run("diff", plan, other)[1].splitlines()[:3] == [
        "agent bo changed",
        "  units: 4 → 5",
        "entry point rest moved: now the first of all",
    ]


def test_a_plan_compared_with_itself_has_no_difference(plan: Path) -> None:
    assert run("diff", plan, plan) == (0, "no difference\n")
