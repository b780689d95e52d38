"""Follows contacts.outbound and hands each message to its channel; what became of it goes to contacts.inbound."""

from dataclasses import dataclass, field

import structlog

from services.ingest.channels.channel import Channel, Connecting, Fate, SendResult, settled_id
from services.ingest.envelopes import Envelope, Outgoing, settled
from services.ingest.front_door import FrontDoor
from services.ingest.log_codec import UnreadableEnvelope, decode_outgoing
from services.shared.clock import Clock
from services.shared.document_store import Collection, DocumentStore
from services.shared.event_log import EventLog
from services.shared.follower_watch import FollowerWatch
from services.shared.following import Following
from services.shared.logs import about

CHECKPOINTS = Collection("ingest_outbound_checkpoints")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outbound:
    """Sends for the channels it is given; messages of others are somebody else's.

    The checkpoint is written after the sending: a crash in between sends again, which every channel takes.
    """

    topic: EventLog
    channels: tuple[Channel, ...]
    door: FrontDoor
    documents: DocumentStore
    ids_key: bytes
    clock: Clock
    watch: FollowerWatch = field(default_factory=FollowerWatch)

    async def follow(self, partition: int) -> None:
        """Follow a partition until cancelled: from its checkpoint on, or from the first record that there still is.

        Raises StoreUnavailable, LogUnavailable, Unavailable: call it again. And RecordsGone.
        """
        kept = await self.documents.get(CHECKPOINTS, str(partition))
        progress = self.watch.follower("ingest-outbound", self.topic, partition)
        following = Following(self.topic, partition, f"{CHECKPOINTS.name}/{partition}", progress)
        async for record in following.read_on(int(kept["next"]) if kept else None):
            await self._take(record.record, record.offset)
            await self.documents.put(CHECKPOINTS, {"id": str(partition), "next": record.offset + 1})

    async def _take(self, content: bytes, offset: int) -> None:
        try:
            outgoing = decode_outgoing(content)
        except UnreadableEnvelope as error:
            log.warning("a record of contacts.outbound can't be read: passed over", offset=offset, because=str(error))
            return
        with about(outgoing.tenant, outgoing.contact_id):
            await self._hand_over(outgoing)

    async def _hand_over(self, outgoing: Outgoing) -> None:
        for channel in self.channels:
            if channel.medium is not outgoing.channel:
                continue
            if outgoing.connect is None:
                await self._report(outgoing, await channel.send(outgoing))
            elif isinstance(channel, Connecting):
                await channel.connect(outgoing)

    async def _report(self, outgoing: Outgoing, result: SendResult) -> None:
        if result.fate is Fate.UNDERWAY:
            return
        delivered = result.fate is Fate.DELIVERED
        await self.door.put(
            Envelope(
                event_id=settled_id(self.ids_key, outgoing.event_id, result.fate),
                tenant=outgoing.tenant,
                company=outgoing.company,
                contact_id=outgoing.contact_id,
                seen_at_ms=self.clock.wall_ms(),
                what=settled(outgoing, delivered=delivered, why=result.why),
            )
        )
