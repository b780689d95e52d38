"""Warm transfers of calls: who hears what, who is called and hung up, whatever was lost, doubled or forgotten."""

import asyncio
from contextlib import suppress

import pytest

from services.ingest.carriers.carrier import Call as CarriersCall
from services.ingest.carriers.carrier import CallState, NewCall, Refused, Unavailable, Uncertain
from services.ingest.carriers.webhook import NotTaken
from services.ingest.envelopes import CallAnswered, CallUnanswered, Connect, Content, Left, LeftReason, Outgoing
from services.ingest.router_log.facts import (
    ConsultationOpened,
    ContactEnded,
    ContactHandedOver,
    ContactReturned,
    Fact,
    OfferAccepted,
    WrapUpStarted,
)
from services.ingest.voice.surroundings import AGENT, DIALED, LEG, LEG_STATUS
from services.plan.compiled import Channel
from tests.unit.ingest.voice.telephony import AGENT as ANAS
from tests.unit.ingest.voice.telephony import HOME, PLAIN, SID, UNHEARD_MS, Answer, Telephony

BENS = "sip:ben@phones.example"
ANAS_SID = "CA" + "a" * 32
QUESTION, ASKED_OFFER = "question", "o2"
ON = CallState.IN_PROGRESS


class Transfer(Telephony):
    """Ana (offer o1) has the customer; Ben (offer o2) is asked."""

    async def connected(self) -> None:
        """The customer speaks with Ana: their call and hers, which it has made, are on."""
        self.carrier.calls[SID] = (NewCall("", PLAIN, "", ""), CarriersCall(SID, ON))
        self.through = await self.put_through()
        self.carrier.calls[ANAS_SID] = (NewCall(PLAIN, ANAS, "", ""), CarriersCall(ANAS_SID, ON))
        self.carrier.parents[ANAS_SID] = SID

    def asks_and_ben_accepts(self) -> None:
        opened = ConsultationOpened(QUESTION, self.contact())
        self.decide(opened, OfferAccepted(QUESTION, "ben", ASKED_OFFER))

    async def ben_is_known(self, address: str = BENS) -> None:
        """The agents service says where he is to be called."""
        connect = Connect(ASKED_OFFER, address, self.contact())
        content = (QUESTION, Channel.VOICE, "ben", "", "", Content(), 1, connect)
        await self.voice.connect(Outgoing("connect-question", "demo", "acme", *content))

    async def parted(self) -> Answer:
        """Ana and Ben are in their conference, and the customer is on hold."""
        await self.connected()
        self.asks_and_ben_accepts()
        await self.ben_is_known()
        await self.settle()
        await self.leg("o1", ANAS_SID)
        held = await self.dial_ended()
        await self.leg(ASKED_OFFER, self.bens_sid)
        await self.settle()
        return held

    async def settle(self) -> None:
        """What the log brought is acted on; a little later all is done that can be."""
        self.room.on_change = self.acts.changed
        acting = asyncio.create_task(self.acts.settle_changed())
        await asyncio.sleep(0.05)
        acting.cancel()
        with suppress(asyncio.CancelledError):
            await acting

    @property
    def bens_sid(self) -> str:
        (sid,) = (sid for sid, (asked, _) in self.carrier.calls.items() if asked.to == BENS)
        return sid

    def url(self, path: str, offer_id: str, **more: str) -> str:
        query = "".join(f"&{name}={value}" for name, value in more.items())
        return f"{HOME}{path}?tenant=demo&company=acme&contact={self.contact()}&language=de&offer={offer_id}{query}"

    async def leg(self, offer_id: str, call_id: str, state: CallState = ON) -> Answer:
        """An agent's telephone asks what to do."""
        return await self.asks(self.url(LEG, offer_id), CallSid=call_id, CallStatus=state.value)

    async def bens_leg_is(self, state: CallState) -> None:
        self.carrier.becomes(self.bens_sid, state)
        await self.asks(self.url(LEG_STATUS, ASKED_OFFER), CallSid=self.bens_sid, CallStatus=state.value)

    async def anas_leg_is_over(self) -> None:
        self.carrier.becomes(ANAS_SID, CallState.COMPLETED)
        fields = {"CallSid": ANAS_SID, "ParentCallSid": SID, "CallStatus": "completed", "CallDuration": "9"}
        await self.asks(self.url(AGENT, "o1"), **fields)

    async def dial_ended(self, status: str = "completed", **more: str) -> Answer:
        """The customer's <Dial> is over, and they ask on."""
        after = await self.asks(self.url(DIALED, "o1", **more), DialCallStatus=status)
        return await self.asks(after.goes_on_at)

    def redirected(self) -> list[str]:
        """Whose calls were taken out of what they were in, in that order."""
        return [call_id for call_id, _ in self.carrier.redirects]

    def state(self, call_id: str) -> CallState:
        return self.carrier.calls[call_id][1].state

    async def told_of(self, contact_id: str) -> list[object]:
        return [envelope.what for envelope in await self.said() if envelope.contact_id == contact_id]


@pytest.fixture
def transfer() -> Transfer:
    return Transfer()


def over(transfer: Transfer, *more: Fact) -> None:
    transfer.decide(ContactEnded(QUESTION), *more)


def handed_over(transfer: Transfer) -> None:
    over(transfer, ContactHandedOver(transfer.contact(), "ben", ASKED_OFFER))


async def test_who_asks_is_taken_out_the_colleague_called_and_the_customer_put_on_hold(transfer: Transfer) -> None:
    held = await transfer.parted()
    assert transfer.redirected() == [ANAS_SID]
    (called,) = (asked for asked, _ in transfer.carrier.calls.values() if asked.to == BENS)
    assert (called.from_, called.ring_s) == (PLAIN, transfer.voice.around.manners.ring_s)
    assert (held.verbs, held.words) == (
        ["Say", "Pause", "Redirect"],
        ["Bitte bleiben Sie am Apparat. Wir sprechen mit einem Kollegen."],
    )
    assert CallAnswered(ASKED_OFFER) in await transfer.told_of(QUESTION)


async def test_the_agents_meet_in_one_conference_that_ends_with_whoever_leaves(transfer: Transfer) -> None:
    await transfer.parted()
    anas, bens = await transfer.leg("o1", ANAS_SID), await transfer.leg(ASKED_OFFER, transfer.bens_sid)
    rooms = [answer.find("Dial/Conference") for answer in (anas, bens)]
    assert [room.text for room in rooms] == [f"asked-{ASKED_OFFER}"] * 2
    assert {room.get("endConferenceOnExit") for room in rooms} == {"true"}
    assert {(room.get("beep"), room.get("waitUrl")) for room in rooms} == {("onEnter", None)}
    # Who remains asks the same again.
    assert LEG in (anas.find("Dial").get("action") or "")


async def test_on_hold_it_is_said_again_after_a_while_and_silent_in_between(transfer: Transfer) -> None:
    answer = await transfer.parted()
    said = []
    for _ in range(6):
        answer = await transfer.asks(answer.goes_on_at)
        said.append(len(answer.words))
    assert said == [0, 0, 1, 0, 0, 1]


async def test_a_customer_who_is_taken_back_meets_the_agent_who_need_not_pick_up_again(transfer: Transfer) -> None:
    held = await transfer.parted()
    over(transfer)
    await transfer.settle()
    assert transfer.state(transfer.bens_sid) is CallState.COMPLETED
    # Ana comes out of the agents' conference, and the customer off hold.
    assert sorted(transfer.redirected()[1:]) == sorted([ANAS_SID, SID])
    anas, customers = await transfer.leg("o1", ANAS_SID), await transfer.asks(held.goes_on_at)
    rooms = [answer.find("Dial/Conference") for answer in (anas, customers)]
    assert [(room.text, room.get("beep"), room.get("waitUrl")) for room in rooms] == [("call-o1", "false", "")] * 2
    assert (await transfer.leg(ASKED_OFFER, transfer.bens_sid)).verbs == ["Hangup"]


async def test_a_call_is_handed_over_to_the_telephone_that_is_on_already(transfer: Transfer) -> None:
    held = await transfer.parted()
    handed_over(transfer)
    await transfer.settle()
    assert transfer.state(ANAS_SID) is CallState.COMPLETED
    bens, customers = await transfer.leg(ASKED_OFFER, transfer.bens_sid), await transfer.asks(held.goes_on_at)
    rooms = [answer.find("Dial/Conference").text for answer in (bens, customers)]
    assert rooms == [f"call-{ASKED_OFFER}"] * 2
    assert CallAnswered(ASKED_OFFER) in await transfer.told_of(transfer.contact())


async def test_a_customer_waits_on_hold_for_a_telephone_that_still_rings(transfer: Transfer) -> None:
    await transfer.connected()
    transfer.asks_and_ben_accepts()
    await transfer.ben_is_known()
    await transfer.settle()
    held = await transfer.dial_ended()
    handed_over(transfer)
    await transfer.settle()
    assert "Conference" not in (await transfer.asks(held.goes_on_at)).document
    await transfer.leg(ASKED_OFFER, transfer.bens_sid)
    await transfer.settle()
    assert transfer.redirected()[-1] == SID
    assert "Conference" in (await transfer.asks(held.goes_on_at)).document


@pytest.mark.parametrize(
    ("state", "why"),
    [(CallState.BUSY, "was busy"), (CallState.NO_ANSWER, "not answered"), (CallState.FAILED, "reached")],
)
async def test_a_colleague_who_does_not_answer_ends_the_question(
    transfer: Transfer, state: CallState, why: str
) -> None:
    await transfer.connected()
    transfer.asks_and_ben_accepts()
    await transfer.ben_is_known()
    await transfer.settle()
    for _ in range(2):
        await transfer.bens_leg_is(state)
    (told,) = await transfer.told_of(QUESTION)
    assert isinstance(told, CallUnanswered)
    assert (told.offer_id, why in told.why) == (ASKED_OFFER, True)


async def test_a_handed_over_call_whose_telephone_is_not_answered_waits_again(transfer: Transfer) -> None:
    await transfer.connected()
    transfer.asks_and_ben_accepts()
    await transfer.ben_is_known()
    await transfer.settle()
    held = await transfer.dial_ended()
    handed_over(transfer)
    await transfer.bens_leg_is(CallState.BUSY)
    told = [what for what in await transfer.told_of(transfer.contact()) if isinstance(what, CallUnanswered)]
    assert [each.offer_id for each in told] == [ASKED_OFFER]
    transfer.decide(ContactReturned(transfer.contact()))
    assert (await transfer.asks(held.goes_on_at)).verbs == ["Pause", "Redirect"]


async def test_a_colleague_who_hangs_up_ends_the_question_and_nothing_else(transfer: Transfer) -> None:
    await transfer.parted()
    for _ in range(2):
        await transfer.bens_leg_is(CallState.COMPLETED)
    assert Left(LeftReason.AGENT) in await transfer.told_of(QUESTION)
    assert not any(isinstance(what, Left) for what in await transfer.told_of(transfer.contact()))


async def test_who_asks_and_hangs_up_ends_the_question_and_is_called_anew(transfer: Transfer) -> None:
    held = await transfer.parted()
    for _ in range(2):
        await transfer.anas_leg_is_over()
    assert Left(LeftReason.AGENT) in await transfer.told_of(QUESTION)
    over(transfer)
    await transfer.settle()
    anew = await transfer.asks(held.goes_on_at)
    assert anew.find("Dial/Number").text == ANAS
    assert transfer.state(transfer.bens_sid) is CallState.COMPLETED
    assert not any(isinstance(what, Left) for what in await transfer.told_of(transfer.contact()))


async def test_a_first_conversation_whose_end_is_told_again_does_not_end_the_second(transfer: Transfer) -> None:
    await transfer.connected()
    transfer.asks_and_ben_accepts()
    await transfer.ben_is_known()
    await transfer.settle()
    await transfer.leg("o1", ANAS_SID)
    first_ended = transfer.through.find("Dial").get("action") or ""
    held = await transfer.asks((await transfer.asks(first_ended, DialCallStatus="completed")).goes_on_at)
    await transfer.anas_leg_is_over()
    over(transfer)
    transfer.clock.pass_ms(2_000)
    anew = await transfer.asks(held.goes_on_at)
    again = await transfer.asks(first_ended, DialCallStatus="completed")
    assert again.verbs == ["Redirect"]
    assert not any(isinstance(what, Left) for what in await transfer.told_of(transfer.contact()))
    ended = await transfer.asks(anew.find("Dial").get("action") or "", DialCallStatus="completed")
    assert ended.verbs == ["Hangup"]
    assert Left(LeftReason.AGENT) in await transfer.told_of(transfer.contact())


async def test_who_was_called_anew_may_ask_again(transfer: Transfer) -> None:
    held = await transfer.parted()
    await transfer.anas_leg_is_over()
    over(transfer)
    await transfer.asks(held.goes_on_at)
    again = "CA" + "b" * 32
    transfer.carrier.calls[again] = (NewCall(PLAIN, ANAS, "", ""), CarriersCall(again, ON))
    transfer.carrier.parents[again] = SID
    transfer.decide(ConsultationOpened("other", transfer.contact()), OfferAccepted("other", "cy", "o3"))
    await transfer.settle()
    assert transfer.redirected()[-1] == again
    # What is told late of the call before says nothing of this one.
    await transfer.anas_leg_is_over()
    assert await transfer.told_of("other") == []


async def test_a_colleague_who_has_the_call_and_hangs_up_before_the_customer_is_there_is_called_anew(
    transfer: Transfer,
) -> None:
    held = await transfer.parted()
    handed_over(transfer)
    await transfer.bens_leg_is(CallState.COMPLETED)
    assert (await transfer.asks(held.goes_on_at)).find("Dial/Sip").text == BENS


async def test_an_agent_who_hangs_up_on_the_customer_in_the_conference_ends_the_conversation(
    transfer: Transfer,
) -> None:
    held = await transfer.parted()
    over(transfer)
    await transfer.settle()
    await transfer.leg("o1", ANAS_SID)
    await transfer.asks(held.goes_on_at)
    # The customer is heard of first: it is not known yet why the conference is over.
    again = await transfer.dial_ended("answered", met="1")
    assert "Conference" in again.document
    transfer.carrier.becomes(ANAS_SID, CallState.COMPLETED)
    await transfer.settle()
    assert (await transfer.told_of(transfer.contact()))[-1] == Left(LeftReason.AGENT)


async def test_an_agent_who_is_known_to_have_hung_up_ends_it_at_once(transfer: Transfer) -> None:
    held = await transfer.parted()
    over(transfer)
    await transfer.settle()
    await transfer.leg("o1", ANAS_SID)
    await transfer.asks(held.goes_on_at)
    await transfer.anas_leg_is_over()
    assert (await transfer.asks(transfer.url(DIALED, "o1", met="1"), DialCallStatus="answered")).verbs == ["Hangup"]


async def test_a_customer_who_hangs_up_on_hold_ends_both_telephones(transfer: Transfer) -> None:
    await transfer.parted()
    over(transfer, WrapUpStarted(transfer.contact()))
    await transfer.settle()
    assert {transfer.state(sid) for sid in (ANAS_SID, transfer.bens_sid)} == {CallState.COMPLETED}
    assert await transfer.voice.around.legs.of(transfer.contact()) == []


async def test_a_new_process_finds_it_all_and_goes_on(transfer: Transfer) -> None:
    held = await transfer.parted()
    transfer.begin()
    await transfer.settle()
    assert "Conference" not in (await transfer.asks(held.goes_on_at)).document
    handed_over(transfer)
    transfer.begin()
    await transfer.settle()
    assert transfer.state(ANAS_SID) is CallState.COMPLETED
    await transfer.leg(ASKED_OFFER, transfer.bens_sid)
    assert "Conference" in (await transfer.asks(held.goes_on_at)).document
    assert len([asked for asked, _ in transfer.carrier.calls.values() if asked.to == BENS]) == 1


async def test_telephones_of_a_call_that_ended_while_nobody_looked_are_hung_up_after_a_start(
    transfer: Transfer,
) -> None:
    await transfer.parted()
    await transfer.voice.endings.forget(transfer.contact())
    over(transfer, WrapUpStarted(transfer.contact()))
    transfer.begin()
    await transfer.settle()
    assert {transfer.state(sid) for sid in (ANAS_SID, transfer.bens_sid)} == {CallState.COMPLETED}


async def test_a_hang_up_that_was_not_told_is_found_by_asking(transfer: Transfer) -> None:
    await transfer.parted()
    transfer.carrier.becomes(transfer.bens_sid, CallState.COMPLETED)
    transfer.clock.pass_ms(UNHEARD_MS + 1)
    await transfer.acts.sweep()
    await transfer.settle()
    assert Left(LeftReason.AGENT) in await transfer.told_of(QUESTION)


async def test_where_the_colleague_is_may_be_heard_before_the_accept_and_again(transfer: Transfer) -> None:
    await transfer.connected()
    await transfer.ben_is_known()
    await transfer.settle()
    assert not [asked for asked, _ in transfer.carrier.calls.values() if asked.to == BENS]
    transfer.asks_and_ben_accepts()
    await transfer.settle()
    await transfer.ben_is_known()
    await transfer.settle()
    assert transfer.bens_sid


async def test_a_colleague_without_a_telephone_is_unanswered(transfer: Transfer) -> None:
    await transfer.connected()
    transfer.asks_and_ben_accepts()
    await transfer.ben_is_known("")
    (told,) = await transfer.told_of(QUESTION)
    assert isinstance(told, CallUnanswered)
    assert "no telephone" in told.why


async def test_a_colleague_whom_the_carrier_does_not_call_is_unanswered(transfer: Transfer) -> None:
    await transfer.connected()
    transfer.asks_and_ben_accepts()
    await transfer.ben_is_known()
    transfer.carrier.fails = [Refused("no such country", 21215)]
    await transfer.acts.colleagues.look_after(transfer.contact())
    assert [type(what) for what in await transfer.told_of(QUESTION)] == [CallUnanswered]


async def test_a_carrier_that_is_away_is_asked_again_and_given_up_in_the_end(transfer: Transfer) -> None:
    await transfer.connected()
    transfer.asks_and_ben_accepts()
    await transfer.ben_is_known()
    colleagues = transfer.acts.colleagues
    for passes_ms, told in ((1_000, 0), (30_000, 1)):
        transfer.clock.pass_ms(passes_ms)
        transfer.carrier.fails = [Unavailable("away")]
        with pytest.raises(Unavailable):
            await colleagues.look_after(transfer.contact())
        assert len(await transfer.told_of(QUESTION)) == told


async def test_a_call_of_which_nobody_knows_is_never_made_twice_and_given_up(transfer: Transfer) -> None:
    await transfer.connected()
    transfer.asks_and_ben_accepts()
    await transfer.ben_is_known()
    transfer.carrier.fails = [Uncertain("no answer")]
    colleagues = transfer.acts.colleagues
    for _ in range(2):
        await colleagues.look_after(transfer.contact())
    assert await transfer.told_of(QUESTION) == []
    transfer.clock.pass_ms(UNHEARD_MS)
    await colleagues.look_after(transfer.contact())
    assert [type(what) for what in await transfer.told_of(QUESTION)] == [CallUnanswered]
    # It rang all the same, and is answered now.
    assert (await transfer.leg(ASKED_OFFER, "CA" + "c" * 32)).verbs == ["Hangup"]


async def test_who_asks_before_they_have_picked_up_is_taken_out_when_they_do(transfer: Transfer) -> None:
    await transfer.connected()
    transfer.carrier.becomes(ANAS_SID, CallState.RINGING)
    transfer.asks_and_ben_accepts()
    await transfer.settle()
    assert transfer.redirected() == []
    transfer.carrier.becomes(ANAS_SID, ON)
    fields = {"CallSid": ANAS_SID, "ParentCallSid": SID, "CallStatus": "in-progress"}
    await transfer.asks(transfer.url(AGENT, "o1"), **fields)
    await transfer.settle()
    assert transfer.redirected() == [ANAS_SID]


async def test_a_leg_of_another_call_is_let_in_nowhere(transfer: Transfer) -> None:
    await transfer.parted()
    assert (await transfer.leg("o1", "CA" + "d" * 32)).verbs == ["Hangup"]
    assert (await transfer.leg("o9", ANAS_SID)).verbs == ["Hangup"]
    with pytest.raises(NotTaken):
        await transfer.asks(transfer.url(LEG, "o1"), CallSid=ANAS_SID, CallStatus="asleep")


async def test_while_the_log_is_not_read_agents_hold_the_line(transfer: Transfer) -> None:
    await transfer.parted()
    transfer.not_ready = "still reading"
    answer = await transfer.leg("o1", ANAS_SID)
    assert (answer.verbs, LEG in answer.goes_on_at) == (["Pause", "Redirect"], True)


async def test_with_the_document_store_away_a_customer_stays_on_hold(transfer: Transfer) -> None:
    held = await transfer.parted()
    transfer.documents.is_away = True
    assert (await transfer.asks(held.goes_on_at)).verbs == ["Pause", "Redirect"]
    assert (await transfer.leg("o1", ANAS_SID)).verbs == ["Dial"]
