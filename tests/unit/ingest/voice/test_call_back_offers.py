"""Callers who wait and choose to be called back, up to the goodbye."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from services.ingest.addresses import Place
from services.ingest.envelopes import Arrived, Left
from services.ingest.router_log.facts import (
    ContactAccepted,
    ContactEnded,
    ContactOutcome,
    ContactQueued,
    ContactTransferred,
    CustomerTold,
    OfferAccepted,
)
from services.ingest.voice.sentences import SENTENCES
from services.plan.compiled import Channel
from tests.unit.ingest.voice.telephony import CALLER, HOME, PLAIN, Answer, Telephony

OFFER = SENTENCES["de"].call_back
HOLD = "Bitte bleiben Sie am Apparat. Der nächste freie Platz ist für Sie."
STRANGER = "+18765550123"


class Book:
    """Calls back whoever is not a stranger, so often."""

    def __init__(self) -> None:
        self.left = 2

    def may_be_called(self, place: Place, number: str) -> bool:
        return place.company == "acme" and number != STRANGER

    def count(self, place: Place, number: str) -> bool:
        self.left -= 1
        return self.left >= 0

    def give_back(self, place: Place, number: str) -> None:
        self.left += 1


@pytest.fixture
def telephony() -> Telephony:
    house = Telephony()
    house.numbers = Book()
    house.begin()
    return house


async def offered(telephony: Telephony, from_: str = CALLER) -> Answer:
    """A caller who has waited until the router had a call-back offered, and what they hear."""
    answer = await telephony.calls(from_=from_)
    contact_id = telephony.contact()
    telephony.decide(ContactAccepted(contact_id, Channel.VOICE, 2), ContactQueued(contact_id, "q", 0, 2))
    answer = await telephony.asks(answer.goes_on_at, From=from_)
    assert "Gather" not in answer.verbs
    telephony.decide(CustomerTold(contact_id, 2, 0, callback_offered=True))
    return await telephony.asks(answer.goes_on_at, From=from_)


def kept(telephony: Telephony) -> None:
    """The router has given the place to the call-back."""
    telephony.decide(ContactEnded(telephony.contact(), ContactOutcome.CALLBACK))


async def test_the_offer_is_said_with_the_place_and_with_each_hold_and_the_key_is_listened_for_all_the_time(
    telephony: Telephony,
) -> None:
    answer, said = await offered(telephony), []
    for _ in range(4):
        assert answer.verbs == ["Gather", "Redirect"]
        gather = answer.find("Gather")
        assert (gather.get("numDigits"), gather.get("timeout"), gather.get("input")) == ("1", "3", "dtmf")
        assert "actionOnEmptyResult" not in gather.attrib
        said.append(answer.words)
        answer = await telephony.asks(answer.goes_on_at)
    assert said == [["Sie sind Nummer 2 in der Warteschlange.", OFFER], [], [], [HOLD, OFFER]]


async def test_who_presses_the_key_is_a_call_back_that_keeps_the_place_and_hears_so_when_the_log_says_it(
    telephony: Telephony,
) -> None:
    answer = await offered(telephony)
    for _ in range(2):
        chosen = await telephony.asks(answer.asks_at, Digits="1")
        assert chosen.verbs == ["Pause", "Redirect"]
    told = [envelope for envelope in await telephony.said() if isinstance(envelope.what, Arrived)][1:]
    assert len({(each.event_id, each.contact_id) for each in told}) == 1
    assert told[0].contact_id != telephony.contact()
    assert told[0].what == Arrived(
        channel=Channel.CALLBACK,
        dialed=PLAIN,
        caller=CALLER,
        language="de",
        previous_contact_id=telephony.contact(),
        keeps_place_of=telephony.contact(),
    )
    assert (await telephony.asks(chosen.goes_on_at)).verbs == ["Gather", "Redirect"], "the log has said nothing yet"
    kept(telephony)
    goodbye = await telephony.asks(chosen.goes_on_at)
    assert (goodbye.verbs, goodbye.words) == (["Say", "Hangup"], [SENTENCES["de"].called_back])


async def test_the_end_of_that_call_is_none_that_is_told(telephony: Telephony) -> None:
    answer = await offered(telephony)
    chosen = await telephony.asks(answer.asks_at, Digits="1")
    kept(telephony)
    await telephony.asks(chosen.goes_on_at)
    await telephony.asks(f"{HOME}/voice/status", CallStatus="completed")
    assert not any(isinstance(what, Left) for what in await telephony.told())


@pytest.mark.parametrize("key", ["2", "#", "", "11"])
async def test_another_key_changes_nothing(telephony: Telephony, key: str) -> None:
    answer = await offered(telephony)
    after = await telephony.asks(answer.asks_at, Digits=key)
    assert after.verbs == ["Redirect"]
    query = dict(parse_qsl(urlsplit(after.goes_on_at).query))
    assert (query["told"], query["said"]) == ("2", "0")
    assert len(await telephony.told()) == 1


@pytest.mark.parametrize("number", ["", "+266696687", "anonymous", STRANGER])
async def test_nobody_is_offered_it_whose_number_is_not_known_or_not_called(telephony: Telephony, number: str) -> None:
    answer = await offered(telephony, from_=number)
    assert (answer.verbs, OFFER in answer.words) == (["Say", "Pause", "Redirect"], False)


async def test_a_key_pressed_for_a_number_that_is_not_called_is_not_taken(telephony: Telephony) -> None:
    answer = await offered(telephony)
    assert (await telephony.asks(answer.asks_at, Digits="1", From=STRANGER)).verbs == ["Redirect"]
    assert len(await telephony.told()) == 1


async def test_who_asked_too_often_of_late_waits_on(telephony: Telephony) -> None:
    answer = await offered(telephony)
    for _ in range(3):
        last = await telephony.asks(answer.asks_at, Digits="1")
    assert last.verbs == ["Redirect"]


async def test_while_the_log_is_away_the_choice_is_told_later_and_counts_once(telephony: Telephony) -> None:
    answer = await offered(telephony)
    telephony.inbound.away = True
    for _ in range(3):
        held = await telephony.asks(answer.asks_at, Digits="1")
        assert held.verbs == ["Pause", "Redirect"]
    telephony.inbound.away = False
    await telephony.asks(held.goes_on_at)
    last = (await telephony.told())[-1]
    assert isinstance(last, Arrived)
    assert last.keeps_place_of == telephony.contact()


async def test_an_agent_who_was_quicker_gets_the_caller(telephony: Telephony) -> None:
    answer = await offered(telephony)
    telephony.decide(OfferAccepted(telephony.contact(), "ana", "o1"))
    await telephony.voice.connect(telephony.connect())
    pressed = await telephony.asks(answer.asks_at, Digits="1")
    assert len(await telephony.told()) == 1
    assert (await telephony.asks(pressed.goes_on_at)).verbs == ["Say", "Dial"]


async def test_what_was_offered_on_one_way_is_not_offered_on_the_next(telephony: Telephony) -> None:
    answer = await offered(telephony)
    contact_id = telephony.contact()
    telephony.decide(OfferAccepted(contact_id, "ana", "o1"), ContactTransferred(contact_id, "q2"))
    telephony.decide(ContactQueued(contact_id, "q2", 0, 1))
    assert (await telephony.asks(answer.goes_on_at)).verbs == ["Say", "Pause", "Redirect"]


async def test_a_customer_who_is_being_called_back_is_offered_nothing(telephony: Telephony) -> None:
    answer = await telephony.calls()
    contact_id = telephony.contact()
    telephony.decide(ContactAccepted(contact_id, Channel.CALLBACK, 2), ContactQueued(contact_id, "q", 0, 2))
    telephony.decide(CustomerTold(contact_id, 2, 0, callback_offered=True))
    assert "Gather" not in (await telephony.asks(answer.goes_on_at)).verbs


@pytest.mark.parametrize("language", SENTENCES)
def test_the_offer_names_its_key_and_both_are_said_in_each_language(language: str) -> None:
    said = SENTENCES[language]
    assert "1" in said.call_back or "یک" in said.call_back
    assert said.called_back
