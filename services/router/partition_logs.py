"""What a partition's loop works with: its logs, and whoever is told of them."""

from dataclasses import dataclass, field

from services.router.snapshots.keeper import NoSnapshots, SnapshotKeeper
from services.shared.event_log import EventLog
from services.shared.follower_watch import FollowerWatch
from services.shared.traces import NoTraces, Traces


@dataclass(frozen=True, slots=True)
class PartitionLogs:
    """Where a partition's contacts come from, where its decisions go, and who is told of them."""

    inbound: EventLog
    router_log: EventLog
    partition: int
    traces: Traces = field(default_factory=NoTraces)
    watch: FollowerWatch = field(default_factory=FollowerWatch)
    snapshots: SnapshotKeeper | NoSnapshots = field(default_factory=NoSnapshots)
