"""The metrics that queries ask for, and those that there are."""

import re
from collections.abc import Iterable

from tests.house_rules import ROOT

PAGE = ROOT / "docs" / "metrics.md"
# Those of each process and of each scrape, which Prometheus's own libraries make.
STANDARD = {"up", "process_cpu_seconds_total", "process_resident_memory_bytes", "process_start_time_seconds"}
PARTS_OF_HISTOGRAMS = re.compile(r"_(sum|count|bucket)$")
NAMES = re.compile(r"\b(?:switchroom_[a-z_]+|process_[a-z_]+|up)\b(?=[\s{\[)),]|$)")


def described() -> set[str]:
    """Named on the page of metrics."""
    return set(re.findall(r"`(switchroom_[a-z_]+)`", PAGE.read_text()))


def unknown(queries: Iterable[str]) -> set[str]:
    """What these PromQL queries ask for that no page describes."""
    known = described() | STANDARD
    asked = {name for query in queries for name in NAMES.findall(query)}
    return {name for name in asked if name not in known and PARTS_OF_HISTOGRAMS.sub("", name) not in known}
