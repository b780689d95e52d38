"""What the reader of documents does with a log that holds other things too."""

from services.ingest.documents.reader import DocumentReader
from services.ingest.envelopes import Arrived, Changed, Content, Envelope
from services.ingest.log_codec import decode, encode
from services.plan.compiled import Channel
from tests.fakes.document_house import DocumentHouse
from tests.fakes.documents import a_fax


async def arrive(house: DocumentHouse, contact_id: str, channel: Channel, raw: bytes, *, ready: bool = False) -> None:
    blob = await house.blobs.put(raw)
    arrived = Arrived(channel, ready=ready, message=Content(raw_blob=blob))
    await house.inbound.append(0, encode(Envelope(f"e-{contact_id}", "acme", "pumps", contact_id, 1, arrived)))


async def changes(house: DocumentHouse) -> list[Envelope]:
    log = house.inbound.read(0, 0)
    every = [decode((await anext(log)).record) for _ in range(await house.inbound.end(0))]
    return [one for one in every if isinstance(one.what, Changed)]


async def test_only_documents_that_are_not_ready_are_read(house: DocumentHouse) -> None:
    await arrive(house, "mail", Channel.EMAIL, a_fax("a mail"))
    await arrive(house, "done", Channel.FAX, a_fax("done"), ready=True)
    await arrive(house, "fax", Channel.FAX, a_fax("one"))
    await arrive(house, "letter", Channel.LETTER, a_fax("two"))
    await house.read("letter")
    assert [one.contact_id for one in await changes(house)] == ["fax", "letter"]


async def test_a_document_that_was_lost_is_said_and_holds_up_nobody(house: DocumentHouse) -> None:
    lost = Arrived(Channel.FAX, ready=False, message=Content(raw_blob="0" * 64))
    await house.inbound.append(0, encode(Envelope("e1", "acme", "pumps", "lost", 1, lost)))
    await arrive(house, "fax", Channel.FAX, a_fax("one"))
    assert "blob store" in (await house.read("lost")).unreadable_because
    assert (await house.read("fax")).unreadable_because == ""


async def test_nothing_is_read_twice_after_a_restart(house: DocumentHouse) -> None:
    await arrive(house, "fax", Channel.FAX, a_fax("one"))
    await house.read("fax")
    await house.checked_off(1)
    await house.stop()
    await house.start()
    await arrive(house, "next", Channel.FAX, a_fax("two"))
    await house.read("next")
    assert [one.contact_id for one in await changes(house)] == ["fax", "next"]


async def test_a_document_that_is_read_twice_is_the_same_event(house: DocumentHouse) -> None:
    await arrive(house, "fax", Channel.FAX, a_fax("one"))
    await house.read("fax")
    await house.stop()
    reader: DocumentReader = house.reader
    record = await anext(house.inbound.read(0, 0))
    reading = reader.begin(record)
    assert reading is not None
    await reader.finish(await reading)
    first, second = await changes(house)
    assert first == second
