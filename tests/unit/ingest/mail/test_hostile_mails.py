import asyncio
import re
from hashlib import sha256
from pathlib import Path

import pytest

from services.ingest.checkpoints import Checkpoints
from services.ingest.envelopes import Arrived, Changed, Content, Envelope
from services.ingest.front_door import FrontDoor
from services.ingest.log_codec import decode
from services.ingest.mail.limits import LIMITS
from services.ingest.mail.mailroom import Mailroom
from services.ingest.mail.markup import TAGS
from services.ingest.mail.parsed_mail import MAIL_PARSING
from services.ingest.mail.reader import READER, MailReader
from services.ingest.mail.threads import Threads
from services.ingest.workers.worker_pool import WorkerLimits, WorkerPool
from services.shared.event_log import EventLog
from services.shared.file_blob_store import FileBlobStore
from services.shared.memory_event_log import MemoryEventLog
from services.shared.sqlite_document_store import SqliteDocumentStore
from tests.fakes.hostile_mails import GOOD, all_hostile_mails
from tests.fakes.known_addresses import KnownAddresses, KnownPlace
from tests.fakes.manual_clock import ManualClock

MAILS = all_hostile_mails()
BY_NAME = {mail.name: mail for mail in MAILS}
CANARY = b"canary, just as before"
Ends = dict[str, tuple[Changed, Changed]]
TAG = re.compile(r"</?([a-z0-9]+)[ >]")
FORBIDDEN = re.compile(r"<[^>]*\s(on\w+|style|src|srcdoc|background|id|name|class|action)\s*=", re.IGNORECASE)
LINKS = re.compile(r'href="(?!https?:|mailto:|tel:)')


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Ends:
    """What became of each mail and of a good one right behind it, all read by one reader with one worker."""
    return asyncio.run(_read_all(tmp_path_factory.mktemp("hostile")))


async def _read_all(folder: Path) -> Ends:
    log = MemoryEventLog()
    door, documents = FrontDoor(log, FileBlobStore(folder)), await SqliteDocumentStore.open(folder / "documents.db")
    room = Mailroom(door, KnownAddresses(KnownPlace("acme", "pumps", "help@pumps.test")), ManualClock(), b"key")
    for number, mail in enumerate(MAILS):
        await room.take(mail.raw, "ann@example.org", ["help@pumps.test"])
        canary = GOOD.replace(b"preamble", b"%d" % number).replace(b"Gr=C3=BC=C3=9Fe", CANARY)
        await room.take(canary, "ann@example.org", ["help@pumps.test"])
    pool = WorkerPool(MAIL_PARSING, 1, WorkerLimits(cpu_s=2))
    threads = Threads(documents, b"key")
    reader = MailReader(door, pool, threads, Checkpoints(documents, READER), ManualClock(), b"key")
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(reader.follow(0))
        changed = await _changes(log, 2 * len(MAILS))
        reading.cancel()
    await pool.stop()
    await documents.close()
    return {mail.name: (changed[2 * n], changed[2 * n + 1]) for n, mail in enumerate(MAILS)}


async def _changes(log: EventLog, count: int) -> list[Changed]:
    """In the order of the arrivals."""
    arrivals: list[Envelope] = []
    changed: dict[str, Changed] = {}
    async for record in log.read(0, 0):
        envelope = decode(record.record)
        if isinstance(envelope.what, Arrived):
            arrivals.append(envelope)
        elif isinstance(envelope.what, Changed):
            changed[envelope.contact_id] = envelope.what
        if len(changed) == count:
            break
    return [changed[arrival.contact_id] for arrival in arrivals]


def test_there_are_more_than_two_hundred_different_mails() -> None:
    assert len(BY_NAME) == len({mail.raw for mail in MAILS}) == len(MAILS) >= 200


@pytest.mark.parametrize("name", BY_NAME)
def test_a_hostile_mail_ends_as_a_contact_and_is_read_unless_it_is_too_much(ends: Ends, name: str) -> None:
    changed, _ = ends[name]
    assert changed.ready
    assert changed.message is not None
    assert changed.message.raw_blob == sha256(BY_NAME[name].raw).hexdigest()
    assert bool(changed.unreadable_because) is BY_NAME[name].is_unreadable, changed.unreadable_because


@pytest.mark.parametrize("name", [mail.name for mail in MAILS if not mail.is_unreadable])
def test_what_was_read_of_a_hostile_mail_is_harmless(ends: Ends, name: str) -> None:
    message = ends[name][0].message
    assert message is not None
    for text in _texts(message):
        text.encode()
        assert re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text) is None
    for line in [
        message.subject,
        message.reply_to,
        message.mail_message_id,
        *(one.name for one in message.attachments),
    ]:
        assert re.search("[\n\t\u2028\u2029]", line) is None
    for attachment in message.attachments:
        assert attachment.name
        assert re.search(r"[/\\]|^\.", attachment.name) is None
        assert re.fullmatch(r"[a-z0-9.+-]+/[a-z0-9.+-]+(; charset=utf-8)?", attachment.media_type)
    _assert_inert(message.html)
    assert len(message.attachments) <= LIMITS.attachments + 1
    assert len(message.subject) <= LIMITS.subject_characters


def _texts(message: Content) -> list[str]:
    return [
        *(message.subject, message.text, message.html, message.reply_to, message.mail_message_id),
        *message.mail_references,
        *(attachment.name for attachment in message.attachments),
    ]


def _assert_inert(html: str) -> None:
    assert set(TAG.findall(html)) <= TAGS
    assert html.count("<") == len(TAG.findall(html))
    assert FORBIDDEN.search(html) is None
    assert LINKS.search(html) is None


@pytest.mark.parametrize("name", BY_NAME)
def test_the_mail_after_a_hostile_one_is_read_as_if_nothing_had_been(ends: Ends, name: str) -> None:
    _, after = ends[name]
    assert after.unreadable_because == ""
    assert after.message is not None
    assert CANARY.decode() in after.message.text
    assert [attachment.name for attachment in after.message.attachments] == ["a.pdf"]
