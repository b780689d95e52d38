"""Files of a short message: the message is a contact at once, and its files follow."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.ingest.carriers.carrier import Media, Unavailable
from services.ingest.checkpoints import Checkpoints
from services.ingest.envelopes import Arrived, Attachment, Changed, Content, Envelope
from services.ingest.front_door import FrontDoor
from services.ingest.log_codec import decode, encode
from services.ingest.sms.media import MediaReader, as_raw
from services.ingest.sms.media_types import media_type_of, suffix_of
from services.plan.compiled import Channel
from services.shared.event_log import LogRecord
from services.shared.memory_event_log import MemoryEventLog
from services.shared.sqlite_document_store import SqliteDocumentStore
from tests.fakes.fake_carrier import FakeCarrier
from tests.fakes.manual_clock import ManualClock
from tests.fakes.memory_blob_store import MemoryBlobStore
from tests.fakes.twilio_api import TwilioApi
from tests.fakes.twilio_requests import SID, sms
from tests.unit.ingest.carriers.layouts import layout
from tests.unit.ingest.sms.desk import KEY
from tests.unit.ingest.web.house import eventually

PNG = b"\x89PNG\r\n\x1a\n a picture"
MESSAGE_ID = "MM" + "0" * 32
PATH = f"/Messages/{MESSAGE_ID}/Media/ME{'0' * 31}"


def two_files(**more: str) -> dict[str, str]:
    base = f"https://api.twilio.com/2010-04-01/Accounts/{SID}{PATH}"
    said = {"MediaUrl0": f"{base}0", "MediaContentType0": "image/jpeg", "MediaUrl1": f"{base}1"}
    return {"MessageSid": MESSAGE_ID, "NumMedia": "2", "MediaContentType1": "text/html", "Body": "", **said, **more}


@pytest.fixture
async def api() -> AsyncIterator[TwilioApi]:
    server = TwilioApi()
    await server.start()
    yield server
    await server.stop()


async def test_the_files_of_a_message_are_fetched_after_it_and_named_for_what_they_are(
    api: TwilioApi, tmp_path: Path
) -> None:
    api.files = {f"{PATH}0": (PNG, "image/jpeg"), f"{PATH}1": (b"<script>alert(1)</script>", "text/html")}
    async with layout("no proxy", tmp_path, twilio_base_url=api.url) as at:
        answer = await sms(f"{at.url}/sms", **two_files()).send(at.client)
        assert answer.status_code == 200
        arrival, changed = await at.house.envelopes_when(2)
        assert isinstance(arrival.what, Arrived)
        assert arrival.what.ready
        assert isinstance(changed.what, Changed)
        assert changed.contact_id == arrival.contact_id
        assert changed.what.message is not None
        assert changed.what.unreadable_because == ""
        first, second = changed.what.message.attachments
        assert (first.name, first.media_type, first.size_bytes) == ("file-1.png", "image/png", len(PNG))
        assert (second.name, second.media_type) == ("file-2", "application/octet-stream")


async def test_a_file_that_cannot_be_had_is_said_to_be_missing(api: TwilioApi, tmp_path: Path) -> None:
    api.files = {f"{PATH}0": (PNG, "image/png")}
    async with layout("no proxy", tmp_path, twilio_base_url=api.url) as at:
        elsewhere = two_files(MediaUrl1="http://169.254.169.254/latest/meta-data")
        await sms(f"{at.url}/sms", **elsewhere).send(at.client)
        _, changed = await at.house.envelopes_when(2)
        assert isinstance(changed.what, Changed)
        assert changed.what.unreadable_because == "1 of 2 files could not be fetched from the carrier"
        assert changed.what.message is not None
        assert [each.name for each in changed.what.message.attachments] == ["file-1.png"]


async def test_of_ten_times_as_many_files_as_a_message_may_have_no_more_are_asked_for(
    api: TwilioApi, tmp_path: Path
) -> None:
    base = f"https://api.twilio.com/2010-04-01/Accounts/{SID}{PATH[:-2]}"
    many = {f"MediaUrl{number}": f"{base}{number:03}" for number in range(100)}
    api.files = {f"{PATH[:-2]}{number:03}": (PNG, "image/png") for number in range(100)}
    async with layout("no proxy", tmp_path, twilio_base_url=api.url) as at:
        answer = await sms(f"{at.url}/sms", **two_files(NumMedia="100", **many)).send(at.client)
        assert answer.status_code == 200
        _, changed = await at.house.envelopes_when(2)
    assert isinstance(changed.what, Changed)
    assert changed.what.message is not None
    assert [each.name for each in changed.what.message.attachments] == [f"file-{n}.png" for n in range(1, 11)]


async def test_a_picture_is_a_message_even_if_its_text_is_a_stop_word(api: TwilioApi, tmp_path: Path) -> None:
    async with layout("no proxy", tmp_path, twilio_base_url=api.url) as at:
        await sms(f"{at.url}/sms", **two_files(Body="stop")).send(at.client)
        arrival, *_ = await at.house.envelopes_when(1)
        assert isinstance(arrival.what, Arrived)


async def test_a_message_without_files_is_not_looked_at_again(api: TwilioApi, tmp_path: Path) -> None:
    async with layout("no proxy", tmp_path, twilio_base_url=api.url) as at:
        for number, told in enumerate(("0", "", "-1", "x", "10000", "٢")):
            await sms(f"{at.url}/sms", NumMedia=told, MessageSid=f"SM{number:032x}").send(at.client)
        mms = two_files(NumMedia="1")
        await sms(f"{at.url}/sms", **mms).send(at.client)
        await eventually(lambda: len(at.house.inbound._partitions[0].records) == 8)
        kinds = [type(envelope.what) for envelope in await at.house.envelopes()]
        assert kinds == [Arrived] * 7 + [Changed]


async def fetched(carrier: FakeCarrier, blobs: MemoryBlobStore, folder: Path, raw_blob: str) -> Changed:
    documents = await SqliteDocumentStore.open(folder / "documents.sqlite")
    log = MemoryEventLog()
    door, checkpoints = FrontDoor(log, blobs), Checkpoints(documents, "media")
    reader = MediaReader(door, carrier, checkpoints, ManualClock(), KEY, waits_s=(0.0, 0.0))
    arrived = Arrived(Channel.SMS, message=Content(text="Look", raw_blob=raw_blob))
    envelope = Envelope("e1", "demo", "acme", "c1", 1, arrived)
    work = reader.begin(LogRecord(0, encode(envelope), 1))
    assert work is not None
    await reader.finish(await work)
    await documents.close()
    (record,) = log._partitions[0].records
    what = decode(record.record).what
    assert isinstance(what, Changed)
    return what


async def test_a_carrier_that_is_away_is_asked_again(tmp_path: Path) -> None:
    carrier, blobs = FakeCarrier(files={"https://a": Media("image/png", PNG)}), MemoryBlobStore()
    carrier.fails = [Unavailable("away")] * 2
    changed = await fetched(carrier, blobs, tmp_path, await blobs.put(as_raw(("https://a",))))
    assert changed.message is not None
    (attached,) = changed.message.attachments
    assert attached == Attachment("file-1.png", "image/png", len(PNG), await blobs.put(PNG))
    assert changed.message.text == "Look"


async def test_a_carrier_that_stays_away_and_a_list_that_is_gone_are_told(tmp_path: Path) -> None:
    carrier, blobs = FakeCarrier(fails=[Unavailable("away")] * 3), MemoryBlobStore()
    kept = await blobs.put(as_raw(("https://a",)))
    for raw_blob in (kept, "0" * 64):
        changed = await fetched(carrier, blobs, tmp_path, raw_blob)
        assert changed.unreadable_because == "1 of 1 files could not be fetched from the carrier"


@pytest.mark.parametrize(
    ("content", "media_type", "suffix"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg", ".jpg"),
        (PNG, "image/png", ".png"),
        (b"GIF89a", "image/gif", ".gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp", ".webp"),
        (b"\x00\x00\x00\x18ftyp3gp5", "video/3gpp", ".3gp"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4", ".mp4"),
        (b"%PDF-1.7", "application/pdf", ".pdf"),
        (b"BEGIN:VCARD\r\n", "text/vcard", ".vcf"),
        (b"<html>", "application/octet-stream", ""),
        (b"", "application/octet-stream", ""),
    ],
)
def test_a_file_is_what_its_first_bytes_are(content: bytes, media_type: str, suffix: str) -> None:
    assert media_type_of(content) == media_type
    assert suffix_of(media_type) == suffix
