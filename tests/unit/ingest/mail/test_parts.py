from pathlib import Path

from services.ingest.admission import Admission
from services.ingest.front_door import FrontDoor
from services.ingest.mail.parts import MailSettings, make_mail
from services.ingest.mail.relay import Accepted, NotNow, Refused, SmtpRelay
from services.shared.connections import Connections
from services.shared.file_blob_store import FileBlobStore
from services.shared.memory_event_log import MemoryEventLog
from services.shared.serve import stop_all
from services.shared.sqlite_document_store import SqliteDocumentStore
from tests.fakes.known_addresses import KnownAddresses
from tests.fakes.mail_house import PLACES, a_mail
from tests.fakes.mail_sink import MailSink
from tests.fakes.manual_clock import ManualClock


async def test_all_of_mail_starts_and_stops(tmp_path: Path) -> None:
    documents, blobs = await SqliteDocumentStore.open(tmp_path / "documents.db"), FileBlobStore(tmp_path / "blobs")
    connections = Connections(MemoryEventLog(2), MemoryEventLog(2), MemoryEventLog(2), documents, blobs)
    mail = make_mail(
        MailSettings("127.0.0.1", 0, SmtpRelay("127.0.0.1", 25), b"key"),
        connections,
        FrontDoor(connections.inbound, blobs),
        KnownAddresses(*PLACES),
        ManualClock(),
        not_ready_because=lambda: None,
        admission=Admission(),
        is_open=lambda _tenant, _contact: False,
    )
    for part in mail.parts:
        await part.start()
    assert mail.inbox.port > 0
    await stop_all(mail.parts)
    await documents.close()


async def test_a_relay_says_what_became_of_a_mail() -> None:
    sink = MailSink(answers=["250 OK", "550 unknown", "450 later", "hang up"])
    await sink.start()
    relay = SmtpRelay("127.0.0.1", sink.port, answer_s=5)
    outcomes = [await relay.hand_over(bytes(a_mail()), "help@pumps.test", "ann@example.org") for _ in range(4)]
    await sink.stop()
    outcomes.append(await relay.hand_over(bytes(a_mail()), "help@pumps.test", "ann@example.org"))
    assert [type(outcome) for outcome in outcomes] == [Accepted, Refused, NotNow, NotNow, NotNow]
    assert len(sink.taken) == 1


async def test_a_relay_that_wants_encryption_it_does_not_get_sends_nothing() -> None:
    sink = MailSink()
    await sink.start()
    for security in ("starttls", "tls"):
        relay = SmtpRelay("127.0.0.1", sink.port, "user", "secret", security, answer_s=2, whole_s=4)
        outcome = await relay.hand_over(bytes(a_mail()), "help@pumps.test", "ann@example.org")
        assert isinstance(outcome, NotNow)
        assert "secret" not in repr(relay)
    await sink.stop()
    assert sink.asked == 0
