"""Writes the alerts of deploy/prometheus as Kubernetes wants them: python -m tests.deployment.alert_rules."""

from typing import Any

import yaml

from tests.house_rules import ROOT

RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
OBJECT = ROOT / "deploy" / "k8s" / "components" / "monitoring" / "alerts.yaml"
HEAD = """\
# Written by python -m tests.deployment.alert_rules from deploy/prometheus/alerts.yml, and a test compares the two.
"""


def groups() -> list[dict[str, Any]]:
    """The groups of rules."""
    found: list[dict[str, Any]] = yaml.safe_load(RULES.read_text())["groups"]
    return found


def written() -> str:
    """The PrometheusRule's file."""
    rule = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "switchroom"},
        "spec": {"groups": groups()},
    }
    return HEAD + yaml.safe_dump(rule, sort_keys=False, width=120)


if __name__ == "__main__":
    OBJECT.write_text(written())
