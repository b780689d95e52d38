"""E-mail put together, for ingest's app.py."""

from collections.abc import Callable
from dataclasses import dataclass, field

from services.ingest.admission import Admission
from services.ingest.checkpoints import Checkpoints
from services.ingest.front_door import FrontDoor
from services.ingest.mail.inbox import Inbox
from services.ingest.mail.mailroom import Addresses, Mailroom
from services.ingest.mail.ongoing import Ongoing
from services.ingest.mail.parsed_mail import MAIL_PARSING
from services.ingest.mail.reader import READER as READING
from services.ingest.mail.reader import MailReader
from services.ingest.mail.relay import SmtpRelay
from services.ingest.mail.sender import READER as SENDING
from services.ingest.mail.sender import SENDS, MailSender
from services.ingest.mail.threads import Threads
from services.ingest.sends import Sends
from services.ingest.workers.worker_pool import WorkerPool
from services.shared.clock import Clock
from services.shared.connections import Connections
from services.shared.serve import Part, background


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Where mail is taken and handed over. `key` is the key of all ids that ingest makes."""

    host: str
    port: int
    relay: SmtpRelay
    key: bytes = field(repr=False)
    next_free: bool = False
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Mail:
    """The parts, in the order in which they start; the inbox tells its port once it is started."""

    inbox: Inbox
    parts: list[Part]


def make_mail(  # noqa: PLR0913  # what mail has to do with
    settings: MailSettings,
    connections: Connections,
    door: FrontDoor,
    addresses: Addresses,
    clock: Clock,
    *,
    not_ready_because: Callable[[], str | None],
    admission: Admission,
    is_open: Callable[[str, str], bool],
) -> Mail:
    """All of e-mail: `not_ready_because` says why addresses may still be unknown, `is_open` whether a contact is."""
    key, documents = settings.key, connections.documents
    threads, pool = Threads(documents, key), WorkerPool(MAIL_PARSING, settings.workers)
    reader = MailReader(door, pool, threads, Checkpoints(documents, READING, connections.watch), clock, key)
    sends, checkpoints = Sends(documents, clock, SENDS), Checkpoints(documents, SENDING, connections.watch)
    sender = MailSender(connections.outbound, door, settings.relay, sends, threads, checkpoints, clock, key)
    mailroom = Mailroom(door, addresses, clock, key, not_ready_because, admission, Ongoing(threads, is_open))
    inbox = Inbox(mailroom, settings.host, settings.port, next_free=settings.next_free)
    reading = [_reading(reader, partition) for partition in range(connections.inbound.partitions)]
    claiming = [_claiming(sender, partition) for partition in range(connections.outbound.partitions)]
    return Mail(inbox, [pool, *reading, sender, background(sender.send_all, "mail-send"), *claiming, inbox])


def _reading(reader: MailReader, partition: int) -> Part:
    return background(lambda: reader.follow(partition), f"mail-read-{partition}")


def _claiming(sender: MailSender, partition: int) -> Part:
    return background(lambda: sender.follow(partition), f"mail-claim-{partition}")
