"""The alert rules: each fires when it should and not otherwise, and each is explained."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.deployment import alert_rules
from tests.deployment.metric_names import unknown
from tests.house_rules import ROOT

OPERATIONS = ROOT / "docs" / "operations.md"
CASES = Path(__file__).parent / "alerts.test.yml"
RULES = [rule for group in alert_rules.groups() for rule in group["rules"]]


def promtool(*arguments: str | Path) -> str:
    """What promtool says; it fails the test when promtool fails. Skips it where there is none."""
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("there is no promtool: Debian's package prometheus has it")
    command = [found, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_kubernetes_gets_the_same_rules() -> None:
    assert alert_rules.OBJECT.read_text() == alert_rules.written(), "write it: python -m tests.deployment.alert_rules"


def test_rules_ask_for_metrics_that_there_are() -> None:
    assert unknown(rule["expr"] for rule in RULES) == set()


def test_every_alert_says_how_bad_it_is_and_what_it_means() -> None:
    for rule in RULES:
        assert rule["labels"]["severity"] in ("critical", "warning"), rule
        assert rule["annotations"].keys() == {"summary", "description"}, rule


def test_every_alert_has_its_place_in_the_operations_page() -> None:
    if not OPERATIONS.exists():
        pytest.fail("docs/operations.md is not there")
    told = set(re.findall(r"\bSwitchroom[A-Z]\w+", OPERATIONS.read_text()))
    assert {rule["alert"] for rule in RULES} - told == set()


def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    cases = [
        (each["alertname"], bool(each["exp_alerts"]))
        for test in yaml.safe_load(CASES.read_text())["tests"]
        for each in test["alert_rule_test"]
    ]
    for rule in RULES:
        assert (rule["alert"], True) in cases, rule["alert"]
        assert (rule["alert"], False) in cases, rule["alert"]


@pytest.mark.deployment
def test_prometheus_understands_its_files() -> None:
    promtool("check", "config", ROOT / "deploy" / "prometheus" / "prometheus.yml")


@pytest.mark.deployment
def test_each_alert_fires_when_it_should_and_not_otherwise() -> None:
    assert "SUCCESS" in promtool("test", "rules", CASES)
