"""How much a document may be before it counts as an attack, and how large its pictures become."""

from dataclasses import dataclass

from services.ingest.workers.worker_pool import WorkerLimits

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """Of one document, in its worker process.

    What is beyond `pages`, `pictures_bytes` or `cpu_ms` is left out, and that is said. A page of more pixels than
    `page_pixels` is not decoded. A picture is made smaller until it has `picture_pixels`, `picture_side` and
    `picture_bytes`.
    """

    pages: int = 200
    # A4 with 600 dots per inch has 35 million.
    page_pixels: int = 40_000_000
    picture_pixels: int = 6_000_000
    picture_side: int = 10_000
    picture_bytes: int = 4 * MIB
    pictures_bytes: int = 48 * MIB
    cpu_ms: int = 20_000


LIMITS = DocumentLimits()
# The kernel's and the pool's; beyond them a document is unreadable as a whole.
WORKER_LIMITS = WorkerLimits(cpu_s=30, memory_bytes=1024 * MIB, wall_s=45.0)
