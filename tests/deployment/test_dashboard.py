"""Grafana's dashboard is what the script makes, asks for metrics that there are, and can be laid out."""

import json
import subprocess
import sys
from itertools import pairwise

from tests.deployment.metric_names import unknown
from tests.house_rules import ROOT

GRAFANA = ROOT / "deploy" / "grafana"
SCRIPT = GRAFANA / "dashboard.py"
FILE = GRAFANA / "dashboards" / "switchroom.json"
DASHBOARD = json.loads(FILE.read_text())
PANELS = DASHBOARD["panels"]
QUERIES = [target["expr"] for panel in PANELS for target in panel.get("targets", [])]


def test_the_dashboard_is_what_the_script_makes() -> None:
    made = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
    assert made.stdout == FILE.read_text(), "make it: python deploy/grafana/dashboard.py > (its file)"


def test_it_asks_for_metrics_that_there_are() -> None:
    assert len(QUERIES) > 20
    assert unknown(QUERIES) == set()


def test_a_metric_that_there_is_not_would_be_seen() -> None:
    assert unknown(["sum(rate(switchroom_unheard_of_total[5m]))"]) == {"switchroom_unheard_of_total"}
    assert unknown(["switchroom_wait_seconds_sum / switchroom_wait_second_sum"]) == {"switchroom_wait_second_sum"}


def test_panels_have_numbers_and_places_of_their_own() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    places = sorted((p["gridPos"]["y"], p["gridPos"]["x"], p["gridPos"]["w"]) for p in PANELS)
    for (y, x, width), (next_y, next_x, _) in pairwise(places):
        assert y < next_y or x + width <= next_x
        assert x + width <= 24


def test_every_panel_says_what_it_shows() -> None:
    assert all(panel.get("description") for panel in PANELS if panel["type"] != "row")
