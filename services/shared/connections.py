"""What every service is handed: three logs, three stores, the traces, and where followers say how far they are."""

from dataclasses import dataclass, field

from services.shared.blob_store import BlobStore
from services.shared.document_store import DocumentStore
from services.shared.event_log import EventLog
from services.shared.follower_watch import FollowerWatch
from services.shared.object_store import ObjectStore
from services.shared.traces import NoTraces, Traces


@dataclass(frozen=True, slots=True)
class Connections:
    """Opened by whoever starts the services, and closed by them.

    `objects` has snapshots and archived records; None: neither are made, as in tests.
    """

    inbound: EventLog
    outbound: EventLog
    router_log: EventLog
    documents: DocumentStore
    blobs: BlobStore
    traces: Traces = field(default_factory=NoTraces)
    watch: FollowerWatch = field(default_factory=FollowerWatch)
    objects: ObjectStore | None = None
