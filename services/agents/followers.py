"""Followers: the tasks that read the two topics from their checkpoints and hand each record to filing."""

from collections.abc import Awaitable

import structlog

from services.agents.documents import CHECKPOINTS
from services.agents.filing import Filing
from services.agents.log_codec import UnreadableRecord, decode_decided, decode_inbound
from services.agents.metrics import FILED, FILED_TO, UNFILED
from services.agents.switchboard import Switchboard
from services.shared.accepted import accepted
from services.shared.clock import Clock
from services.shared.connections import Connections
from services.shared.document_store import Document, DocumentStore
from services.shared.fence import Checkpoint
from services.shared.serve import Part, background

log = structlog.get_logger()
RECORDS_MAX = 100
SPAN_MS_MAX = 1_000


def followers(connections: Connections, filing: Filing, clock: Clock) -> list[Part]:
    """One part for each partition of each topic."""
    documents = connections.documents
    inbound = [
        InboundFollower(connections, filing, Bookmark(documents, clock, f"inbound-{partition}"), partition)
        for partition in range(connections.inbound.partitions)
    ]
    switchboard = Switchboard(documents, connections.outbound, clock)
    router_log = [
        RouterLogFollower(
            connections, filing, switchboard, Bookmark(documents, clock, f"router-log-{partition}"), partition
        )
        for partition in range(connections.router_log.partitions)
    ]
    return [
        *(background(follower.run, f"filing {follower.name}") for follower in inbound),
        *(background(follower.run, f"filing {follower.name}") for follower in router_log),
    ]


class Bookmark:
    """A checkpoint in the store, written at most every 100 records or every second, after the documents."""

    def __init__(self, documents: DocumentStore, clock: Clock, name: str) -> None:
        self._documents = documents
        self._clock = clock
        self.name = name
        self._unwritten = 0
        self._written_at_ms = clock.monotonic_ms()

    async def read(self) -> Document:
        """The checkpoint; empty before the first. Raises StoreUnavailable."""
        return await self._documents.get(CHECKPOINTS, self.name) or {}

    async def move(self, checkpoint: Document) -> None:
        """Remember a place; what was filed since the last one written is filed again after a crash."""
        self._unwritten += 1
        now_ms = self._clock.monotonic_ms()
        if self._unwritten >= RECORDS_MAX or now_ms - self._written_at_ms >= SPAN_MS_MAX:
            await self._documents.put(CHECKPOINTS, {"id": self.name, **checkpoint})
            self._unwritten, self._written_at_ms = 0, now_ms


class InboundFollower:
    """Follows one partition of contacts.inbound."""

    def __init__(self, connections: Connections, filing: Filing, bookmark: Bookmark, partition: int) -> None:
        self._log = connections.inbound
        self._filing = filing
        self._bookmark = bookmark
        self._partition = partition
        self.name = bookmark.name

    async def run(self) -> None:
        """Follow until cancelled. Raises LogUnavailable, RecordsGone, StoreUnavailable."""
        start = (await self._bookmark.read()).get("offset", 0)
        async for record in self._log.read(self._partition, start):
            await _file_if_readable(self._file(record.record, record.appended_at_ms), "inbound")
            await self._bookmark.move({"offset": record.offset + 1})
            FILED_TO.labels("inbound", self._partition).set(record.offset + 1)

    async def _file(self, record: bytes, at_ms: int) -> None:
        await self._filing.file_inbound(decode_inbound(record), at_ms)


class RouterLogFollower:
    """Follows one partition of router.log; what was not accepted there is never seen here."""

    def __init__(
        self, connections: Connections, filing: Filing, switchboard: Switchboard, bookmark: Bookmark, partition: int
    ) -> None:
        self._log = connections.router_log
        self._filing = filing
        self._switchboard = switchboard
        self._bookmark = bookmark
        self._partition = partition
        self.name = bookmark.name

    async def run(self) -> None:
        """Follow until cancelled. Raises FenceStopped, LogUnavailable, RecordsGone, StoreUnavailable."""
        start = _checkpoint(await self._bookmark.read())
        async for batch in accepted(self._log, self._partition, start):
            await _file_if_readable(self._file(batch.decided), "router_log")
            await self._bookmark.move(_document(batch.checkpoint))
            FILED_TO.labels("router_log", self._partition).set(batch.checkpoint.offset)

    async def _file(self, decided: bytes) -> None:
        for decision in decode_decided(decided):
            await self._filing.file_decided(decision)
            await self._switchboard.hear(decision)


async def _file_if_readable(filed: Awaitable[None], topic: str) -> None:
    """A record that can't be read is counted and passed over: it must not keep the others from being filed."""
    try:
        await filed
    except UnreadableRecord:
        UNFILED.labels(topic).inc()
        log.warning("record_unreadable", topic=topic)
    else:
        FILED.labels(topic).inc()


def _document(checkpoint: Checkpoint) -> Document:
    return {
        "epoch": checkpoint.epoch,
        "claim_id": checkpoint.claim_id.hex(),
        "seq": checkpoint.seq,
        "digest": checkpoint.digest.hex(),
        "offset": checkpoint.offset,
    }


def _checkpoint(document: Document) -> Checkpoint:
    if not document:
        return Checkpoint()
    return Checkpoint(
        epoch=document["epoch"],
        claim_id=bytes.fromhex(document["claim_id"]),
        seq=document["seq"],
        digest=bytes.fromhex(document["digest"]),
        offset=document["offset"],
    )
