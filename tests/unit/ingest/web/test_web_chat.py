import asyncio
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from services.ingest.chat.states import NOBODY
from services.ingest.envelopes import Arrived, Content, Delivered, MessageAdded
from services.ingest.router_log.facts import (
    ContactAccepted,
    ContactDiverted,
    ContactEnded,
    ContactHandedOver,
    ContactQueued,
    ContactReturned,
    ContactTransferred,
    CustomerTold,
    OfferAccepted,
    WrapUpStarted,
)
from services.plan.compiled import Attribute, Channel, Diversion
from services.shared.clock import SystemClock
from tests.fakes.manual_clock import ManualClock
from tests.unit.ingest.web.house import TOKEN, House, begun, opened, said_by_agents
from tests.unit.ingest.web.router_log import HOSTILE


async def test_a_page_that_is_opened_is_no_contact_and_its_first_message_is_one(house: House) -> None:
    async with house.visitor() as visitor:
        welcome = await visitor.hello(name="Ada", email="ada@ENGINES.example", topic="refund", language="en-GB")
        assert welcome == {"contact_id": "", "last": 0, "state": "new", "agent": ""}
        assert await house.envelopes() == []
        accepted = await visitor.say("It stopped.\r\nHelp!")
    (envelope,) = await house.envelopes()
    assert accepted == {"id": "m1", "number": 1, "contact_id": envelope.contact_id}
    assert (envelope.tenant, envelope.company) == ("demo", "acme")
    assert envelope.what == Arrived(
        channel=Channel.WEB_CHAT,
        dialed="acme-chat",
        caller="ada@engines.example",
        language="en-gb",
        attributes=(Attribute("topic", "refund"),),
        message=Content(text="It stopped.\nHelp!", reply_to="ada@engines.example"),
        caller_name="Ada",
    )


async def test_further_messages_join_the_contact_and_name_its_successor(house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.hello()
        for name in ("a", "b", "c"):
            await visitor.say(f"message {name}", name)
    first, second, third = await house.envelopes()
    assert isinstance(second.what, MessageAdded)
    assert isinstance(third.what, MessageAdded)
    assert {first.contact_id} == {second.contact_id, third.contact_id}
    assert second.what.message == Content(text="message b")
    # Two messages on their way past the end of the contact must not make two contacts.
    assert second.what.successor_contact_id == third.what.successor_contact_id
    assert second.what.successor_contact_id != first.contact_id
    assert len({envelope.event_id for envelope in (first, second, third)}) == 3


async def test_a_message_sent_again_is_the_same_event_and_stands_once_in_the_transcript(house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.hello()
        numbers = [(await visitor.say("Hello?"))["number"] for _ in range(3)]
    assert numbers == [1, 1, 1]
    assert len({envelope.event_id for envelope in await house.envelopes()}) == 1
    async with house.visitor() as visitor:
        assert (await visitor.hello())["last"] == 1


async def test_the_visitor_is_told_where_the_chat_stands(house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.hello()
        await visitor.say("Hello?")
        contact_id = (await house.envelopes())[0].contact_id
        assert (await visitor.next("state"))["state"] == "waiting"
        for fact, told in (
            (ContactAccepted(contact_id, Channel.WEB_CHAT), {"state": "waiting", "agent": ""}),
            (OfferAccepted(contact_id, "ana"), {"state": "joined", "agent": "ana"}),
            (ContactTransferred(contact_id), {"state": "waiting", "agent": ""}),
            (OfferAccepted(contact_id, "bo"), {"state": "joined", "agent": "bo"}),
            (ContactHandedOver(contact_id, "cy"), {"state": "joined", "agent": "cy"}),
            (ContactReturned(contact_id), {"state": "waiting", "agent": ""}),
            (OfferAccepted(contact_id, "ana"), {"state": "joined", "agent": "ana"}),
            (WrapUpStarted(contact_id), {"state": "ended", "agent": ""}),
            (ContactEnded(contact_id), {"state": "ended", "agent": ""}),
        ):
            await house.router.commit(fact)
            assert await visitor.next("state") == told


async def test_a_transfer_that_puts_the_sender_into_wrap_up_does_not_end_the_chat(house: House) -> None:
    contact_id = await begun(house)
    async with house.visitor() as visitor:
        await visitor.hello()
        await house.router.commit(OfferAccepted(contact_id, "ana"))
        await visitor.told("joined")
        await house.router.commit(ContactTransferred(contact_id), WrapUpStarted(contact_id))
        await visitor.told("waiting")
        await house.router.commit(OfferAccepted(contact_id, "bo"))
        assert (await visitor.next("state"))["agent"] == "bo"


async def test_an_agents_words_reach_the_page_and_are_reported_when_it_has_them(house: House) -> None:
    contact_id = await begun(house)
    async with house.visitor() as visitor:
        await visitor.hello(last_seen=1)
        await house.agent_says(contact_id, HOSTILE)
        message = await visitor.next("message")
        assert message == {
            "number": 2,
            "id": "o1",
            "from": "agent",
            "agent": "ana",
            "text": HOSTILE,
            "at_ms": 1_790_000_000_000,
        }
        assert len(await house.envelopes()) == 1
        await visitor.send({"got": {"number": 2}})
        delivered = (await house.envelopes_when(2))[1]
        assert delivered.contact_id == contact_id
        assert delivered.what == Delivered("o1")
        await visitor.send({"got": {"number": 2}})
        await visitor.say("Thanks", "m2")
    assert len(await house.envelopes()) == 3


async def test_a_page_that_comes_back_gets_what_it_has_not_seen(house: House) -> None:
    contact_id = await begun(house)
    await house.agent_says(contact_id, "Good morning", "o1")
    await house.agent_says(contact_id, "How can I help?", "o2")
    await said_by_agents(house, 2)
    async with house.visitor() as visitor:
        assert (await visitor.hello(last_seen=1))["last"] == 3
        assert [(await visitor.next("message"))["text"] for _ in range(2)] == ["Good morning", "How can I help?"]
        assert (await visitor.say("With this", "m2"))["number"] == 4


async def test_a_page_with_nothing_but_its_token_gets_the_whole_chat_also_after_a_restart(house: House) -> None:
    contact_id = await begun(house)
    await house.router.commit(OfferAccepted(contact_id, "ana"))
    await house.agent_says(contact_id, "Good morning")
    await said_by_agents(house, 1)
    await house.restart()
    async with house.visitor() as visitor:
        welcome = await visitor.hello()
        assert welcome["contact_id"] == contact_id
        lines = [await visitor.next("message") for _ in range(2)]
        assert [(line["from"], line["text"]) for line in lines] == [("customer", "Hello?"), ("agent", "Good morning")]
        await visitor.say("Still here", "m2")
    added = (await house.envelopes())[-1]
    assert added.contact_id == contact_id
    assert isinstance(added.what, MessageAdded)


async def test_another_token_sees_nothing_of_the_chat(house: House) -> None:
    await begun(house)
    async with house.visitor() as visitor:
        assert (await visitor.hello("f" * 32))["contact_id"] == ""
        await visitor.say("Who is there?")
    first, second = await house.envelopes()
    assert first.contact_id != second.contact_id


async def test_the_same_token_on_another_page_is_another_chat(house: House) -> None:
    contact_id = await begun(house)
    async with house.visitor("x") as visitor:
        assert (await visitor.hello())["contact_id"] != contact_id


async def test_all_tabs_of_a_token_get_all_messages(house: House) -> None:
    contact_id = await begun(house)
    async with house.visitor() as one, house.visitor() as other:
        await one.hello(last_seen=1)
        await other.hello(last_seen=1)
        await one.say("From one", "m2")
        assert (await other.next("message"))["text"] == "From one"
        await house.agent_says(contact_id, "To both")
        assert (await one.next("message"))["text"] == (await other.next("message"))["text"] == "To both"


async def test_the_oldest_of_too_many_tabs_is_closed(house: House) -> None:
    async with house.visitor() as oldest, house.visitor() as b, house.visitor() as c, house.visitor() as d:
        for visitor in (oldest, b, c, d):
            await visitor.hello()
        async with house.visitor() as newest:
            await newest.hello()
            assert await oldest.closed() == 4009
            await newest.say("I go on")


async def test_a_topic_that_the_page_does_not_offer_is_not_told_to_the_router(house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.hello(topic="4930123456")
        await visitor.say("Hello")
        envelope = (await house.envelopes())[-1]
    assert isinstance(envelope.what, Arrived)
    assert (envelope.what.attributes, envelope.what.ivr_path) == ((), ())


async def test_messages_of_one_chat_are_limited_and_none_is_lost(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock, chat_messages_per_minute=3) as house, house.visitor() as visitor:
        await visitor.hello()
        for name in ("a", "b", "c"):
            await visitor.say("quick", name)
        await visitor.send({"say": {"id": "d", "text": "too quick"}})
        error = await visitor.next("error")
        assert (error["id"], error["again"]) == ("d", True)
        assert "20 seconds" in error["what_to_do"]
        clock.pass_ms(20_000)
        await visitor.say("now", "d")


async def test_new_chats_of_one_client_are_limited(tmp_path: Path) -> None:
    async with opened(tmp_path, contacts_per_minute=2) as house:
        for token in ("a" * 32, "b" * 32):
            async with house.visitor() as visitor:
                await visitor.hello(token)
                await visitor.say("Hello?")
                await visitor.say("Once more", "m2")
        async with house.visitor() as visitor:
            await visitor.hello("c" * 32)
            await visitor.send({"say": {"id": "m1", "text": "Hello?"}})
            assert (await visitor.next("error"))["again"] is True
    assert len(await house.envelopes()) == 4


async def test_there_is_room_for_so_many_sockets_and_no_more(tmp_path: Path) -> None:
    async with opened(tmp_path, chat_sockets=2) as house:
        async with house.visitor() as one, house.visitor() as two:
            await one.hello()
            await two.hello("f" * 32)
            with pytest.raises(InvalidStatus) as refused:
                async with house.visitor():
                    pass
            assert refused.value.response.status_code == 503
            assert int(refused.value.response.headers["retry-after"]) > 0
        await house.everybody_is_gone()
        async with house.visitor() as three:
            await three.hello()


async def test_a_stopping_ingest_sends_its_visitors_away_to_come_back(tmp_path: Path) -> None:
    async with opened(tmp_path, SystemClock()) as house, house.visitor() as visitor:
        await visitor.hello()
        await visitor.say("Hello?")
        await house.restart()
        assert await visitor.closed() == 1012
        async with house.visitor() as again:
            assert (await again.hello())["last"] == 1


async def test_nobody_can_work_the_token_out_of_what_is_kept(house: House, tmp_path: Path) -> None:
    await begun(house)
    assert TOKEN not in "".join(str(envelope) for envelope in await house.envelopes())
    files = await asyncio.to_thread(lambda: list(tmp_path.rglob("*.sqlite*")))
    assert files
    for path in files:
        assert TOKEN.encode() not in await asyncio.to_thread(path.read_bytes)


async def test_a_visitor_who_waits_is_told_what_the_router_says_of_it_and_whoever_joined_no_more(house: House) -> None:
    contact_id = await begun(house)
    async with house.visitor() as visitor:
        await visitor.hello()
        await house.router.commit(ContactQueued(contact_id, "q", 0, 4, 90_000))
        assert await visitor.told("waiting") == {"state": "waiting", "agent": "", "position": 4, "wait_ms": 90_000}
        await house.router.commit(ContactQueued(contact_id, "seniors", 0), CustomerTold(contact_id, 1, 0))
        assert await visitor.told("waiting") == {"state": "waiting", "agent": "", "position": 1}
        await house.router.commit(OfferAccepted(contact_id, "ana"), CustomerTold(contact_id, 9, 9))
        assert await visitor.told("joined") == {"state": "joined", "agent": "ana"}


@pytest.mark.parametrize(
    ("to", "address", "notice"),
    [
        (Diversion.MESSAGE, HOSTILE, HOSTILE),
        (Diversion.VOICEMAIL, "", NOBODY),
        (Diversion.THIRD_PARTY, "+49891234567", NOBODY),
    ],
)
async def test_a_chat_that_is_sent_elsewhere_ends_with_what_the_visitor_is_to_read(
    house: House, to: Diversion, address: str, notice: str
) -> None:
    contact_id = await begun(house)
    ended = {"state": "ended", "agent": "", "notice": notice}
    async with house.visitor() as visitor:
        await visitor.hello()
        await house.router.commit(ContactDiverted(contact_id, to, address), ContactEnded(contact_id))
        assert await visitor.told("ended") == ended
    await house.everybody_is_gone()
    async with house.visitor() as visitor:
        welcome = await visitor.hello()
        assert {name: welcome[name] for name in ended} == ended
