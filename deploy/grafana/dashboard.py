#!/usr/bin/env python3
"""Makes Grafana's dashboard: python deploy/grafana/dashboard.py > deploy/grafana/dashboards/switchroom.json.

A test compares the two, and has every metric that is asked for here found in docs/metrics.md.
"""

import json
from dataclasses import dataclass
from typing import Any

DATASOURCE = {"type": "prometheus", "uid": "prometheus"}
COLUMNS = 24
PANEL_HEIGHT = 8
CHOSEN = 'tenant=~"$tenant", queue=~"$queue"'
SERVICES = 'job=~"ingest|router|agents|reporting"'


@dataclass(frozen=True, slots=True)
class Panel:
    """A graph or a number: `asks` are queries with the legend of each; `width` is of 24 columns."""

    title: str
    says: str
    unit: str
    asks: tuple[tuple[str, str], ...]
    width: int = 8
    kind: str = "timeseries"


SERVICE_LEVEL = (
    f"sum by (queue) (increase(switchroom_answered_within_total{{{CHOSEN}}}[1h]))"
    f' / (sum by (queue) (increase(switchroom_waits_ended_total{{{CHOSEN}, how=~"answered|abandoned"}}[1h]))'
    f" - (sum by (queue) (increase(switchroom_short_abandoned_total{{{CHOSEN}}}[1h]))"
    f" or sum by (queue) (increase(switchroom_waits_total{{{CHOSEN}}}[1h])) * 0))"
)


def _rate(metric: str, by: str, of: str = "") -> str:
    return f"sum by ({by}) (rate({metric}{{{of}}}[5m])) * 60"


def _mean(metric: str, by: str) -> str:
    total = f"sum by ({by}) (increase({metric}_sum{{{CHOSEN}}}[1h]))"
    return f"{total} / sum by ({by}) (increase({metric}_count{{{CHOSEN}}}[1h]))"


def _p95(metric: str, by: str) -> str:
    return f"histogram_quantile(0.95, sum by ({by}, le) (increase({metric}_bucket{{{CHOSEN}}}[1h])))"


ROWS: dict[str, tuple[Panel, ...]] = {
    "Now": (
        Panel("Waiting", "Contacts that wait, those on offer among them", "none",
              ((f"sum by (queue) (switchroom_waiting{{{CHOSEN}}})", "{{queue}}"),)),
        Panel("Longest wait", "How long the one in line for longest has waited", "s",
              ((f"max by (queue) (switchroom_oldest_wait_seconds{{{CHOSEN}}})", "{{queue}}"),)),
        Panel("Agents", "Agents of the plan, by what they say of themselves", "none",
              (('sum by (presence) (switchroom_agents{tenant=~"$tenant"})', "{{presence}}"),)),
        Panel("On offer", "Contacts on offer to an agent", "none",
              ((f"sum by (queue) (switchroom_on_offer{{{CHOSEN}}})", "{{queue}}"),)),
        Panel("With agents", "Contacts that agents work on", "none",
              ((f"sum by (queue) (switchroom_with_agents{{{CHOSEN}}})", "{{queue}}"),)),
        Panel("In wrap-up", "Contacts in wrap-up", "none",
              ((f"sum by (queue) (switchroom_in_wrap_up{{{CHOSEN}}})", "{{queue}}"),)),
    ),
    "Service": (
        Panel("Service level, last hour", "Answered within the target, of what counts: docs/metrics.md", "percentunit",
              ((SERVICE_LEVEL, "{{queue}}"),)),
        Panel("Speed of answer, last hour", "Mean (ASA) and the 95th percentile of answered waits", "s",
              ((_mean("switchroom_wait_seconds", "queue"), "{{queue}} mean"),
               (_p95("switchroom_wait_seconds", "queue"), "{{queue}} p95"))),
        Panel("Handle time, last hour", "Mean (AHT) of segments that were met", "s",
              ((_mean("switchroom_handle_seconds", "queue"), "{{queue}}"),)),
        Panel("Contacts a minute", "Taken into the router", "none",
              ((_rate("switchroom_contacts_arrived_total", "channel", 'tenant=~"$tenant"'), "{{channel}}"),)),
        Panel("How waits ended, a minute", "Answered, abandoned, not reached, unanswered", "none",
              ((_rate("switchroom_waits_ended_total", "how", CHOSEN), "{{how}}"),)),
        Panel("Offers that came back, a minute", "By what became of them", "none",
              ((_rate("switchroom_offers_returned_total", "because", CHOSEN), "{{because}}"),)),
    ),
    "Edges": (
        Panel("Appended a minute", "Contacts that ingest took, by channel", "none",
              ((_rate("switchroom_ingest_contacts_total", "channel"), "{{channel}}"),)),
        Panel("Turned away a minute", "Not taken as the log or the blob store was away; and refused", "none",
              (("sum(rate(switchroom_ingest_unavailable_total[5m])) * 60", "unavailable"),
               (_rate("switchroom_ingest_refused_total", "channel"), "refused {{channel}}"))),
        Panel("Replies settled a minute", "What became of what agents wrote", "none",
              ((_rate("switchroom_replies_settled_total", "outcome", CHOSEN), "{{outcome}}"),)),
        Panel("Desks, chats and links", "Open desks, open chats, streams to the router", "none",
              (("sum(switchroom_agents_desks_open)", "desks"), ("sum(switchroom_ingest_chat_sockets)", "chats"),
               ("sum(switchroom_agents_links_open)", "links to the router"))),
        Panel("Commands of agents a minute", "By what became of them", "none",
              ((_rate("switchroom_agents_commands_total", "outcome"), "{{outcome}}"),)),
        Panel("Logins a minute", "By what became of them", "none",
              ((_rate("switchroom_agents_logins_total", "outcome"), "{{outcome}}"),)),
    ),
    "System": (
        Panel("Services that answer", "Processes whose metrics could be read", "none",
              ((f"sum by (job) (up{{{SERVICES}}})", "{{job}}"),), kind="stat"),
        Panel("Router behind", "Records of contacts.inbound not decided yet", "none",
              (("max by (partition) (switchroom_ingest_router_lag_records)", "partition {{partition}}"),)),
        Panel("Documents behind", "Records of router.log not filed yet", "none",
              ((("max by (partition) (switchroom_reporting_read_to_offset) - max by (partition)"
                ' (switchroom_agents_filed_to_offset{topic="router_log"})'), "partition {{partition}}"),)),
        Panel("Followers that stand still", "How long a follower that has records to do has done none", "s",
              (("max by (follower, partition) (switchroom_follower_standing_still_seconds)",
                "{{follower}} {{partition}}"),)),
        Panel("Appending to Kafka, p95", "How long until brokers have a record", "s",
              (("histogram_quantile(0.95, sum by (topic, le) (rate(switchroom_kafka_append_seconds_bucket[5m])))",
                "{{topic}}"),)),
        Panel("Failed at Kafka a minute", "Appends that failed, and readers that brokers did not answer", "none",
              ((_rate("switchroom_kafka_appends_failed_total", "topic"), "appends {{topic}}"),
               (_rate("switchroom_kafka_reads_failed_total", "topic"), "reads {{topic}}"))),
        Panel("Processor", "Cores in use", "none",
              ((f"sum by (job) (rate(process_cpu_seconds_total{{{SERVICES}}}[5m]))", "{{job}}"),)),
        Panel("Memory", "Resident", "bytes",
              ((f"max by (job) (process_resident_memory_bytes{{{SERVICES}}})", "{{job}}"),)),
        Panel("Records that do not count, a minute", "Late claims, and writers that were no longer the owner", "none",
              ((_rate("switchroom_reporting_records_dropped_total", "why"), "{{why}}"),)),
        Panel("Opening hours", "How long the opening hours of each plan in force are known for", "s",
              (('min by (tenant) (switchroom_opening_hours_known_seconds{tenant=~"$tenant"})', "{{tenant}}"),)),
    ),
}  # fmt: skip


def dashboard() -> dict[str, Any]:
    """The dashboard, as Grafana reads it."""
    return {
        "uid": "switchroom",
        "title": "Switchroom",
        "tags": ["switchroom"],
        "editable": False,
        "schemaVersion": 41,
        "refresh": "15s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [_choice("tenant", "switchroom_agents"), _choice("queue", "switchroom_waiting")]},
        "panels": _laid_out(),
    }


def _choice(label: str, metric: str) -> dict[str, Any]:
    """A drop-down of the values that a label has."""
    values = f"label_values({metric}, {label})"
    every = {"text": ["All"], "value": ["$__all"]}
    return {
        "name": label,
        "type": "query",
        "datasource": DATASOURCE,
        "query": {"query": values, "refId": label},
        "definition": values,
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": every,
    }


def _laid_out() -> list[dict[str, Any]]:
    """Rows one below the other, and in each the panels from left to right."""
    laid: list[dict[str, Any]] = []
    top = 0
    for title, panels in ROWS.items():
        place = {"x": 0, "y": top, "w": COLUMNS, "h": 1}
        laid.append({"id": len(laid) + 1, "type": "row", "title": title, "collapsed": False, "gridPos": place})
        left, top = 0, top + 1
        for panel in panels:
            if left + panel.width > COLUMNS:
                left, top = 0, top + PANEL_HEIGHT
            place = {"x": left, "y": top, "w": panel.width, "h": PANEL_HEIGHT}
            laid.append({"id": len(laid) + 1, "gridPos": place, **_panel(panel)})
            left += panel.width
        top += PANEL_HEIGHT
    return laid


def _panel(panel: Panel) -> dict[str, Any]:
    targets = [
        {"refId": chr(ord("A") + at), "datasource": DATASOURCE, "expr": ask, "legendFormat": legend}
        for at, (ask, legend) in enumerate(panel.asks)
    ]
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.says,
        "datasource": DATASOURCE,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": targets,
    }


def written() -> str:
    """The file's text."""
    return json.dumps(dashboard(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(written(), end="")  # noqa: T201  # its output is the file
