"""What every service is handed: the three logs and the two stores, whichever adapters they are."""

from dataclasses import dataclass

from services.shared.blob_store import BlobStore
from services.shared.document_store import DocumentStore
from services.shared.event_log import EventLog


@dataclass(frozen=True, slots=True)
class Connections:
    """Opened by whoever starts the services, and closed by them."""

    inbound: EventLog
    outbound: EventLog
    router_log: EventLog
    documents: DocumentStore
    blobs: BlobStore
