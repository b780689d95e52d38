"""Waiting, being put through, and what comes of that."""

import pytest

from services.ingest.envelopes import Arrived, CallAnswered, CallUnanswered, Left, LeftReason
from services.ingest.router_log.facts import (
    ContactAccepted,
    ContactEnded,
    ContactQueued,
    ContactReturned,
    ContactTransferred,
    CustomerTold,
    OfferAccepted,
    WrapUpStarted,
)
from services.plan.compiled import Channel
from tests.unit.ingest.voice.telephony import AGENT, PLAIN, Telephony


@pytest.fixture
def telephony() -> Telephony:
    return Telephony()


async def test_before_the_router_knows_the_caller_it_is_asked_again_soon(telephony: Telephony) -> None:
    answer = await telephony.asks((await telephony.calls()).goes_on_at)
    assert (answer.verbs, answer.find("Pause").get("length")) == (["Pause", "Redirect"], "1")


async def test_the_place_is_said_when_the_router_says_it_and_between_that_one_is_still_in_line(
    telephony: Telephony,
) -> None:
    answer = await telephony.calls()
    contact_id = telephony.contact()
    telephony.decide(ContactAccepted(contact_id, Channel.VOICE, 2), ContactQueued(contact_id, "q", 0, 2))
    said = []
    for number in range(8):
        if number == 5:
            telephony.decide(CustomerTold(contact_id, 1, 0))
        answer = await telephony.asks(answer.goes_on_at)
        assert answer.find("Pause").get("length") == "3"
        said.append(answer.words)
    hold = ["Bitte bleiben Sie am Apparat. Der nächste freie Platz ist für Sie."]
    place, following = ["Sie sind Nummer 2 in der Warteschlange."], ["Sie sind als Nächstes an der Reihe."]
    assert said == [place, [], [], hold, [], following, [], []]


async def test_whoever_waits_where_the_router_says_nothing_hears_that_they_are_in_line(telephony: Telephony) -> None:
    answer = await telephony.calls()
    telephony.decide(ContactAccepted(telephony.contact(), Channel.VOICE, 2), ContactQueued(telephony.contact(), "q", 0))
    said = []
    for _ in range(4):
        answer = await telephony.asks(answer.goes_on_at)
        said.append(len(answer.words))
    assert said == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("wait_ms", "said"),
    [
        (1, "Wir erwarten, Ihren Anruf in weniger als einer Minute anzunehmen."),
        (150_000, "Wir erwarten, Ihren Anruf in etwa 3 Minuten anzunehmen."),
    ],
)
async def test_the_expected_wait_is_said_where_the_router_knows_it(
    telephony: Telephony, wait_ms: int, said: str
) -> None:
    answer = await telephony.calls()
    contact_id = telephony.contact()
    telephony.decide(ContactAccepted(contact_id, Channel.VOICE, 2), ContactQueued(contact_id, "q", 0, 1, wait_ms))
    answer = await telephony.asks(answer.goes_on_at)
    assert answer.words == ["Sie sind als Nächstes an der Reihe.", said]


@pytest.mark.parametrize("address", [AGENT, "sip:ana@phones.example"])
async def test_an_accepted_caller_is_put_through_to_the_agent(telephony: Telephony, address: str) -> None:
    waiting = await telephony.calls()
    telephony.accepted()
    await telephony.voice.connect(telephony.connect(address=address))
    answer = await telephony.asks(waiting.goes_on_at)
    assert answer.verbs == ["Say", "Dial"]
    dial = answer.find("Dial")
    assert {name: dial.get(name) for name in ("timeout", "callerId", "answerOnBridge", "method")} == {
        "timeout": "20",
        "callerId": PLAIN,
        "answerOnBridge": "true",
        "method": "POST",
    }
    (noun,) = dial
    assert (noun.tag, noun.text) == ("Sip" if address.startswith("sip:") else "Number", address)
    assert noun.get("statusCallbackEvent") == "answered completed"


async def test_nobody_is_put_through_who_is_not_accepted_in_the_log(telephony: Telephony) -> None:
    waiting = await telephony.calls()
    await telephony.voice.connect(telephony.connect())
    assert "Dial" not in (await telephony.asks(waiting.goes_on_at)).verbs
    telephony.decide(ContactAccepted(telephony.contact(), Channel.VOICE, 1), ContactQueued(telephony.contact(), "q", 0))
    assert "Dial" not in (await telephony.asks(waiting.goes_on_at)).verbs
    telephony.decide(OfferAccepted(telephony.contact(), "ana", "another offer"))
    assert "Dial" not in (await telephony.asks(waiting.goes_on_at)).verbs


async def test_an_accepted_caller_waits_until_it_is_known_whom_to_call(telephony: Telephony) -> None:
    waiting = await telephony.calls()
    telephony.accepted()
    assert (await telephony.asks(waiting.goes_on_at)).verbs == ["Pause", "Redirect"]
    telephony.documents.is_away = True
    assert (await telephony.asks(waiting.goes_on_at)).verbs == ["Pause", "Redirect"]


async def test_whom_to_call_survives_a_restart_and_in_memory_the_documents_being_away(telephony: Telephony) -> None:
    waiting = await telephony.calls()
    telephony.accepted()
    await telephony.voice.connect(telephony.connect())
    telephony.begin()
    assert "Dial" in (await telephony.asks(waiting.goes_on_at)).verbs
    telephony.documents.is_away = True
    assert "Dial" in (await telephony.asks(waiting.goes_on_at)).verbs


async def test_an_agent_without_a_telephone_is_told_so_at_once_and_the_caller_waits_on(telephony: Telephony) -> None:
    waiting = await telephony.calls()
    telephony.accepted()
    assert not await telephony.voice.connect(telephony.connect(address=""))
    (_, unanswered) = await telephony.told()
    assert isinstance(unanswered, CallUnanswered)
    assert unanswered.offer_id == "o1"
    assert "There is no telephone for you here" in unanswered.why
    assert "Dial" not in (await telephony.asks(waiting.goes_on_at)).verbs


def there(url: str | None) -> str:
    assert url
    return url


async def test_the_agent_picks_up_and_that_is_told_once(telephony: Telephony) -> None:
    dial = (await telephony.put_through()).find("Dial")
    url = there(dial[0].get("statusCallback"))
    child = "CA" + "2" * 32
    for state in ("initiated", "ringing", "in-progress", "in-progress"):
        await telephony.asks(url, CallSid=child, ParentCallSid="CA" + "1" * 32, CallStatus=state)
    answered = [envelope for envelope in await telephony.said() if envelope.what == CallAnswered("o1")]
    assert len(answered) == 2
    assert len({envelope.event_id for envelope in answered}) == 1


@pytest.mark.parametrize(("duration", "spoke"), [("", False), ("0", False), ("7", True)])
async def test_a_leg_that_lasted_was_answered_though_nobody_said_so(
    telephony: Telephony, duration: str, spoke: bool
) -> None:
    dial = (await telephony.put_through()).find("Dial")
    url = there(dial[0].get("statusCallback"))
    parent = "CA" + "1" * 32
    await telephony.asks(
        url, CallSid="CA" + "2" * 32, ParentCallSid=parent, CallStatus="completed", CallDuration=duration
    )
    assert (CallAnswered("o1") in await telephony.told()) is spoke


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        ("busy", "busy"),
        ("no-answer", "not answered"),
        ("canceled", "not answered"),
        ("failed", "could not be reached"),
        ("something new", "could not be reached"),
        ("", "could not be reached"),
    ],
)
async def test_an_agent_who_is_not_reached_gives_the_caller_back_to_the_waiting_room(
    telephony: Telephony, outcome: str, why: str
) -> None:
    dial = (await telephony.put_through()).find("Dial")
    answer = await telephony.asks(there(dial.get("action")), DialCallStatus=outcome)
    assert answer.verbs == ["Say", "Redirect"]
    unanswered = (await telephony.told())[-1]
    assert isinstance(unanswered, CallUnanswered)
    assert unanswered.offer_id == "o1"
    assert why in unanswered.why
    # The log may still say that this agent accepted: their telephone does not ring again for that.
    assert "Dial" not in (await telephony.asks(answer.goes_on_at)).verbs


async def test_the_next_agent_is_called_after_one_who_was_not_reached(telephony: Telephony) -> None:
    dial = (await telephony.put_through()).find("Dial")
    answer = await telephony.asks(there(dial.get("action")), DialCallStatus="busy")
    telephony.decide(ContactReturned(telephony.contact()), OfferAccepted(telephony.contact(), "ben", "o2"))
    await telephony.voice.connect(telephony.connect("o2"))
    answer = await telephony.asks(answer.goes_on_at)
    assert "offer=o2" in there(answer.find("Dial").get("action"))


async def test_when_the_agents_end_hangs_up_the_call_is_over(telephony: Telephony) -> None:
    dial = (await telephony.put_through()).find("Dial")
    answer = await telephony.asks(there(dial.get("action")), DialCallStatus="completed")
    assert answer.verbs == ["Hangup"]
    assert (await telephony.told())[-2:] == [CallAnswered("o1"), Left(LeftReason.AGENT)]


@pytest.mark.parametrize("outcome", ["completed", "canceled", "no-answer"])
async def test_when_the_customer_hangs_up_that_is_told_whatever_the_agents_end_did(
    telephony: Telephony, outcome: str
) -> None:
    dial = (await telephony.put_through()).find("Dial")
    answer = await telephony.asks(there(dial.get("action")), DialCallStatus=outcome, CallStatus="completed")
    assert answer.verbs == ["Hangup"]
    told = await telephony.told()
    assert told[-1] == Left(LeftReason.CUSTOMER)
    assert (CallAnswered("o1") in told) is (outcome == "completed")


async def test_an_agent_who_hangs_up_after_transferring_does_not_end_the_call(telephony: Telephony) -> None:
    dial = (await telephony.put_through()).find("Dial")
    telephony.decide(ContactTransferred(telephony.contact(), "q"), ContactQueued(telephony.contact(), "q", 0))
    answer = await telephony.asks(there(dial.get("action")), DialCallStatus="completed")
    assert answer.verbs == ["Redirect"]
    assert not any(isinstance(what, Left) for what in await telephony.told())


@pytest.mark.parametrize("over", [WrapUpStarted, ContactEnded])
async def test_a_call_that_the_agent_ended_is_hung_up_and_nobody_else_is_blamed(
    telephony: Telephony, over: type[WrapUpStarted | ContactEnded]
) -> None:
    waiting = await telephony.calls()
    dial = (await telephony.put_through()).find("Dial")
    telephony.decide(over(telephony.contact()))
    assert (await telephony.asks(waiting.goes_on_at)).verbs == ["Hangup"]
    await telephony.asks(there(dial.get("action")), DialCallStatus="completed", CallStatus="completed")
    assert not any(isinstance(what, Left) for what in await telephony.told())


async def test_while_the_log_is_away_the_end_of_dialing_is_told_later(telephony: Telephony) -> None:
    dial = (await telephony.put_through()).find("Dial")
    telephony.inbound.away = True
    held = await telephony.asks(there(dial.get("action")), DialCallStatus="busy")
    assert held.verbs == ["Pause", "Redirect"]
    telephony.inbound.away = False
    # The carrier says how the dialing ended only once.
    assert (await telephony.asks(held.goes_on_at)).verbs == ["Say", "Redirect"]
    assert (await telephony.told())[-1] == CallUnanswered("o1", "Your telephone was busy.")


async def test_what_the_customer_calls_is_what_the_agents_telephone_shows(telephony: Telephony) -> None:
    telephony.documents.is_away = True
    waiting = await telephony.calls()
    telephony.accepted()
    telephony.documents.is_away = False
    await telephony.voice.connect(telephony.connect())
    telephony.documents.is_away = True
    answer = await telephony.asks(waiting.goes_on_at)
    assert answer.find("Dial").get("callerId") == PLAIN
    assert isinstance((await telephony.told())[0], Arrived)
