"""What ingest counts. Labels are our own channels, never anything from outside."""

from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import Counter, Gauge

from services.ingest.envelopes import Arrived, Envelope
from services.ingest.front_door import FrontDoor, Unavailable
from services.shared.partition import partition_of

CONTACTS = Counter("switchroom_ingest_contacts_total", "Contacts appended to contacts.inbound", ["channel"])
NOT_TAKEN = Counter("switchroom_ingest_unavailable_total", "Envelopes not taken since the log or blob store was away")
REFUSED = Counter("switchroom_ingest_refused_total", "Calls, frames and documents refused", ["channel"])
TURNED_AWAY = Counter("switchroom_ingest_turned_away_total", "New contacts asked to come again", ["channel", "because"])
SOCKETS = Gauge("switchroom_ingest_chat_sockets", "Open sockets of web chats")
ROUTER_LAG = Gauge("switchroom_ingest_router_lag_records", "Records of contacts.inbound not yet decided", ["partition"])


@dataclass(frozen=True)
class CountedDoor(FrontDoor):
    """The front door, with its traffic counted; `on_append` is told partition and tenant of each record."""

    on_append: Callable[[int, str], None] = lambda _partition, _tenant: None

    async def put(self, envelope: Envelope) -> None:
        """Append; see FrontDoor."""
        try:
            await super().put(envelope)
        except Unavailable:
            NOT_TAKEN.inc()
            raise
        self.on_append(partition_of(envelope.tenant, self.log.partitions), envelope.tenant)
        if isinstance(envelope.what, Arrived):
            CONTACTS.labels(envelope.what.channel.value).inc()
