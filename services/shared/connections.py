"""What every service is handed: logs, stores, traces, the routers' group, and where followers say how far they are."""

from dataclasses import dataclass, field

from services.shared.blob_store import BlobStore
from services.shared.document_store import DocumentStore
from services.shared.event_log import EventLog
from services.shared.follower_watch import FollowerWatch
from services.shared.group import Group, LoneGroup
from services.shared.object_store import ObjectStore
from services.shared.tls_files import TlsFiles
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
    # Of the routers, who divide the partitions among them.
    group: Group = field(default_factory=LoneGroup)
    # By which services know each other; None: no TLS between them, as where all are one process.
    tls: TlsFiles | None = None
    objects: ObjectStore | None = None
