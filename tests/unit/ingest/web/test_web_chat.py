import asyncio
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from services.ingest.channels.web_chat import WebChat
from services.ingest.chat.states import NOBODY
from services.ingest.chat.transcript import AGENT, CHAT_MESSAGES
from services.ingest.envelopes import Arrived, Content, Delivered, Failed, Left, LeftReason, MessageAdded
from services.ingest.front_door import Unavailable
from services.ingest.router_log.facts import (
    ContactAccepted,
    ContactDiverted,
    ContactEnded,
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
from tests.unit.ingest.web.house import TOKEN, WITHIN_S, House, eventually, opened
from tests.unit.ingest.web.router_log import HOSTILE

HOUR_MS = 3_600_000


async def begun(house: House) -> str:
    """A chat with one message, which the router has taken; its contact."""
    async with house.visitor() as visitor:
        await visitor.hello()
        await visitor.say("Hello?")
        contact_id = (await house.envelopes())[0].contact_id
        await house.router.commit(ContactAccepted(contact_id, Channel.WEB_CHAT))
        await visitor.told("waiting")
    await house.everybody_is_gone()
    return contact_id


async def said_by_agents(house: House, count: int) -> None:
    """Waits until so many messages of agents are in the transcripts."""
    async with asyncio.timeout(WITHIN_S):
        while len(await house.documents.find(CHAT_MESSAGES, {"author": AGENT})) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


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


async def test_after_the_end_a_message_is_a_new_contact_that_follows_the_old_one(house: House) -> None:
    contact_id = await begun(house)
    async with house.visitor() as visitor:
        await visitor.hello(topic="lost-parcel")
        await house.router.commit(OfferAccepted(contact_id, "ana"), ContactEnded(contact_id))
        await visitor.told("ended")
        await visitor.say("One more thing", "m2")
        envelope = (await house.envelopes())[-1]
        assert isinstance(envelope.what, Arrived)
        assert envelope.what.previous_contact_id == contact_id
        assert envelope.what.attributes == (Attribute("topic", "lost-parcel"),)
        assert envelope.contact_id != contact_id
        await visitor.say("And another", "m3")
        added = (await house.envelopes())[-1]
        assert isinstance(added.what, MessageAdded)
        assert added.contact_id == envelope.contact_id
        await house.router.commit(ContactAccepted(envelope.contact_id, Channel.WEB_CHAT))
        await house.agent_says(envelope.contact_id, "Yes?")
        assert (await visitor.next("message"))["text"] == "Yes?"


async def test_a_message_that_passed_the_end_on_its_way_goes_on_in_the_contact_that_the_router_made(
    house: House,
) -> None:
    contact_id = await begun(house)
    async with house.visitor() as visitor:
        await visitor.hello()
        await visitor.say("One more thing", "m2")
        added = (await house.envelopes())[-1].what
        assert isinstance(added, MessageAdded)
        successor = added.successor_contact_id
        await house.router.commit(ContactEnded(contact_id), ContactAccepted(successor, Channel.WEB_CHAT))
        await visitor.told("ended")
        await visitor.told("waiting")
        await house.agent_says(successor, "I see it")
        assert (await visitor.next("message"))["text"] == "I see it"
        await visitor.say("Good", "m3")
    assert (await house.envelopes())[-1].contact_id == successor


async def test_whoever_ends_the_chat_has_left_and_may_come_back(house: House) -> None:
    contact_id = await begun(house)
    async with house.visitor() as visitor:
        await visitor.hello()
        await visitor.send({"end": {}})
        await visitor.send({"end": {}})
        await visitor.told("ended")
        await visitor.told("ended")
        left = (await house.envelopes())[1:]
        assert [envelope.what for envelope in left] == [Left(LeftReason.CUSTOMER)]
        assert left[0].contact_id == contact_id
        await visitor.say("No, wait", "m2")
        assert (await visitor.next("state"))["state"] == "waiting"


async def test_a_chat_that_never_began_ends_without_a_word(house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.hello()
        await visitor.send({"end": {}})
        await visitor.told("ended")
    assert await house.envelopes() == []


async def test_a_visitor_whose_socket_is_gone_for_a_minute_has_left_once(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as house:
        contact_id = await begun(house)
        await house.agent_says(contact_id, "Are you there?")
        clock.pass_ms(59_000)
        async with house.visitor() as visitor:
            await visitor.hello()
        await house.everybody_is_gone()
        clock.pass_ms(59_000)
        assert [type(envelope.what) for envelope in await house.envelopes()] == [Arrived]
        clock.pass_ms(2_000)
        left, failed = (await house.envelopes_when(3))[1:]
        assert left.what == Left(LeftReason.CONNECTION_LOST)
        assert left.contact_id == failed.contact_id == contact_id
        assert isinstance(failed.what, Failed)
        assert failed.what.outbound_id == "o1"
        await house.agent_says(contact_id, "Gone?", "o2")
        assert (await house.envelopes_when(4))[3].what == Failed("o2", failed.what.why)
        async with house.visitor() as visitor:
            welcome = await visitor.hello()
            assert (welcome["state"], welcome["last"]) == ("ended", 3)


async def test_a_visitor_who_came_back_at_another_ingest_has_not_left(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as house, house.beside() as other:
        contact_id = await begun(house)
        clock.pass_ms(30_000)
        async with other.visitor() as visitor:
            assert (await visitor.hello())["contact_id"] == contact_id
            clock.pass_ms(40_000)
            await house.nobody_is_held()
            assert [type(envelope.what) for envelope in await house.envelopes()] == [Arrived]
            await house.agent_says(contact_id, "Are you there?")
            assert [(await visitor.next("message"))["text"] for _ in range(2)] == ["Hello?", "Are you there?"]
        await other.everybody_is_gone()
        clock.pass_ms(61_000)
        left, *_ = (await house.envelopes_when(3))[1:]
        assert left.what == Left(LeftReason.CONNECTION_LOST)


async def test_a_visitor_who_left_while_the_log_was_away_is_reported_when_it_is_back(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as house:
        contact_id = await begun(house)
        house.inbound.away = True
        clock.pass_ms(61_000)
        with pytest.raises(Unavailable):
            await house.part(WebChat).sweep()
        house.inbound.away = False
        left = (await house.envelopes_when(2))[1]
        assert (left.contact_id, left.what) == (contact_id, Left(LeftReason.CONNECTION_LOST))


async def test_what_could_not_be_kept_is_kept_before_the_chat_is_let_go(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as house:
        await begun(house)
        async with house.visitor() as visitor:
            await visitor.hello(last_seen=1)
            house.documents.away = True
            await visitor.say("For later", "m2")
        await house.everybody_is_gone()
        clock.pass_ms(61_000)
        await house.envelopes_when(3)
        house.documents.away = False
        await eventually(lambda: not house.part(WebChat)._conversations)
        async with house.visitor() as visitor:
            assert (await visitor.hello(last_seen=1))["last"] == 2
            assert (await visitor.next("message"))["text"] == "For later"


async def test_a_visitor_who_left_while_ingest_was_down_has_left(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as house:
        contact_id = await begun(house)
        await house.restart()
        clock.pass_ms(61_000)
        left = (await house.envelopes_when(2))[1]
        assert (left.contact_id, left.what) == (contact_id, Left(LeftReason.CONNECTION_LOST))


async def test_chats_that_were_begun_elsewhere_are_left_alone(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as house:
        await house.router.commit(ContactAccepted("somebody-elses", Channel.WEB_CHAT))
        contact_id = await begun(house)
        clock.pass_ms(61_000)
        assert (await house.envelopes_when(2))[1].contact_id == contact_id
        await house.agent_says("somebody-elses", "Hello?")
        failed = (await house.envelopes_when(3))[2]
        assert isinstance(failed.what, Failed)


async def test_a_chat_in_which_nobody_says_anything_ends(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as house, house.visitor() as visitor:
        await visitor.hello()
        await visitor.say("Hello?")
        clock.pass_ms(HOUR_MS)
        await visitor.told("ended")
        assert await visitor.closed() == 4008
        assert (await house.envelopes())[1].what == Left(LeftReason.EXPIRED)


async def test_a_chat_taken_up_after_days_is_a_new_contact_even_if_the_log_no_longer_speaks_of_it(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as house:
        async with house.visitor() as visitor:
            await visitor.hello()
            await visitor.say("Hello?")
            clock.pass_ms(25 * HOUR_MS)
            await visitor.say("Now again", "m2")
        first, second = [envelope for envelope in await house.envelopes() if not isinstance(envelope.what, Left)]
        assert isinstance(second.what, Arrived)
        assert second.what.previous_contact_id == first.contact_id


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
