"""How chats end: by the agent, by the visitor, by a socket that is gone, by silence; and what comes after the end."""

from pathlib import Path

import pytest

from services.ingest.channels.web_chat import WebChat
from services.ingest.envelopes import Arrived, Failed, Left, LeftReason, MessageAdded
from services.ingest.front_door import Unavailable
from services.ingest.router_log.facts import ContactAccepted, ContactEnded, OfferAccepted
from services.plan.compiled import Attribute, Channel
from tests.fakes.manual_clock import ManualClock
from tests.unit.ingest.web.house import House, begun, eventually, opened

HOUR_MS = 3_600_000


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
