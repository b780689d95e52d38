"""How old a partition's newest snapshot is, and how far its log is archived."""

from prometheus_client import Counter, Gauge

AGE = Gauge(
    "switchroom_router_snapshot_age_seconds",
    "How long ago the newest snapshot was made that this router has made or began with",
    ["partition"],
)
FAILED = Counter(
    "switchroom_router_snapshots_failed_total", "Snapshots, archivings or deletions that came to nothing", ["partition"]
)
ARCHIVED_TO = Gauge(
    "switchroom_router_archived_to_offset", "The offset after the last archived record of router.log", ["partition"]
)
