"""What is done at the carrier because of the log, and what it is asked when nothing was heard."""

import asyncio
from contextlib import suppress

import pytest

from services.ingest.carriers.carrier import Call as CarriersCall
from services.ingest.carriers.carrier import CallState, NewCall, Refused, Unavailable
from services.ingest.envelopes import Left, LeftReason
from services.ingest.router_log.facts import (
    ContactAccepted,
    ContactDiverted,
    ContactEnded,
    ContactOutcome,
    ContactQueued,
    ContactReturned,
    ContactTransferred,
    OfferAccepted,
    WrapUpStarted,
)
from services.ingest.voice.surroundings import STATUS, WAIT
from services.plan.compiled import Channel, Diversion
from services.shared.document_store import StoreUnavailable
from tests.unit.ingest.voice.telephony import HOME, MENUED, SID, UNHEARD_MS, Answer, Telephony


@pytest.fixture
def telephony() -> Telephony:
    telephony = Telephony()
    ringing = NewCall("", "", "", "")
    telephony.carrier.calls[SID] = (ringing, CarriersCall(SID, CallState.IN_PROGRESS))
    return telephony


def state(telephony: Telephony) -> CallState:
    return telephony.carrier.calls[SID][1].state


async def settle(telephony: Telephony) -> None:
    """What the log brought is acted on; a little later all is done that can be."""
    telephony.room.on_change = telephony.acts.changed
    acting = asyncio.create_task(telephony.acts.settle_changed())
    await asyncio.sleep(0.05)
    acting.cancel()
    with suppress(asyncio.CancelledError):
        await acting


@pytest.mark.parametrize("over", [WrapUpStarted, ContactEnded])
async def test_a_call_that_an_agent_ended_is_hung_up(
    telephony: Telephony, over: type[WrapUpStarted | ContactEnded]
) -> None:
    await telephony.put_through()
    telephony.decide(over(telephony.contact()))
    await settle(telephony)
    assert state(telephony) is CallState.COMPLETED


async def test_an_end_that_was_decided_while_nobody_looked_is_acted_on_after_a_start(telephony: Telephony) -> None:
    await telephony.put_through()
    telephony.decide(WrapUpStarted(telephony.contact()))
    telephony.begin()
    await settle(telephony)
    assert state(telephony) is CallState.COMPLETED


async def test_a_diverted_call_is_fetched_once_is_not_hung_up_and_its_end_is_nothing_new(telephony: Telephony) -> None:
    await telephony.put_through()
    contact_id = telephony.contact()
    telephony.decide(ContactDiverted(contact_id, Diversion.VOICEMAIL, ""), ContactEnded(contact_id))
    for _ in range(2):
        await settle(telephony)
        telephony.clock.pass_ms(61_000)
        await telephony.acts.sweep()
    telephony.begin()
    await settle(telephony)
    assert ([call_id for call_id, _ in telephony.carrier.redirects], state(telephony)) == (
        [SID],
        CallState.IN_PROGRESS,
    )
    await telephony.asks(f"{HOME}{STATUS}", CallStatus="completed")
    assert not any(isinstance(what, Left) for what in await telephony.told())
    assert await telephony.voice.around.calls.all_open() == []


async def test_who_chose_to_be_called_back_is_fetched_once_for_the_goodbye_and_not_hung_up_on(
    telephony: Telephony,
) -> None:
    await telephony.calls()
    contact_id = telephony.contact()
    telephony.decide(ContactAccepted(contact_id, Channel.VOICE, 1), ContactQueued(contact_id, "q", 0))
    telephony.decide(ContactEnded(contact_id, ContactOutcome.CALLBACK))
    for _ in range(2):
        await settle(telephony)
    ((call_id, url),) = telephony.carrier.redirects
    assert (call_id, state(telephony)) == (SID, CallState.IN_PROGRESS)
    assert (await telephony.asks(url)).verbs == ["Say", "Hangup"]


async def test_whoever_was_sent_elsewhere_when_they_asked_is_not_fetched(telephony: Telephony) -> None:
    waiting = await telephony.calls()
    contact_id = telephony.contact()
    telephony.decide(ContactAccepted(contact_id, Channel.VOICE, 1), ContactQueued(contact_id, "q", 0))
    telephony.decide(ContactDiverted(contact_id, Diversion.VOICEMAIL, ""), ContactEnded(contact_id))
    assert "Record" in (await telephony.asks(waiting.goes_on_at)).verbs
    await settle(telephony)
    assert telephony.carrier.redirects == []


async def test_a_transferred_call_is_taken_out_of_the_conversation_once(telephony: Telephony) -> None:
    await telephony.put_through()
    telephony.decide(ContactTransferred(telephony.contact(), "q"), ContactQueued(telephony.contact(), "q", 0))
    await settle(telephony)
    await settle(telephony)
    ((call_id, url),) = telephony.carrier.redirects
    assert (call_id, url.partition("?")[0].endswith(WAIT)) == (SID, True)
    assert f"contact={telephony.contact()}" in url


async def test_a_transfer_that_the_next_agent_accepted_before_it_was_acted_on_is_still_acted_on(
    telephony: Telephony,
) -> None:
    await telephony.put_through()
    contact_id = telephony.contact()
    telephony.decide(ContactTransferred(contact_id, "q"), ContactQueued(contact_id, "q", 0))
    telephony.decide(OfferAccepted(contact_id, "ben", "o2"))
    await settle(telephony)
    assert len(telephony.carrier.redirects) == 1


async def test_a_transfer_that_was_acted_on_does_not_take_the_caller_from_the_next_agent(telephony: Telephony) -> None:
    answer = await telephony.calls()
    await telephony.put_through()
    contact_id = telephony.contact()
    telephony.decide(ContactTransferred(contact_id, "q"), ContactQueued(contact_id, "q", 0))
    await settle(telephony)
    telephony.decide(OfferAccepted(contact_id, "ben", "o2"))
    await telephony.voice.connect(telephony.connect("o2"))
    assert "Dial" in (await telephony.asks(answer.goes_on_at)).verbs
    telephony.begin()
    await settle(telephony)
    assert len(telephony.carrier.redirects) == 1


async def test_whoever_is_in_the_waiting_room_is_not_sent_there(telephony: Telephony) -> None:
    dial = (await telephony.put_through()).find("Dial")
    await telephony.asks(dial.get("action") or "", DialCallStatus="busy")
    telephony.decide(ContactReturned(telephony.contact()))
    await settle(telephony)
    assert telephony.carrier.redirects == []
    assert state(telephony) is CallState.IN_PROGRESS


async def test_what_the_carrier_or_the_documents_could_not_do_is_done_later(telephony: Telephony) -> None:
    await telephony.put_through()
    telephony.decide(WrapUpStarted(telephony.contact()))
    telephony.carrier.fails = [Unavailable("away")]
    telephony.room.on_change = telephony.acts.changed
    acting = asyncio.create_task(telephony.acts.settle_changed())
    async with asyncio.timeout(60):
        while state(telephony) is not CallState.COMPLETED:  # noqa: ASYNC110  # the carrier tells nobody
            await asyncio.sleep(0.01)
    acting.cancel()


async def test_before_the_log_was_read_nothing_is_done(telephony: Telephony) -> None:
    await telephony.put_through()
    telephony.decide(WrapUpStarted(telephony.contact()))
    telephony.not_ready = "router.log is still being read"
    await settle(telephony)
    assert state(telephony) is CallState.IN_PROGRESS


async def test_a_silent_call_that_is_over_at_the_carrier_is_over_here(telephony: Telephony) -> None:
    await telephony.calls()
    telephony.carrier.becomes(SID, CallState.COMPLETED)
    await telephony.acts.sweep()
    assert len(await telephony.told()) == 1
    telephony.clock.pass_ms(UNHEARD_MS)
    await telephony.acts.sweep()
    assert (await telephony.told())[-1] == Left(LeftReason.CUSTOMER)
    telephony.clock.pass_ms(UNHEARD_MS)
    await telephony.acts.sweep()
    assert len(await telephony.told()) == 2


async def test_a_silent_call_that_is_on_is_asked_after_again(telephony: Telephony) -> None:
    await telephony.put_through()
    for _ in range(3):
        telephony.clock.pass_ms(UNHEARD_MS)
        await telephony.acts.sweep()
    assert not any(isinstance(what, Left) for what in await telephony.told())
    telephony.carrier.becomes(SID, CallState.COMPLETED)
    telephony.clock.pass_ms(UNHEARD_MS)
    await telephony.acts.sweep()
    assert (await telephony.told())[-1] == Left(LeftReason.CUSTOMER)


async def test_a_call_that_was_heard_of_is_not_asked_after(telephony: Telephony) -> None:
    answer = await telephony.calls()
    telephony.carrier.becomes(SID, CallState.COMPLETED)
    for _ in range(5):
        telephony.clock.pass_ms(UNHEARD_MS - 1)
        await telephony.asks(answer.goes_on_at)
        await telephony.acts.sweep()
    assert not any(isinstance(what, Left) for what in await telephony.told())


async def test_a_call_that_the_carrier_does_not_know_is_over(telephony: Telephony) -> None:
    await telephony.calls()
    del telephony.carrier.calls[SID]
    telephony.clock.pass_ms(UNHEARD_MS)
    await telephony.acts.sweep()
    assert (await telephony.told())[-1] == Left(LeftReason.CUSTOMER)


@pytest.mark.parametrize("trouble", [Refused("not allowed", 20003), Unavailable("away")])
async def test_a_carrier_that_does_not_say_ends_no_call(telephony: Telephony, trouble: Exception) -> None:
    await telephony.calls()
    for _ in range(3):
        telephony.carrier.fails = [trouble]  # type: ignore[list-item]  # both are the carrier's
        telephony.clock.pass_ms(UNHEARD_MS)
        await telephony.acts.sweep()
    assert not any(isinstance(what, Left) for what in await telephony.told())


async def test_an_end_that_could_not_be_told_is_told_at_the_next_sweep(telephony: Telephony) -> None:
    await telephony.calls()
    telephony.carrier.becomes(SID, CallState.COMPLETED)
    telephony.inbound.away = True
    telephony.clock.pass_ms(UNHEARD_MS)
    await telephony.acts.sweep()
    telephony.inbound.away = False
    telephony.clock.pass_ms(UNHEARD_MS)
    await telephony.acts.sweep()
    assert (await telephony.told())[-1] == Left(LeftReason.CUSTOMER)


async def test_a_call_that_came_in_while_the_documents_were_away_is_looked_after_too(telephony: Telephony) -> None:
    telephony.documents.is_away = True
    await telephony.calls()
    telephony.documents.is_away = False
    await telephony.acts.sweep()
    telephony.carrier.becomes(SID, CallState.COMPLETED)
    telephony.clock.pass_ms(UNHEARD_MS)
    await telephony.acts.sweep()
    assert (await telephony.told())[-1] == Left(LeftReason.CUSTOMER)


async def test_a_call_that_may_be_in_the_log_though_the_append_failed_is_looked_after(telephony: Telephony) -> None:
    telephony.inbound.loses_answers = True
    assert (await telephony.calls()).verbs == ["Pause", "Redirect"]
    assert len(await telephony.told()) == 1
    telephony.inbound.loses_answers = False
    telephony.carrier.becomes(SID, CallState.COMPLETED)
    telephony.clock.pass_ms(UNHEARD_MS)
    await telephony.acts.sweep()
    assert (await telephony.told())[-1] == Left(LeftReason.CUSTOMER)


async def wait_and_be_accepted(telephony: Telephony) -> Answer:
    """A caller is in the waiting room, and an agent has just accepted."""
    answer = await telephony.calls()
    await telephony.asks(answer.goes_on_at)
    telephony.accepted()
    return answer


async def test_a_caller_is_fetched_from_the_waiting_room_once_the_agents_telephone_is_known(
    telephony: Telephony,
) -> None:
    await wait_and_be_accepted(telephony)
    await settle(telephony)
    assert telephony.carrier.redirects == []
    await telephony.voice.connect(telephony.connect())
    await settle(telephony)
    await settle(telephony)
    ((call_id, url),) = telephony.carrier.redirects
    assert call_id == SID
    assert "Dial" in (await telephony.asks(url)).verbs


async def test_a_caller_is_fetched_too_when_the_telephone_is_known_before_the_accept_is_read(
    telephony: Telephony,
) -> None:
    answer = await telephony.calls()
    await telephony.asks(answer.goes_on_at)
    await telephony.voice.connect(telephony.connect())
    await settle(telephony)
    assert telephony.carrier.redirects == []
    telephony.room.on_change = telephony.acts.changed
    telephony.accepted()
    await settle(telephony)
    assert len(telephony.carrier.redirects) == 1


async def test_whoever_was_put_through_meanwhile_is_not_fetched(telephony: Telephony) -> None:
    answer = await wait_and_be_accepted(telephony)
    await telephony.voice.connect(telephony.connect())
    assert "Dial" in (await telephony.asks(answer.goes_on_at)).verbs
    await settle(telephony)
    assert telephony.carrier.redirects == []


async def test_whoever_hears_that_nobody_answered_is_not_fetched(telephony: Telephony) -> None:
    dial = (await telephony.put_through()).find("Dial")
    telephony.acts.fetch(telephony.contact(), "o1")
    await telephony.asks(dial.get("action") or "", DialCallStatus="busy")
    await settle(telephony)
    assert telephony.carrier.redirects == []


async def test_after_a_restart_nobody_is_fetched_who_may_be_speaking_already(telephony: Telephony) -> None:
    await wait_and_be_accepted(telephony)
    await telephony.voice.connect(telephony.connect())
    telephony.begin()
    await settle(telephony)
    assert telephony.carrier.redirects == []


async def test_of_two_processes_that_hear_of_the_telephone_one_fetches_the_caller(telephony: Telephony) -> None:
    await wait_and_be_accepted(telephony)
    voices, acts = [telephony.voice], [telephony.acts]
    telephony.begin()
    voices, acts = [*voices, telephony.voice], [*acts, telephony.acts]
    for voice in voices:
        await voice.connect(telephony.connect())
    await asyncio.gather(*(each._settle_all(each._taken()) for each in acts))
    assert len(telephony.carrier.redirects) == 1


async def test_with_the_store_away_a_caller_is_fetched_all_the_same(telephony: Telephony) -> None:
    answer = await telephony.calls()
    await telephony.asks(answer.goes_on_at)
    telephony.accepted()
    with suppress(StoreUnavailable):
        telephony.documents.is_away = True
        await telephony.voice.connect(telephony.connect())
    telephony.acts.fetch(telephony.contact(), "o1")
    await telephony.acts._settle_all(telephony.acts._taken())
    assert len(telephony.carrier.redirects) == 1


async def test_a_caller_whom_the_carrier_would_not_fetch_is_put_through_when_next_asked_for(
    telephony: Telephony,
) -> None:
    answer = await wait_and_be_accepted(telephony)
    await telephony.voice.connect(telephony.connect())
    telephony.carrier.fails = [Refused("not now", 21220)]
    await settle(telephony)
    assert telephony.carrier.redirects == []
    assert "Dial" in (await telephony.asks(answer.goes_on_at)).verbs


async def test_a_caller_who_is_fetched_is_spoken_to_in_the_language_they_chose(telephony: Telephony) -> None:
    menu = await telephony.calls(MENUED)
    german = await telephony.asks(menu.find("Gather").get("action") or "", To=MENUED, Digits="3")
    queued = await telephony.asks(german.find("Gather").get("action") or "", To=MENUED, Digits="1")
    await telephony.asks(queued.goes_on_at, To=MENUED)
    telephony.accepted()
    await telephony.voice.connect(telephony.connect())
    await settle(telephony)
    ((_, url),) = telephony.carrier.redirects
    assert "language=de" in url
