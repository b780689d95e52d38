"""The customer is called once, whatever goes wrong, and nobody is left to wait for a call that never comes."""

from collections.abc import AsyncIterator

import pytest

from services.ingest.callback.dialing import HANGS_UP_WITHIN_MS, LOOK_FOR_AFTER_MS, LOOK_FOR_TIMES, PERSISTENCE
from services.ingest.carriers.carrier import CallState, NewCall, Refused, Unavailable
from services.ingest.channels.callback import CallBack
from services.ingest.envelopes import CallUnanswered, Connect, Content, Left, LeftReason, Outgoing
from services.ingest.router_log.facts import (
    ConsultationOpened,
    ContactAccepted,
    ContactEnded,
    ContactHandedOver,
    ContactQueued,
    ContactReturned,
    OfferAccepted,
)
from services.ingest.sends import LEASE_MS
from services.ingest.voice.calls import Call
from services.ingest.voice.reports import NO_TELEPHONE
from services.plan.compiled import Channel
from tests.unit.ingest.callback.dialing_house import AGENT, CUSTOMER, OURS, DialingHouse, url_of

NOT_REACHED = Left(LeftReason.NOT_REACHED)


@pytest.fixture
async def house() -> AsyncIterator[DialingHouse]:
    house = DialingHouse()
    house.waits()
    yield house
    await house.documents.close()


async def test_the_customer_is_called_from_the_number_that_was_asked(house: DialingHouse) -> None:
    house.accepted()
    await house.connect()
    await house.work()

    ((asked, made),) = house.carrier.calls.values()
    query = {"tenant": "demo", "company": "acme", "contact": "c1", "language": "hi"}
    assert asked == NewCall(OURS, CUSTOMER, url_of("/voice/wait", **query), url_of("/voice/status", **query), 40)
    call = await house.call()
    assert call is not None
    assert (call.open, call.call_id, call.dialed, call.language) == (True, made.id, OURS, "hi")
    assert await house.voice.channel.around.connects.agent_address("c1", "o1") == AGENT
    assert await house.told() == []


async def test_the_same_connect_again_calls_nobody_again(house: DialingHouse) -> None:
    house.accepted()
    for _ in range(3):
        await house.connect()
        await house.work_for(5_000)

    assert len(house.carrier.calls) == 1


async def test_nobody_is_called_before_the_accept_is_in_the_log(house: DialingHouse) -> None:
    await house.connect()
    await house.work_for(3_000)
    assert not house.carrier.calls

    house.accepted()
    await house.work_for(1_000)

    assert len(house.carrier.calls) == 1


async def test_nobody_is_called_before_the_log_was_read(house: DialingHouse) -> None:
    house.accepted()
    house.not_ready = "router.log is still being read"
    await house.connect()
    await house.work()
    assert not house.carrier.calls

    house.not_ready = None
    house.clock.pass_ms(LEASE_MS)
    await house.work()

    assert len(house.carrier.calls) == 1


async def test_nobody_is_called_for_an_agent_who_has_let_go(house: DialingHouse) -> None:
    house.accepted()
    await house.connect()
    house.ended()
    await house.work_for(5_000)

    assert not house.carrier.calls
    assert not await house.work()


async def test_an_accept_that_never_shows_in_the_log_is_given_up(house: DialingHouse) -> None:
    await house.connect(offer_id="o0")
    house.accepted(offer_id="o1")
    await house.work_for(PERSISTENCE.give_up_ms + 5_000)

    assert not house.carrier.calls
    house.clock.pass_ms(LEASE_MS)
    assert not await house.work()
    assert await house.told() == []


async def test_an_agent_without_a_telephone_is_told_and_the_customer_is_not_called(house: DialingHouse) -> None:
    house.accepted()
    await house.connect(agent="")
    await house.work()

    assert not house.carrier.calls
    assert await house.told() == [CallUnanswered("o1", NO_TELEPHONE)]


async def test_a_customer_who_holds_the_line_is_not_called_again_for_the_next_agent(house: DialingHouse) -> None:
    house.accepted()
    await house.connect()
    await house.work()
    house.returned()
    house.accepted(offer_id="o2")
    await house.connect(offer_id="o2", agent="+442079460401")
    await house.work()

    assert len(house.carrier.calls) == 1
    house.clock.pass_ms(LEASE_MS)
    assert not await house.work()
    assert await house.voice.channel.around.connects.agent_address("c1", "o2") == "+442079460401"


async def test_a_call_that_the_carrier_refuses_did_not_reach_the_customer(house: DialingHouse) -> None:
    house.carrier.fails.append(Refused("not allowed there", 21215))
    house.accepted()
    await house.connect()
    await house.work()

    assert await house.told() == [NOT_REACHED]
    assert not await house.work()


@pytest.mark.parametrize("number", ["", "ada@engines.example", "442079460300", "sip:ada@engines.example"])
async def test_what_is_no_number_is_not_called(house: DialingHouse, number: str) -> None:
    house.accepted()
    await house.connect(customer=number)
    await house.work()

    assert not house.carrier.calls
    assert await house.told() == [NOT_REACHED]


async def test_a_carrier_that_is_away_for_a_moment_is_asked_again(house: DialingHouse) -> None:
    house.carrier.fails += [Unavailable("away")] * 3
    house.carrier.lists_nothing = True
    house.accepted()
    await house.connect()
    await house.work_for(30_000)

    assert len(house.carrier.calls) == 1
    assert await house.told() == []


async def test_a_carrier_that_stays_away_does_not_reach_the_customer(house: DialingHouse) -> None:
    house.carrier.fails += [Unavailable("away")] * 100
    house.accepted()
    await house.connect()
    await house.work_for(PERSISTENCE.give_up_ms + 20_000)

    assert not house.carrier.calls
    assert await house.told() == [NOT_REACHED]


async def test_a_lost_answer_is_looked_for_and_the_customer_called_once(house: DialingHouse) -> None:
    house.carrier.loses_answers = True
    house.accepted()
    await house.connect()
    await house.work_for(60_000)

    assert len(house.carrier.calls) == 1
    call = await house.call()
    assert call is not None
    assert call.call_id in house.carrier.calls
    assert await house.told() == []


async def test_a_lost_answer_of_a_call_that_is_over_already_is_told(house: DialingHouse) -> None:
    house.carrier.loses_answers = True
    house.accepted()
    await house.connect()
    await house.work()
    house.carrier.becomes(next(iter(house.carrier.calls)), CallState.BUSY)
    await house.work_for(20_000)

    assert await house.told() == [NOT_REACHED]


async def test_a_crash_before_the_carrier_was_asked_is_made_good_when_it_says_so_several_times(
    house: DialingHouse,
) -> None:
    house.accepted()
    await house.connect()
    (send,) = await house.dialing.sends.take_due(8)
    await house.dialing.sends.move(send, "asked")
    house.make()
    house.clock.pass_ms(LEASE_MS)

    for _ in range(LOOK_FOR_TIMES):
        assert await house.work()
        assert not house.carrier.calls
        house.clock.pass_ms(LOOK_FOR_AFTER_MS)
    await house.work_for(5_000)

    assert len(house.carrier.calls) == 1
    assert await house.told() == []


async def test_a_crash_after_the_carrier_was_asked_finds_the_call(house: DialingHouse) -> None:
    house.accepted()
    await house.connect()
    (send,) = await house.dialing.sends.take_due(8)
    asked = await house.dialing.sends.move(send, "asked")
    assert asked is not None
    made = await house.carrier.create_call(NewCall(OURS, CUSTOMER, "", "", 40))
    house.make()
    house.clock.pass_ms(LEASE_MS)
    await house.work()

    call = await house.call()
    assert list(house.carrier.calls) == [made.id]
    assert call is not None
    assert call.call_id == made.id


async def test_a_call_that_was_answered_meanwhile_needs_no_looking_for(house: DialingHouse) -> None:
    house.carrier.loses_answers = True
    house.carrier.lists_nothing = True
    house.accepted()
    await house.connect()
    await house.work()
    await house.voice.channel.around.calls.named("c1", next(iter(house.carrier.calls)))
    await house.work_for(30_000)

    assert len(house.carrier.calls) == 1
    assert not await house.work()


async def test_the_call_of_an_earlier_contact_is_not_taken_for_this_one(house: DialingHouse) -> None:
    house.accepted()
    await house.connect()
    await house.work()
    house.ended()
    house.waits("c2")
    house.accepted("c2", "o2")
    await house.connect("c2", "o2")
    (send,) = await house.dialing.sends.take_due(8)
    await house.dialing.sends.move(send, "asked")
    house.clock.pass_ms(LEASE_MS)
    await house.work_for(LOOK_FOR_AFTER_MS * (LOOK_FOR_TIMES + 2))

    first, second = house.carrier.calls
    call = await house.call("c2")
    assert call is not None
    assert call.call_id == second != first


async def test_while_it_is_not_known_what_came_of_a_call_no_other_is_made(house: DialingHouse) -> None:
    house.carrier.loses_answers = True
    house.carrier.lists_nothing = True
    house.accepted()
    await house.connect()
    await house.work()
    house.returned()
    house.accepted(offer_id="o2")
    await house.connect(offer_id="o2")
    await house.work()
    house.carrier.lists_nothing = False
    await house.work_for(30_000)

    assert len(house.carrier.calls) == 1


async def test_with_the_log_away_the_end_is_told_later(house: DialingHouse) -> None:
    house.carrier.fails.append(Refused("not allowed there", 21215))
    house.accepted()
    await house.connect()
    house.inbound.away = True
    await house.work()
    house.inbound.away = False
    house.clock.pass_ms(LEASE_MS)
    await house.work()

    assert await house.told() == [NOT_REACHED]


async def test_an_agent_who_ended_it_while_it_was_being_called_has_the_call_looked_at(house: DialingHouse) -> None:
    house.accepted()
    await house.connect()
    await house.work()

    assert "c1" in house.voice.acts._changed


async def held(house: DialingHouse) -> None:
    """A call-back that was chosen in a call that is still on."""
    house.learn(ContactAccepted("b1", Channel.CALLBACK, house.clock.wall_ms(), previous_contact_id="c0"))
    house.learn(ContactQueued("b1", "q", 0))
    before = Call("c0", "demo", "acme", Channel.VOICE, "CA" + "0" * 32, OURS)
    await house.voice.channel.around.calls.open(before)
    house.accepted("b1")
    await house.connect("b1")


async def test_nobody_is_called_while_they_are_still_in_the_call_in_which_they_chose_it(house: DialingHouse) -> None:
    await held(house)
    await house.work_for(5_000)
    assert not house.carrier.calls

    await house.voice.channel.around.calls.over("c0")
    await house.work_for(2_000)

    assert [asked.to for asked, _ in house.carrier.calls.values()] == [CUSTOMER]


async def test_a_call_whose_end_nobody_tells_is_not_waited_for_for_ever(house: DialingHouse) -> None:
    await held(house)
    await house.work_for(HANGS_UP_WITHIN_MS + 2_000)
    assert len(house.carrier.calls) == 1


async def test_a_colleague_who_is_asked_about_a_call_back_is_called_and_no_customer(house: DialingHouse) -> None:
    house.accepted()
    await house.connect()
    await house.work()
    house.learn(ConsultationOpened("q1", "c1"), OfferAccepted("q1", "ben", "o2"))
    connect = Connect("o2", "sip:ben@phones.example", "c1")
    asked = Outgoing("q1 o2", "demo", "acme", "q1", Channel.CALLBACK, "ben", "", "", Content(), 1, connect)
    callback = CallBack(None, None, house.room, house.clock, house.dialing, None)  # type: ignore[arg-type]
    await callback.connect(asked)
    await house.work()
    await house.voice.acts.colleagues.look_after("c1")
    assert [made.to for made, _ in house.carrier.calls.values()] == [CUSTOMER, "sip:ben@phones.example"]
    assert [made.from_ for made, _ in house.carrier.calls.values()] == [OURS, OURS]


async def test_a_customer_is_called_for_the_colleague_who_took_over_before_that_was_done(house: DialingHouse) -> None:
    house.accepted()
    house.carrier.fails += [Unavailable("away")]
    await house.connect()
    await house.work()
    assert not house.carrier.calls
    house.learn(ConsultationOpened("q1", "c1"), OfferAccepted("q1", "ben", "o2"), ContactEnded("q1"))
    house.learn(ContactHandedOver("c1", "ben", "o2"))
    await house.work_for(10_000)
    assert [made.to for made, _ in house.carrier.calls.values()] == [CUSTOMER]


async def test_nobody_is_called_for_who_took_over_and_passed_it_on(house: DialingHouse) -> None:
    house.accepted()
    house.carrier.fails += [Unavailable("away")]
    await house.connect()
    await house.work()
    house.learn(ContactHandedOver("c1", "ben", "o2"), ContactReturned("c1"))
    await house.work_for(10_000)
    assert not house.carrier.calls
