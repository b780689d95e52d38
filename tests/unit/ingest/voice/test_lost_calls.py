"""Calls that nobody noted, found again at the carrier or given up."""

import pytest

from services.ingest.carriers.carrier import Call as CarriersCall
from services.ingest.carriers.carrier import CallState, NewCall, Unavailable
from services.ingest.envelopes import Left, LeftReason
from services.ingest.router_log.facts import (
    ContactAccepted,
    ContactEnded,
    ContactQueued,
    ContactTransferred,
    OfferAccepted,
    WrapUpStarted,
)
from services.ingest.voice.lost_calls import LOOK_EVERY_MS, LOST_AFTER_MS
from services.plan.compiled import Channel
from tests.unit.ingest.voice.telephony import PLAIN, SID, Telephony
from tests.unit.ingest.voice.test_acts import settle, state


@pytest.fixture
def telephony() -> Telephony:
    return Telephony()


def is_on(telephony: Telephony, to: str = PLAIN) -> None:
    telephony.carrier.calls[SID] = (NewCall("", to, "", ""), CarriersCall(SID, CallState.IN_PROGRESS))


async def come_in_and_be_lost(telephony: Telephony) -> None:
    """A call comes in while the documents are away, and the process is killed before they are back."""
    telephony.documents.is_away = True
    await telephony.calls()
    telephony.documents.is_away = False
    telephony.decide(ContactAccepted(telephony.contact(), Channel.VOICE, 1, company="acme"))
    telephony.begin()


async def test_a_call_that_was_lost_track_of_is_over_after_a_while(telephony: Telephony) -> None:
    await come_in_and_be_lost(telephony)
    await telephony.acts.sweep()
    telephony.clock.pass_ms(LOST_AFTER_MS - 1)
    await telephony.acts.sweep()
    assert len(await telephony.told()) == 1
    telephony.clock.pass_ms(LOOK_EVERY_MS)
    await telephony.acts.sweep()
    (_, left) = await telephony.said()
    assert (left.tenant, left.company, left.contact_id) == ("demo", "acme", telephony.contact())
    assert left.what == Left(LeftReason.EXPIRED)
    telephony.decide(ContactEnded(telephony.contact()))
    await telephony.acts.sweep()
    assert len(await telephony.told()) == 2


async def test_whoever_still_is_on_the_line_is_not_lost(telephony: Telephony) -> None:
    is_on(telephony)
    await come_in_and_be_lost(telephony)
    telephony.clock.pass_ms(LOST_AFTER_MS + 1)
    # The caller is asked for by the carrier once more, and with that the call is noted.
    answer = await telephony.calls()
    await telephony.asks(answer.goes_on_at)
    await telephony.acts.sweep()
    telephony.begin()
    telephony.clock.pass_ms(LOST_AFTER_MS + 1)
    await telephony.acts.sweep()
    telephony.clock.pass_ms(LOST_AFTER_MS + 1)
    await telephony.acts.sweep()
    assert not any(isinstance(what, Left) for what in await telephony.told())


async def test_a_call_back_that_waits_is_no_call_that_was_lost(telephony: Telephony) -> None:
    telephony.decide(ContactAccepted("later", Channel.CALLBACK, 1, company="acme"), ContactQueued("later", "q", 0))
    for _ in range(3):
        await telephony.acts.sweep()
        telephony.clock.pass_ms(LOST_AFTER_MS + 1)
    assert await telephony.told() == []


async def test_a_call_that_is_on_is_found_again_and_hung_up_when_its_contact_is_over(telephony: Telephony) -> None:
    is_on(telephony)
    await come_in_and_be_lost(telephony)
    telephony.decide(WrapUpStarted(telephony.contact()))
    await telephony.acts.sweep()
    await settle(telephony)
    assert state(telephony) is CallState.COMPLETED


async def test_a_call_that_is_on_is_never_given_up(telephony: Telephony) -> None:
    is_on(telephony)
    await come_in_and_be_lost(telephony)
    for _ in range(10):
        telephony.clock.pass_ms(LOOK_EVERY_MS)
        await telephony.acts.sweep()
    assert not any(isinstance(what, Left) for what in await telephony.told())
    telephony.carrier.becomes(SID, CallState.COMPLETED)
    telephony.clock.pass_ms(LOOK_EVERY_MS)
    await telephony.acts.sweep()
    assert (await telephony.told())[-1] == Left(LeftReason.CUSTOMER)


async def test_nothing_is_given_up_while_the_carrier_can_not_be_asked(telephony: Telephony) -> None:
    await come_in_and_be_lost(telephony)
    for _ in range(5):
        telephony.clock.pass_ms(LOST_AFTER_MS)
        telephony.carrier.fails = [Unavailable("away")]
        await telephony.acts.sweep()
    assert not any(isinstance(what, Left) for what in await telephony.told())


@pytest.mark.parametrize("next_agent", ["", "ben"])
async def test_whoever_was_transferred_while_lost_is_taken_out_of_the_conversation(
    telephony: Telephony, next_agent: str
) -> None:
    is_on(telephony)
    await come_in_and_be_lost(telephony)
    contact_id = telephony.contact()
    telephony.decide(OfferAccepted(contact_id, "ana", "o1"))
    telephony.decide(ContactTransferred(contact_id, "q"), ContactQueued(contact_id, "q", 0))
    await telephony.acts.sweep()
    if next_agent:
        telephony.decide(OfferAccepted(contact_id, next_agent, "o2"))
    await settle(telephony)
    assert [call_id for call_id, _ in telephony.carrier.redirects] == [SID]


async def test_whoever_is_found_with_the_agent_who_accepted_is_left_there(telephony: Telephony) -> None:
    is_on(telephony)
    await come_in_and_be_lost(telephony)
    telephony.decide(OfferAccepted(telephony.contact(), "ana", "o1"))
    await telephony.acts.sweep()
    await settle(telephony)
    assert telephony.carrier.redirects == []
    assert state(telephony) is CallState.IN_PROGRESS


async def test_calls_of_others_who_use_the_account_are_left_alone(telephony: Telephony) -> None:
    is_on(telephony, to="+15005550006")
    await telephony.acts.sweep()
    await settle(telephony)
    assert state(telephony) is CallState.IN_PROGRESS


async def test_a_call_that_was_noted_as_over_is_not_noted_anew(telephony: Telephony) -> None:
    is_on(telephony)
    await telephony.calls()
    telephony.decide(ContactAccepted(telephony.contact(), Channel.VOICE, 1, company="acme"))
    telephony.decide(ContactEnded(telephony.contact()))
    await telephony.voice.endings.forget(telephony.contact())
    await telephony.acts.sweep()
    await settle(telephony)
    assert state(telephony) is CallState.IN_PROGRESS
