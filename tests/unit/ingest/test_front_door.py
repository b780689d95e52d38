from pathlib import Path

import pytest

from services.ingest.envelopes import Arrived, Content, Envelope, Left, LeftReason, What
from services.ingest.front_door import PRIVATE_BYTES_MAX, FrontDoor, Unavailable
from services.ingest.log_codec import decode
from services.plan.compiled import Channel
from services.shared.event_log import EventLog
from services.shared.file_blob_store import FileBlobStore
from services.shared.memory_event_log import MemoryEventLog
from services.shared.partition import partition_of


def envelope(what: What) -> Envelope:
    return Envelope("e1", "acme", "pumps", "c1", 7, what)


async def first(log: EventLog, partition: int = 0) -> tuple[Envelope, int]:
    async for record in log.read(partition, 0):
        return decode(record.record), len(record.record)
    raise AssertionError


async def test_an_envelope_goes_to_the_partition_of_its_tenant(tmp_path: Path) -> None:
    log = MemoryEventLog(partitions=8)
    await FrontDoor(log, FileBlobStore(tmp_path)).put(envelope(Left(LeftReason.CUSTOMER)))
    assert (await first(log, partition_of("acme", 8)))[0] == envelope(Left(LeftReason.CUSTOMER))


async def test_what_is_larger_than_the_limit_goes_to_the_blob_store(tmp_path: Path) -> None:
    log, blobs = MemoryEventLog(), FileBlobStore(tmp_path)
    text = "ä" * PRIVATE_BYTES_MAX
    message = Content(subject="s" * 100_000, text=text, html=f"<p>{text}</p>")
    await FrontDoor(log, blobs).put(envelope(Arrived(Channel.WEB_FORM, message=message)))

    kept, size = await first(log)
    assert size < PRIVATE_BYTES_MAX
    assert isinstance(kept.what, Arrived)
    assert kept.what.message is not None
    as_text, as_html = kept.what.message.attachments
    assert await blobs.get(as_text.blob) == text.encode()
    assert await blobs.get(as_html.blob) == f"<p>{text}</p>".encode()
    assert kept.what.message.text == text[:4096]
    assert kept.what.message.html == ""


async def test_a_blob_store_that_is_away_is_said(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_bytes(b"no folder")
    door = FrontDoor(MemoryEventLog(), FileBlobStore(tmp_path / "blobs"))
    large = Content(text="x" * PRIVATE_BYTES_MAX)
    with pytest.raises(Unavailable):
        await door.put(envelope(Arrived(Channel.WEB_FORM, message=large)))


async def test_a_log_that_takes_no_such_record_is_said(tmp_path: Path) -> None:
    door = FrontDoor(MemoryEventLog(record_bytes_max=10), FileBlobStore(tmp_path))
    with pytest.raises(Unavailable):
        await door.put(envelope(Left(LeftReason.CUSTOMER)))
