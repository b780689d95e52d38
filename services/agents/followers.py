"""Followers: the tasks that read the two topics from their checkpoints and hand each record to filing."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

import structlog

from services.agents.catching_up import CatchingUp
from services.agents.conversations import Conversations
from services.agents.documents import CHECKPOINTS
from services.agents.filing import Filing
from services.agents.log_codec import UnreadableRecord, decode_decided, decode_inbound
from services.agents.metrics import FILED, FILED_TO, UNFILED
from services.agents.outbox import Outbox
from services.agents.switchboard import Switchboard
from services.agents.tellings import Teller
from services.shared.accepted import accepted
from services.shared.clock import Clock
from services.shared.connections import Connections
from services.shared.document_store import Document, DocumentStore
from services.shared.event_log import EventLog
from services.shared.fence import OLDEST_FORMAT, Checkpoint
from services.shared.following import Following
from services.shared.serve import Part, background

log = structlog.get_logger()
RECORDS_MAX = 100
SPAN_MS_MAX = 1_000
KEEP_EVERY_S = 30.0


def followers(connections: Connections, filing: Filing, clock: Clock, catching_up: CatchingUp) -> list[Part]:
    """One part for each partition of each topic, and one that keeps their bookmarks."""
    documents = connections.documents
    bookmarks: list[Bookmark] = []

    def place(topic: EventLog, name: str, partition: int) -> Place:
        bookmarks.append(Bookmark(documents, clock, f"{name}-{partition}"))
        where = f"{CHECKPOINTS.name}/{bookmarks[-1].name}"
        progress = connections.watch.follower(f"agents-{name}", topic, partition)
        return Place(partition, bookmarks[-1], catching_up.watch(Following(topic, partition, where, progress)))

    inbound, router_log = connections.inbound, connections.router_log
    switchboard = Switchboard(documents, connections.outbound, clock)
    outbox = Outbox(documents, connections.outbound, Conversations(documents), filing.bells, clock)
    teller = Teller(documents, outbox, filing.plan_words, clock)
    following: list[InboundFollower | RouterLogFollower] = [
        *(InboundFollower(filing, place(inbound, "inbound", number)) for number in range(inbound.partitions)),
        *(
            RouterLogFollower(filing, (switchboard, teller), place(router_log, "router-log", number))
            for number in range(router_log.partitions)
        ),
    ]
    return [
        *(background(follower.run, f"filing {follower.name}") for follower in following),
        background(lambda: _keep(bookmarks), "filing bookmarks"),
    ]


class Bookmark:
    """A checkpoint in the store, written at most every 100 records or every second, after the documents."""

    def __init__(self, documents: DocumentStore, clock: Clock, name: str) -> None:
        self._documents = documents
        self._clock = clock
        self.name = name
        self._newest: Document = {}
        self._unwritten = 0
        self._written_at_ms = clock.monotonic_ms()
        self._writing = asyncio.Lock()

    async def read(self) -> Document:
        """The checkpoint; empty before the first. Raises StoreUnavailable."""
        return await self._documents.get(CHECKPOINTS, self.name) or {}

    async def move(self, checkpoint: Document) -> None:
        """Remember a place; what was filed since the last one written is filed again after a crash."""
        self._newest = checkpoint
        self._unwritten += 1
        if self._unwritten >= RECORDS_MAX or self._clock.monotonic_ms() - self._written_at_ms >= SPAN_MS_MAX:
            await self.keep()

    async def keep(self) -> None:
        """Write the newest place, if it is not written yet. Raises StoreUnavailable."""
        async with self._writing:
            if self._unwritten:
                newest, count = self._newest, self._unwritten
                await self._documents.put(CHECKPOINTS, {"id": self.name, **newest})
                self._unwritten -= count
                self._written_at_ms = self._clock.monotonic_ms()


async def _keep(bookmarks: Sequence[Bookmark]) -> None:
    """Where nothing more comes, too: a bookmark must not grow older than the records that its topic keeps."""
    while True:
        await asyncio.sleep(KEEP_EVERY_S)
        for bookmark in bookmarks:
            await bookmark.keep()


@dataclass(frozen=True, slots=True)
class Place:
    """What a follower follows, and where it remembers how far it came."""

    partition: int
    bookmark: Bookmark
    following: Following


class InboundFollower:
    """Follows one partition of contacts.inbound."""

    def __init__(self, filing: Filing, place: Place) -> None:
        self._filing = filing
        self._place = place
        self.name = place.bookmark.name

    async def run(self) -> None:
        """Follow until cancelled: from the bookmark on, or from the first record that there still is.

        Raises LogUnavailable, RecordsGone, StoreUnavailable.
        """
        place = self._place
        async for record in place.following.read_on((await place.bookmark.read()).get("offset")):
            await _file_if_readable(self._file(record.record, record.appended_at_ms), "inbound")
            await place.bookmark.move({"offset": record.offset + 1})
            FILED_TO.labels("inbound", place.partition).set(record.offset + 1)

    async def _file(self, record: bytes, at_ms: int) -> None:
        await self._filing.file_inbound(decode_inbound(record), at_ms)


class RouterLogFollower:
    """Follows one partition of router.log, all of it; what was not accepted there is never seen here."""

    def __init__(self, filing: Filing, hearers: Sequence[Switchboard | Teller], place: Place) -> None:
        self._filing = filing
        self._hearers = hearers
        self._place = place
        self.name = place.bookmark.name

    async def run(self) -> None:
        """Follow until cancelled. Raises FenceStopped, LogUnavailable, RecordsGone, StoreUnavailable."""
        place = self._place
        start = _checkpoint(await place.bookmark.read())
        async for batch in accepted(place.following.read_on(start.offset), start):
            await _file_if_readable(self._file(batch.decided), "router_log")
            await place.bookmark.move(_document(batch.checkpoint))
            FILED_TO.labels("router_log", place.partition).set(batch.checkpoint.offset)

    async def _file(self, decided: bytes) -> None:
        for decision in decode_decided(decided):
            await self._filing.file_decided(decision)
            for each in self._hearers:
                await each.hear(decision)


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
        "format": checkpoint.format,
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
        # Kept without it before there was a second one.
        format=document.get("format", OLDEST_FORMAT),
    )
