"""A customer's short messages over real HTTP: what becomes a contact, and what is answered by itself."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from services.ingest.addresses import Addresses
from services.ingest.carriers.webhook import NotTaken, Webhook
from services.ingest.channels.sms import Sms
from services.ingest.envelopes import Arrived, Content
from services.ingest.front_door import Unavailable
from services.ingest.sms.keywords import Keyword, keyword_in
from services.ingest.sms.opt_outs import OPT_OUTS
from services.plan.compiled import Channel, Direction
from tests.fakes.twilio_requests import TwilioRequest, sms
from tests.unit.ingest.carriers.layouts import OURS, Layout, layout

THEIRS, GERMAN = "+14155552671", "+4930901820"


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Layout]:
    async with layout("no proxy", tmp_path) as opened:
        yield opened


def text(at: Layout, body: str, number: int = 0, **fields: str) -> TwilioRequest:
    return sms(f"{at.url}/sms", Body=body, MessageSid=f"SM{number:032x}", **fields)


async def answers(at: Layout, request: TwilioRequest) -> list[str]:
    """What the carrier is told to send back."""
    answer = await request.send(at.client)
    assert answer.status_code == 200, answer.text
    response = ET.fromstring(answer.text)  # noqa: S314  # our own answer
    assert response.tag == "Response"
    return [message.text or "" for message in response]


async def has_stopped(at: Layout, ours: str = OURS) -> bool:
    return await at.house.part(Sms).incoming.opt_outs.has_stopped("demo", ours, THEIRS)


async def test_a_message_becomes_a_contact_of_the_number_that_it_was_sent_to(at: Layout) -> None:
    assert await answers(at, text(at, "Wo ist mein Paket?", To=GERMAN)) == []
    (envelope,) = await at.house.envelopes()
    assert (envelope.tenant, envelope.company) == ("demo", "acme")
    assert envelope.what == Arrived(
        channel=Channel.SMS,
        direction=Direction.INBOUND,
        dialed=GERMAN,
        caller=THEIRS,
        language="de",
        ready=True,
        message=Content(text="Wo ist mein Paket?"),
    )


async def test_each_message_has_ids_of_its_own_and_the_same_one_the_same(at: Layout) -> None:
    for number in (1, 2, 1):
        await answers(at, text(at, "Hello", number))
    first, second, again = await at.house.envelopes()
    assert first.contact_id != second.contact_id
    assert (first.contact_id, first.event_id) == (again.contact_id, again.event_id)


async def test_control_characters_are_taken_out_and_lines_stay(at: Layout) -> None:
    await answers(at, text(at, "one\r\ntwo\x00\x1b[31m\tthree"))
    (envelope,) = await at.house.envelopes()
    assert isinstance(envelope.what, Arrived)
    assert envelope.what.message == Content(text="one\ntwo[31m\tthree")


async def test_a_number_in_persian_digits_is_the_same_number(at: Layout) -> None:
    await answers(at, text(at, "سلام", From="+۱۴۱۵۵۵۵۲۶۷۱", To="+۴۹۳۰۹۰۱۸۲۰"))
    (envelope,) = await at.house.envelopes()
    assert isinstance(envelope.what, Arrived)
    assert (envelope.what.caller, envelope.what.dialed) == (THEIRS, GERMAN)


@pytest.mark.parametrize(
    "word",
    [
        "STOP",
        "stop",
        " Stop. ",
        "STOPALL",
        "Unsubscribe",
        "cancel",
        "END",
        "quit",
        "Revoke",
        "OPTOUT",
        "ARRET",
        "«stop»",
    ],
)
async def test_a_stop_word_alone_stops_messages_and_makes_no_contact(at: Layout, word: str) -> None:
    (answer,) = await answers(at, text(at, word))
    assert answer == "Acme Parts: you will get no more messages from this number. To get them again, send START."
    assert await has_stopped(at)
    assert not await has_stopped(at, GERMAN)
    assert await at.house.envelopes() == []


@pytest.mark.parametrize(
    "words", ["Stop sending me the wrong parts", "please stop", "the end", "cancel my order", "yes", "no stop", ""]
)
async def test_a_stop_word_among_others_is_a_message_like_any(at: Layout, words: str) -> None:
    assert await answers(at, text(at, words)) == []
    assert not await has_stopped(at)
    assert len(await at.house.envelopes()) == 1


@pytest.mark.parametrize("word", ["START", "unstop", "Start!"])
async def test_who_has_stopped_can_start_again(at: Layout, word: str) -> None:
    await answers(at, text(at, "STOP", 1))
    (answer,) = await answers(at, text(at, word, 2))
    assert answer.startswith("Acme Parts: you will get messages from this number again.")
    assert not await has_stopped(at)
    assert await at.house.envelopes() == []


async def test_a_stop_that_comes_again_after_a_start_does_not_stop(at: Layout) -> None:
    for number, word in ((1, "STOP"), (2, "START"), (1, "STOP")):
        await answers(at, text(at, word, number))
    assert not await has_stopped(at)


async def test_who_asks_for_help_is_told_who_writes(at: Layout) -> None:
    (answer,) = await answers(at, text(at, "help"))
    assert answer == "Acme Parts: people answer here. Write your question. To get no more messages, send STOP."
    assert await answers(at, text(at, "INFO", 2)) == [answer]
    assert not await has_stopped(at)
    assert await at.house.envelopes() == []


async def test_who_asks_for_help_after_a_stop_stays_stopped(at: Layout) -> None:
    await answers(at, text(at, "STOP", 1))
    await answers(at, text(at, "HELP", 2))
    assert await has_stopped(at)


async def test_the_answer_is_in_the_language_of_the_number(at: Layout) -> None:
    (answer,) = await answers(at, text(at, "Stop", To=GERMAN))
    assert answer.startswith("Acme Parts: Keine weiteren Nachrichten")
    assert await has_stopped(at, GERMAN)


async def test_where_the_carrier_has_answered_the_word_itself_nothing_more_is_said(at: Layout) -> None:
    assert await answers(at, text(at, "Schluss jetzt", OptOutType="STOP")) == []
    assert await has_stopped(at)
    assert await at.house.envelopes() == []


async def test_a_word_that_cannot_be_kept_is_not_answered_for(at: Layout) -> None:
    at.house.documents.away = True
    assert (await text(at, "STOP").send(at.client)).status_code == 503
    at.house.documents.away = False
    assert len(await answers(at, text(at, "STOP"))) == 1


async def test_neither_number_of_who_has_stopped_is_kept(at: Layout) -> None:
    await answers(at, text(at, "STOP"))
    (kept,) = await at.house.documents.find(OPT_OUTS, {})
    assert THEIRS[1:] not in str(kept)
    assert OURS[1:] not in str(kept)


async def test_until_the_plans_are_read_the_carrier_is_asked_to_come_again(at: Layout) -> None:
    known = at.house.part(Sms).incoming
    starting = replace(known, addresses=Addresses(), not_ready_because=lambda: "router.log is still being read")
    webhook = Webhook({}, {name: (value,) for name, value in text(at, "Hello").pairs})
    with pytest.raises(Unavailable):
        await starting.take(webhook)
    with pytest.raises(NotTaken):
        await replace(starting, not_ready_because=lambda: None).take(webhook)


def test_keywords_are_known_in_any_case_and_between_any_marks() -> None:
    assert keyword_in("\u200bsToP!?\n") is Keyword.STOP
    assert keyword_in("“info”") is Keyword.HELP
    assert keyword_in("arre\u0302t") is Keyword.STOP
    assert keyword_in("help me") is None
    assert keyword_in("") is None


async def test_a_status_that_nobody_waits_for_is_answered_and_changes_nothing(at: Layout) -> None:
    url = f"{at.url}/sms/status?send=unknown"
    fields = {"Body": "", "MessageStatus": "delivered", "ErrorCode": "x" * 50}
    answer = await sms(url, **fields).send(at.client)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await sms(url, MessageSid="SM1").send(at.client)).status_code == 400
    assert await at.house.envelopes() == []
