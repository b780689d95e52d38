"""Fax and letters put together, for ingest's app.py."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from services.ingest.admission import Admission
from services.ingest.checkpoints import Checkpoints
from services.ingest.documents.converted import DOCUMENT_CONVERSION
from services.ingest.documents.folder import DocumentFolder
from services.ingest.documents.intake import Addresses, DocumentIntake
from services.ingest.documents.limits import WORKER_LIMITS
from services.ingest.documents.reader import READER, DocumentReader
from services.ingest.documents.refusals import Pace
from services.ingest.front_door import FrontDoor
from services.ingest.workers.worker_pool import WorkerPool
from services.shared.clock import Clock
from services.shared.connections import Connections
from services.shared.serve import Part, background


@dataclass(frozen=True, slots=True)
class DocumentSettings:
    """Which folder is watched (None: none), and how. `key` is the key of all ids that ingest makes."""

    folder: Path | None
    pace: Pace
    workers: int
    key: bytes = field(repr=False)


def make_documents(  # noqa: PLR0913  # what documents have to do with
    settings: DocumentSettings,
    connections: Connections,
    door: FrontDoor,
    addresses: Addresses,
    clock: Clock,
    *,
    not_ready_because: Callable[[], str | None],
    admission: Admission,
) -> list[Part]:
    """The parts, in the order in which they start. Documents are read wherever they arrived, also without a folder."""
    pool = WorkerPool(DOCUMENT_CONVERSION, settings.workers, WORKER_LIMITS)
    checkpoints = Checkpoints(connections.documents, READER, connections.watch)
    reader = DocumentReader(door, pool, checkpoints, clock, settings.key)
    reading = [_reading(reader, partition) for partition in range(connections.inbound.partitions)]
    if settings.folder is None:
        return [pool, *reading]
    folder = DocumentFolder(settings.folder)
    intake = DocumentIntake(folder, door, addresses, clock, settings.key, settings.pace, not_ready_because, admission)
    return [pool, *reading, background(intake.watch, "document-folder")]


def _reading(reader: DocumentReader, partition: int) -> Part:
    return background(lambda: reader.follow(partition), f"document-read-{partition}")
