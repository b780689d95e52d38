"""Chats while the log or the document store is away."""

from services.ingest.envelopes import Delivered, MessageAdded
from tests.unit.ingest.web.house import House, begun


async def test_a_message_is_not_acknowledged_before_it_is_in_the_log(house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.hello()
        house.inbound.away = True
        await visitor.send({"say": {"id": "m1", "text": "Hello?"}})
        error = await visitor.next("error")
        assert (error["id"], error["again"]) == ("m1", True)
        house.inbound.away = False
        await visitor.say("Hello?")
    assert len(await house.envelopes()) == 1


async def test_of_an_arrival_with_a_lost_answer_nothing_that_follows_is_lost(house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.hello()
        house.inbound.loses_answers = True
        await visitor.send({"say": {"id": "m1", "text": "First"}})
        await visitor.next("error")
        house.inbound.loses_answers = False
        await visitor.say("Second", "m2")
    first, again, second = await house.envelopes()
    assert first.event_id == again.event_id
    assert isinstance(second.what, MessageAdded)
    assert second.what.message.text == "Second"


async def test_a_report_that_could_not_be_made_is_made_later(house: House) -> None:
    contact_id = await begun(house)
    async with house.visitor() as visitor:
        await visitor.hello(last_seen=1)
        await house.agent_says(contact_id, "Hi")
        await visitor.next("message")
        house.inbound.away = True
        await visitor.send({"got": {"number": 2}})
        assert (await visitor.next("error"))["again"] is True
        house.inbound.away = False
        await visitor.send({"got": {"number": 2}})
        assert (await house.envelopes_when(2))[1].what == Delivered("o1")


async def test_a_chat_goes_on_while_the_document_store_is_away(house: House) -> None:
    contact_id = await begun(house)
    async with house.visitor() as visitor:
        await visitor.hello(last_seen=1)
        house.documents.away = True
        assert (await visitor.say("Still there?", "m2"))["number"] == 0
    async with house.visitor() as visitor:
        assert (await visitor.hello())["contact_id"] == contact_id
        await visitor.say("And now?", "m3")
        house.documents.away = False
        assert (await visitor.say("Good", "m4"))["number"] == 4
    assert [envelope.contact_id for envelope in await house.envelopes()] == [contact_id] * 4
    async with house.visitor() as visitor:
        await visitor.hello()
        said = [(await visitor.next("message"))["text"] for _ in range(4)]
    assert said == ["Hello?", "Still there?", "And now?", "Good"]


async def test_a_chat_that_began_without_the_document_store_gets_its_answers(house: House) -> None:
    async with house.visitor() as visitor:
        house.documents.away = True
        await visitor.hello()
        await visitor.say("Hello?")
        house.documents.away = False
        await house.agent_says((await house.envelopes())[0].contact_id, "Good morning")
        assert (await visitor.next("message"))["text"] == "Good morning"


async def test_without_the_document_store_a_restarted_ingest_goes_by_the_log(house: House) -> None:
    contact_id = await begun(house)
    await house.restart()
    house.documents.away = True
    async with house.visitor() as visitor:
        assert (await visitor.hello())["contact_id"] == contact_id
        await visitor.say("Still there?", "m2")
    assert (await house.envelopes())[-1].contact_id == contact_id


async def test_an_agents_words_wait_for_the_document_store(house: House) -> None:
    contact_id = await begun(house)
    async with house.visitor() as visitor:
        await visitor.hello(last_seen=1)
        house.documents.away = True
        await house.agent_says(contact_id, "Good morning")
        await visitor.say("Hello?", "m2")
        house.documents.away = False
        assert (await visitor.next("message"))["text"] == "Good morning"
