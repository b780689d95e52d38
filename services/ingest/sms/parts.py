"""SMS put together, for ingest's app.py."""

from collections.abc import Callable
from dataclasses import dataclass

from services.ingest.addresses import Addresses
from services.ingest.admission import Admission
from services.ingest.carriers.carrier import Carrier
from services.ingest.carriers.webhook import Urls
from services.ingest.channels.sms import Sms
from services.ingest.checkpoints import Checkpoints
from services.ingest.front_door import FrontDoor
from services.ingest.send_loop import SendLoop
from services.ingest.sends import Sends
from services.ingest.sms.conversations import Conversations
from services.ingest.sms.incoming import Incoming
from services.ingest.sms.media import READER, MediaReader
from services.ingest.sms.opt_outs import OptOuts
from services.ingest.sms.outgoing import SENDS, OutgoingSms
from services.shared.clock import Clock
from services.shared.connections import Connections
from services.shared.serve import Part, background


@dataclass(frozen=True, slots=True)
class SmsParts:
    """The channel, and all of its parts in the order in which they start."""

    channel: Sms
    parts: list[Part]


def make_sms(  # noqa: PLR0913, PLR0917  # what SMS has to do with
    door: FrontDoor,
    carrier: Carrier,
    urls: Urls,
    connections: Connections,
    addresses: Addresses,
    clock: Clock,
    *,
    ids_key: bytes,
    not_ready_because: Callable[[], str | None],
    admission: Admission,
    is_open: Callable[[str, str], bool],
) -> SmsParts:
    """All of SMS; `not_ready_because` says why numbers may still be unknown, `is_open` whether a contact is."""
    documents = connections.documents
    opt_outs = OptOuts(documents, ids_key)
    conversations = Conversations(documents, is_open, clock, ids_key)
    incoming = Incoming(door, addresses, opt_outs, conversations, clock, ids_key, not_ready_because, admission)
    outgoing = OutgoingSms(door, carrier, Sends(documents, clock, SENDS), opt_outs, clock, urls, ids_key)
    sending = SendLoop(outgoing.sends, outgoing.attempt, outgoing.persistence, "sms")
    sms = Sms(incoming, outgoing, sending)
    media = MediaReader(door, carrier, Checkpoints(documents, READER, connections.watch), clock, ids_key)
    fetching = [_fetching(media, partition) for partition in range(door.log.partitions)]
    return SmsParts(sms, [sms, background(sending.run, "sms-send"), *fetching])


def _fetching(media: MediaReader, partition: int) -> Part:
    return background(lambda: media.follow(partition), f"sms-media-{partition}")
