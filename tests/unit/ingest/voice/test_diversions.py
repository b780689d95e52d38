"""Callers whom the router sends to voicemail, to a third party, or away with a message."""

from dataclasses import replace

import pytest

from services.ingest.carriers.webhook import NotTaken
from services.ingest.envelopes import Arrived, Content
from services.ingest.router_log.facts import ContactAccepted, ContactDiverted, ContactEnded, ContactQueued
from services.plan.compiled import Channel, Diversion
from tests.unit.ingest.voice.telephony import CALLER, PLAIN, Answer, Telephony

RECORDING = {
    "RecordingSid": "RE" + "3" * 32,
    "RecordingUrl": "https://carrier.example/Recordings/RE333",
    "RecordingDuration": "17",
}
TEXT = "Voicemail of 17 s, at the carrier: https://carrier.example/Recordings/RE333"


def left(telephony: Telephony) -> Arrived:
    """What the caller has left, as a contact of its own."""
    return Arrived(
        channel=Channel.VOICEMAIL,
        dialed=PLAIN,
        caller=CALLER,
        language="de",
        previous_contact_id=telephony.contact(),
        message=Content(text=TEXT),
    )


@pytest.fixture
def telephony() -> Telephony:
    return Telephony()


async def diverted(telephony: Telephony, to: Diversion, address: str = "", language: str = "") -> Answer:
    """A caller who waits is diverted, and then asks."""
    waiting = await telephony.calls()
    contact_id = telephony.contact()
    telephony.decide(ContactAccepted(contact_id, Channel.VOICE, 1), ContactQueued(contact_id, "q", 0, 1))
    telephony.decide(ContactDiverted(contact_id, to, address, language), ContactEnded(contact_id))
    return await telephony.asks(waiting.goes_on_at)


async def test_who_is_sent_to_voicemail_is_recorded_and_what_they_left_is_one_contact_that_follows_the_call(
    telephony: Telephony,
) -> None:
    answer = await diverted(telephony, Diversion.VOICEMAIL)
    assert answer.verbs == ["Say", "Record", "Hangup"]
    assert answer.words[0].startswith("Bitte hinterlassen Sie")
    record = answer.find("Record")
    assert (record.get("playBeep"), record.get("maxLength"), record.get("finishOnKey")) == ("true", "180", "#")
    for _ in range(2):
        assert (await telephony.asks(record.get("action") or "", **RECORDING)).verbs == ["Hangup"]
    told = [envelope for envelope in await telephony.said() if isinstance(envelope.what, Arrived)][1:]
    assert [envelope.what for envelope in told] == [left(telephony)] * 2
    assert len({(envelope.event_id, envelope.contact_id) for envelope in told}) == 1
    assert told[0].contact_id != telephony.contact()


async def test_while_the_log_is_away_a_recording_is_told_later(telephony: Telephony) -> None:
    record = (await diverted(telephony, Diversion.VOICEMAIL)).find("Record")
    telephony.inbound.away = True
    held = await telephony.asks(record.get("action") or "", **RECORDING)
    assert held.verbs == ["Pause", "Redirect"]
    telephony.inbound.away = False
    # The carrier says where the recording is only once.
    assert (await telephony.asks(held.goes_on_at)).verbs == ["Hangup"]
    assert (await telephony.told())[-1] == left(telephony)


async def test_what_somebody_left_who_withholds_their_number_has_no_caller(telephony: Telephony) -> None:
    record = (await diverted(telephony, Diversion.VOICEMAIL)).find("Record")
    await telephony.asks(record.get("action") or "", **RECORDING, From="+266696687")
    assert (await telephony.told())[-1] == replace(left(telephony), caller="")


@pytest.mark.parametrize(
    "wrong", [{"RecordingSid": "x"}, {"RecordingSid": ""}, {"RecordingUrl": ""}, {"RecordingUrl": "javascript:1"}]
)
async def test_what_names_no_recording_is_not_taken(telephony: Telephony, wrong: dict[str, str]) -> None:
    record = (await diverted(telephony, Diversion.VOICEMAIL)).find("Record")
    with pytest.raises(NotTaken):
        await telephony.asks(record.get("action") or "", **(RECORDING | wrong))


@pytest.mark.parametrize("number", ["+49891234567", "+49 89 1234567", "sip:night@phones.example"])
async def test_a_third_party_is_called_and_shown_our_number(telephony: Telephony, number: str) -> None:
    answer = await diverted(telephony, Diversion.THIRD_PARTY, number)
    assert answer.verbs == ["Say", "Dial"]
    dial = answer.find("Dial")
    assert (dial[0].text, dial.get("callerId")) == (number.replace(" ", ""), PLAIN)
    spoken = await telephony.asks(dial.get("action") or "", DialCallStatus="completed")
    assert spoken.verbs == ["Hangup"]
    assert (await telephony.asks(dial.get("action") or "", DialCallStatus="busy")).verbs == ["Say", "Hangup"]


async def test_a_third_party_with_a_mail_address_cannot_be_called_and_that_is_said(telephony: Telephony) -> None:
    answer = await diverted(telephony, Diversion.THIRD_PARTY, "night@acme.example")
    assert answer.verbs == ["Say", "Hangup"]
    assert answer.words == ["Wir können Ihren Anruf jetzt nicht annehmen. Bitte rufen Sie später noch einmal an."]


async def test_a_message_is_said_and_the_call_is_over(telephony: Telephony) -> None:
    answer = await diverted(telephony, Diversion.MESSAGE, "Wir haben heute geschlossen.")
    assert (answer.verbs, answer.words) == (["Say", "Hangup"], ["Wir haben heute geschlossen."])
    assert answer.find("Say").get("language") == "de-DE"


async def test_a_message_is_said_in_its_own_language_where_the_plan_has_none_in_the_callers(
    telephony: Telephony,
) -> None:
    answer = await diverted(telephony, Diversion.MESSAGE, "We are closed today.", "en-gb")
    assert answer.find("Say").get("language") == "en-GB"
