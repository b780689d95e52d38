"""What every channel must do that stands behind services/ingest/channels/channel.py."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.ingest.addresses import Addresses
from services.ingest.admission import Admission
from services.ingest.callback.receipts import Receipts
from services.ingest.channels.callback import CallBack
from services.ingest.channels.channel import Channel, Fate
from services.ingest.channels.web_chat import WebChat
from services.ingest.channels.web_form import WebForm
from services.ingest.chat.conversation import Surroundings
from services.ingest.chat.ids import ChatIds
from services.ingest.chat.states import ChatStates
from services.ingest.chat.transcript import CHAT_MESSAGES, Chat, Transcripts
from services.ingest.envelopes import Content, Outgoing
from services.ingest.front_door import FrontDoor
from services.ingest.send_loop import SendLoop
from services.ingest.sms.outgoing import SENDS
from services.ingest.sms.parts import make_sms
from services.plan.compiled import Channel as Medium
from services.shared.connections import Connections
from services.shared.file_blob_store import FileBlobStore
from services.shared.memory_event_log import MemoryEventLog
from services.shared.sqlite_document_store import SqliteDocumentStore
from tests.fakes.fake_carrier import FakeCarrier
from tests.fakes.manual_clock import ManualClock
from tests.unit.ingest.callback.dialing_house import DialingHouse
from tests.unit.ingest.voice.telephony import Telephony

KEY = b"k" * 32


@dataclass(frozen=True)
class Bench:
    """A channel, with a contact of its own."""

    channel: Channel
    documents: SqliteDocumentStore

    def outgoing(self, event_id: str = "o1", contact_id: str = "c1") -> Outgoing:
        text = Content(text="Good morning")
        to, from_ = ("+14155552671", "+15005550006") if self.channel.medium is Medium.SMS else ("", "")
        return Outgoing(event_id, "demo", "acme", contact_id, self.channel.medium, "ana", to, from_, text, 1)


@pytest.fixture(params=[Medium.WEB_FORM, Medium.WEB_CHAT, Medium.SMS, Medium.VOICE, Medium.CALLBACK])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    documents = await SqliteDocumentStore.open(tmp_path / "documents.sqlite")
    door = FrontDoor(MemoryEventLog(), FileBlobStore(tmp_path))
    transcripts = Transcripts(documents)
    await transcripts.save(Chat("chat", "demo", "acme", "acme-chat", "c1"))
    around = Surroundings(door, transcripts, ChatStates(), ChatIds(KEY), ManualClock())
    form, voice = WebForm(door, KEY, ManualClock()), Telephony().voice
    channels: list[Channel] = [form, WebChat(around), _sms(door, documents), voice, _callback(door)]
    yield Bench(next(channel for channel in channels if channel.medium is request.param), documents)
    await documents.close()


def _sms(door: FrontDoor, documents: SqliteDocumentStore) -> Channel:
    clock = ManualClock()
    log = MemoryEventLog()
    connections = Connections(log, log, log, documents, door.blobs)
    return make_sms(
        door,
        FakeCarrier(),
        urls,
        connections,
        Addresses(),
        clock,
        ids_key=KEY,
        not_ready_because=lambda: None,
        admission=Admission(),
        is_open=lambda _tenant, _contact: False,
    ).channel


def _callback(door: FrontDoor) -> Channel:
    house = DialingHouse()
    sending = SendLoop(house.dialing.sends, house.dialing.attempt, house.dialing.persistence, "callback")
    return CallBack(door, Receipts(KEY), house.room, house.clock, house.dialing, sending)


def urls(path: str, **query: str) -> str:
    return f"https://us.example/twilio{path}?{query}"


async def test_a_channel_that_can_reply_takes_a_reply_and_one_that_cannot_says_why(bench: Bench) -> None:
    await bench.channel.start()
    result = await bench.channel.send(bench.outgoing())
    assert (result.fate is Fate.FAILED) is not bench.channel.capabilities.can_reply
    assert bool(result.why) is (result.fate is Fate.FAILED)
    await bench.channel.stop()


async def test_sending_the_same_message_again_does_no_harm(bench: Bench) -> None:
    results = [await bench.channel.send(bench.outgoing()) for _ in range(3)]
    assert len(set(results)) == 1
    for kept in (CHAT_MESSAGES, SENDS):
        assert len(await bench.documents.find(kept, {})) <= 1


# Of a short message all that is needed to send it is in the message.
@pytest.mark.parametrize("bench", [Medium.WEB_FORM, Medium.WEB_CHAT, Medium.VOICE], indirect=True)
async def test_a_contact_that_the_channel_does_not_know_is_told_apart(bench: Bench) -> None:
    result = await bench.channel.send(bench.outgoing(contact_id="unknown"))
    assert result.fate is Fate.FAILED
    assert result.why.endswith(".")


async def test_a_channel_can_be_stopped_without_having_been_started_and_twice(bench: Bench) -> None:
    await bench.channel.stop()
    await bench.channel.start()
    await bench.channel.stop()
    await bench.channel.stop()
