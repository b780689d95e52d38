import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from services.ingest.channels.channel import Capabilities, Fate, SendResult
from services.ingest.envelopes import Connect, Content, Delivered, Failed, Outgoing
from services.ingest.front_door import FrontDoor
from services.ingest.log_codec import decode, decode_outgoing, encode_outgoing
from services.ingest.outbound import CHECKPOINTS, Outbound
from services.plan.compiled import Channel
from services.shared.document_store import StoreUnavailable
from services.shared.event_log import RecordsGone
from services.shared.file_blob_store import FileBlobStore
from services.shared.memory_event_log import MemoryEventLog
from services.shared.sqlite_document_store import SqliteDocumentStore
from tests.fakes.manual_clock import ManualClock
from tests.unit.ingest.web.house import eventually, records

KEY = b"k" * 32


class Recorded:
    """A channel that keeps what it was given, with a fate that the test decides."""

    def __init__(self, medium: Channel, result: SendResult) -> None:
        self.medium = medium
        self.result = result
        self.capabilities = Capabilities(can_reply=True, is_live=False)
        self.sent: list[Outgoing] = []
        self.store_is_away = False

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def send(self, outgoing: Outgoing) -> SendResult:
        if self.store_is_away:
            raise StoreUnavailable("away")
        self.sent.append(outgoing)
        return self.result


def outgoing(event_id: str, channel: Channel) -> bytes:
    return encode_outgoing(Outgoing(event_id, "demo", "acme", "c1", channel, "ana", "", "", Content(text="Hi"), 1))


async def followed(outbound: Outbound, until: Recorded, count: int) -> None:
    following = asyncio.create_task(outbound.follow(0))
    await eventually(lambda: len(until.sent) >= count or following.done())
    await asyncio.sleep(0.05)
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following


async def test_each_message_goes_to_its_channel_and_what_came_of_it_is_reported(tmp_path: Path) -> None:
    topic, inbound = MemoryEventLog(), MemoryEventLog()
    documents = await SqliteDocumentStore.open(tmp_path / "documents.sqlite")
    sms = Recorded(Channel.SMS, SendResult(Fate.DELIVERED))
    fax = Recorded(Channel.FAX, SendResult(Fate.FAILED, "No paper."))
    chat = Recorded(Channel.WEB_CHAT, SendResult(Fate.UNDERWAY))
    door = FrontDoor(inbound, FileBlobStore(tmp_path))
    outbound = Outbound(topic, (sms, fax, chat), door, documents, KEY, ManualClock())
    await topic.append(0, b"\xff no envelope")
    for event_id, channel in (
        ("o1", Channel.SMS),
        ("o2", Channel.EMAIL),
        ("o3", Channel.FAX),
        ("o4", Channel.WEB_CHAT),
    ):
        await topic.append(0, outgoing(event_id, channel))

    await followed(outbound, chat, 1)
    assert [[message.event_id for message in channel.sent] for channel in (sms, fax, chat)] == [["o1"], ["o3"], ["o4"]]
    reports = [decode(record) for record in await records(inbound)]
    assert [report.what for report in reports] == [Delivered("o1"), Failed("o3", "No paper.")]
    assert len({report.event_id for report in reports}) == 2

    await topic.append(0, outgoing("o5", Channel.SMS))
    await followed(outbound, sms, 2)
    assert [message.event_id for message in sms.sent] == ["o1", "o5"]
    await documents.close()


class Switchboard(Recorded):
    """A channel that puts calls through."""

    def __init__(self, medium: Channel) -> None:
        super().__init__(medium, SendResult(Fate.DELIVERED))
        self.connected: list[Outgoing] = []

    async def connect(self, outgoing: Outgoing) -> None:
        self.connected.append(outgoing)


async def test_a_call_to_be_put_through_is_no_message_to_anybody(tmp_path: Path) -> None:
    topic, inbound = MemoryEventLog(), MemoryEventLog()
    documents = await SqliteDocumentStore.open(tmp_path / "documents.sqlite")
    voice, chat = Switchboard(Channel.VOICE), Recorded(Channel.WEB_CHAT, SendResult(Fate.DELIVERED))
    outbound = Outbound(
        topic, (voice, chat), FrontDoor(inbound, FileBlobStore(tmp_path)), documents, KEY, ManualClock()
    )
    for event_id, channel in (("o1", Channel.VOICE), ("o2", Channel.WEB_CHAT)):
        message = decode_outgoing(outgoing(event_id, channel))
        call = replace(message, message=Content(), connect=Connect("offer", "+493012345678"))
        await topic.append(0, encode_outgoing(call))
    await topic.append(0, outgoing("o3", Channel.WEB_CHAT))

    await followed(outbound, chat, 1)
    assert [call.event_id for call in voice.connected] == ["o1"]
    assert voice.connected[0].connect == Connect("offer", "+493012345678")
    assert [[message.event_id for message in channel.sent] for channel in (voice, chat)] == [[], ["o3"]]
    assert [decode(record).what for record in await records(inbound)] == [Delivered("o3")]
    await documents.close()


async def test_what_could_not_be_sent_is_sent_when_it_can_be(tmp_path: Path) -> None:
    topic = MemoryEventLog()
    documents = await SqliteDocumentStore.open(tmp_path / "documents.sqlite")
    sms = Recorded(Channel.SMS, SendResult(Fate.UNDERWAY))
    outbound = Outbound(
        topic, (sms,), FrontDoor(MemoryEventLog(), FileBlobStore(tmp_path)), documents, KEY, ManualClock()
    )
    await topic.append(0, outgoing("o1", Channel.SMS))
    sms.store_is_away = True
    with pytest.raises(StoreUnavailable):
        await outbound.follow(0)
    sms.store_is_away = False
    await followed(outbound, sms, 1)
    assert len(sms.sent) == 1
    await documents.close()


async def following_after_a_loss(tmp_path: Path, bookmark: int | None) -> tuple[Recorded, Outbound]:
    """Three messages, of which the first two were deleted."""
    topic = MemoryEventLog()
    documents = await SqliteDocumentStore.open(tmp_path / "documents.sqlite")
    sms = Recorded(Channel.SMS, SendResult(Fate.UNDERWAY))
    for event_id in ("o1", "o2", "o3"):
        await topic.append(0, outgoing(event_id, Channel.SMS))
    await topic.delete_before(0, 2)
    if bookmark is not None:
        await documents.put(CHECKPOINTS, {"id": "0", "next": bookmark})
    door = FrontDoor(MemoryEventLog(), FileBlobStore(tmp_path))
    return sms, Outbound(topic, (sms,), door, documents, KEY, ManualClock())


async def test_a_sender_without_a_checkpoint_begins_with_the_first_message_that_there_still_is(tmp_path: Path) -> None:
    sms, outbound = await following_after_a_loss(tmp_path, None)
    await followed(outbound, sms, 1)
    assert [message.event_id for message in sms.sent] == ["o3"]


async def test_a_sender_whose_checkpoint_is_older_than_the_topic_passes_over_no_message(tmp_path: Path) -> None:
    sms, outbound = await following_after_a_loss(tmp_path, 1)
    with pytest.raises(RecordsGone):
        await outbound.follow(0)
    assert sms.sent == []
