"""An agent's message reaches the customer once, or the agent is told why not, or that nobody knows."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.ingest.carriers.carrier import MessageState, Refused, Unavailable, Uncertain
from services.ingest.envelopes import Delivered, Failed
from services.ingest.sends import LEASE_MS
from services.ingest.sms import failures
from services.ingest.sms.keywords import Keyword
from services.shared.sqlite_document_store import SqliteDocumentStore
from tests.unit.ingest.sms.desk import OURS, THEIRS, Desk

HOUR_MS = 3_600_000


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    documents = await SqliteDocumentStore.open(tmp_path / "documents.sqlite")
    yield Desk(documents)
    await documents.close()


def only(desk: Desk) -> str:
    """The id of the one message that the carrier has."""
    (message_id,) = desk.carrier.messages
    return message_id


async def test_a_message_goes_out_and_its_delivery_is_told_once(desk: Desk) -> None:
    await desk.write()
    await desk.work()
    message, _ = desk.carrier.messages[only(desk)]
    assert (message.from_, message.to, message.text) == (OURS, THEIRS, "It is on its way.")
    assert await desk.told() == []
    await desk.report(only(desk), MessageState.UNDERWAY)
    await desk.report(only(desk), MessageState.DELIVERED)
    assert await desk.told() == [Delivered("o1")]


async def test_what_became_of_an_automatic_reply_is_told_as_that_of_one(desk: Desk) -> None:
    await desk.write(automatic=True)
    await desk.work()
    await desk.report(only(desk), MessageState.DELIVERED)
    await desk.write(id="o2", automatic=True)
    desk.carrier.messages.clear()
    await desk.stop_word()
    await desk.work()
    assert await desk.told() == [Delivered("o1", automatic=True), Failed("o2", failures.STOPPED, automatic=True)]


async def test_messages_of_one_contact_are_sent_in_the_order_in_which_they_were_written(desk: Desk) -> None:
    for text, contact_id in (("first", "c1"), ("second", "c1"), ("another's", "c2")):
        await desk.write(text, id=text, contact_id=contact_id)
        desk.clock.pass_ms(1)
    desk.carrier.holds = "first"
    process = desk.process()
    first, second, anothers = await process.sends.take_due(3)
    tasks = [asyncio.create_task(process.attempt(first))]
    await desk.carrier.is_holding.wait()
    tasks.append(asyncio.create_task(process.attempt(second)))
    # It takes as long as the second would, were that not waiting for the first.
    await process.attempt(anothers)
    desk.carrier.may_go.set()
    await asyncio.gather(*tasks)
    assert [message.text for message, _ in desk.carrier.messages.values()] == ["another's", "first", "second"]


async def test_the_same_message_is_taken_down_once(desk: Desk) -> None:
    for _ in range(3):
        await desk.write()
    await desk.work()
    await desk.write()
    await desk.work_for(HOUR_MS)
    assert len(desk.carrier.messages) == 1


@pytest.mark.parametrize(
    "order",
    [
        (MessageState.DELIVERED, MessageState.UNDERWAY),
        (MessageState.DELIVERED, MessageState.DELIVERED),
        (MessageState.UNDERWAY, MessageState.DELIVERED, MessageState.UNDERWAY, MessageState.DELIVERED),
        (MessageState.DELIVERED, MessageState.FAILED),
    ],
)
async def test_reports_doubled_and_out_of_order_tell_one_delivery(desk: Desk, order: tuple[MessageState, ...]) -> None:
    await desk.write()
    await desk.work()
    for state in order:
        await desk.report(only(desk), state)
    await desk.work_for(30 * HOUR_MS, HOUR_MS)
    assert await desk.told() == [Delivered("o1")]


async def test_a_failure_is_told_with_its_reason(desk: Desk) -> None:
    await desk.write()
    await desk.work()
    await desk.report(only(desk), MessageState.FAILED, 30003)
    await desk.report(only(desk), MessageState.DELIVERED)
    assert await desk.told() == [Failed("o1", "The customer's telephone can't be reached.")]


async def test_a_report_of_another_message_or_of_none_of_ours_changes_nothing(desk: Desk) -> None:
    await desk.write()
    await desk.work()
    message, sent = desk.carrier.messages[only(desk)]
    desk.carrier.messages[f"SM{9:032x}"] = (message, sent)
    await desk.report(f"SM{9:032x}", MessageState.DELIVERED)
    await desk.process().report("unknown", sent)
    assert await desk.told() == []


async def test_a_report_that_overtakes_the_carriers_answer_is_not_lost(desk: Desk) -> None:
    await desk.write()
    desk.carrier.loses_answers = True
    await desk.work()
    desk.carrier.loses_answers = False
    await desk.report(only(desk), MessageState.DELIVERED)
    await desk.work_for(HOUR_MS)
    assert await desk.told() == [Delivered("o1")]
    assert len(desk.carrier.messages) == 1


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (21610, failures.STOPPED),
        (21614, "The customer's number takes no messages: it is no mobile number."),
        (63038, "The message could not be delivered (the carrier's error 63038)."),
    ],
)
async def test_what_the_carrier_refuses_fails_with_a_sentence(desk: Desk, code: int, why: str) -> None:
    await desk.write()
    desk.carrier.fails = [Refused("no", code)]
    await desk.work()
    await desk.work_for(HOUR_MS)
    assert await desk.told() == [Failed("o1", why)]
    assert desk.carrier.messages == {}


async def test_a_message_waits_for_a_carrier_that_is_away(desk: Desk) -> None:
    await desk.write()
    desk.carrier.fails = [Unavailable("away")] * 3
    await desk.work_for(HOUR_MS)
    await desk.report(only(desk), MessageState.DELIVERED)
    assert await desk.told() == [Delivered("o1")]


async def test_a_message_that_waited_too_long_is_given_up(desk: Desk) -> None:
    await desk.write()
    desk.carrier.fails = [Unavailable("away")] * 1000
    await desk.work_for(6 * HOUR_MS)
    assert await desk.told() == [Failed("o1", failures.NOT_TAKEN)]
    assert desk.carrier.messages == {}


async def test_a_message_whose_answer_was_lost_is_found_at_the_carrier_and_not_repeated(desk: Desk) -> None:
    desk.carrier.loses_answers = True
    await desk.write()
    await desk.work()
    desk.carrier.loses_answers = False
    await desk.work_for(HOUR_MS)
    await desk.report(only(desk), MessageState.DELIVERED)
    assert await desk.told() == [Delivered("o1")]


async def test_a_message_that_nobody_can_find_is_said_to_be_uncertain_and_not_repeated(desk: Desk) -> None:
    await desk.write()
    desk.carrier.fails = [Uncertain("the answer was lost")]
    await desk.work()
    await desk.work_for(HOUR_MS)
    assert await desk.told() == [Failed("o1", failures.NOT_KNOWN)]
    assert desk.carrier.messages == {}


async def test_of_two_equal_messages_a_lost_one_does_not_take_the_others_place(desk: Desk) -> None:
    await desk.write(id="o1")
    await desk.work()
    desk.carrier.fails = [Uncertain("the answer was lost")]
    await desk.write(id="o2")
    await desk.work()
    await desk.work_for(HOUR_MS)
    await desk.report(only(desk), MessageState.DELIVERED)
    assert sorted(await desk.told(), key=str) == [Delivered("o1"), Failed("o2", failures.NOT_KNOWN)]


@pytest.mark.parametrize("lists_nothing", [False, True])
async def test_a_crash_while_the_carrier_was_asked_repeats_nothing(desk: Desk, *, lists_nothing: bool) -> None:
    await desk.write()
    desk.carrier.never_answers = True
    task = asyncio.create_task(desk.work(desk.process()))
    await desk.carrier.has_done.wait()
    task.cancel()
    await asyncio.wait([task])
    desk.carrier.never_answers, desk.carrier.lists_nothing = False, lists_nothing
    await desk.work_for(HOUR_MS)
    if not lists_nothing:
        await desk.report(only(desk), MessageState.DELIVERED)
    assert len(desk.carrier.messages) == 1
    assert await desk.told() == [Failed("o1", failures.NOT_KNOWN) if lists_nothing else Delivered("o1")]


async def test_a_report_that_was_lost_is_asked_for(desk: Desk) -> None:
    await desk.write()
    await desk.work()
    desk.carrier.becomes(only(desk), MessageState.DELIVERED)
    await desk.work_for(5 * LEASE_MS)
    assert await desk.told() == [Delivered("o1")]


async def test_a_carrier_that_never_says_what_became_of_a_message_is_asked_for_a_day(desk: Desk) -> None:
    await desk.write()
    await desk.work()
    await desk.work_for(23 * HOUR_MS, HOUR_MS)
    assert await desk.told() == []
    await desk.work_for(3 * HOUR_MS, HOUR_MS)
    assert await desk.told() == [Failed("o1", failures.NEVER_SAID)]


async def test_a_carrier_that_has_forgotten_a_message_leaves_it_uncertain(desk: Desk) -> None:
    await desk.write()
    await desk.work()
    desk.carrier.messages.clear()
    await desk.work_for(HOUR_MS)
    assert await desk.told() == [Failed("o1", failures.NEVER_SAID)]


async def test_who_asked_for_no_more_messages_gets_none_until_they_start_again(desk: Desk) -> None:
    await desk.stop_word()
    await desk.write()
    await desk.work()
    assert await desk.told() == [Failed("o1", failures.STOPPED)]
    assert desk.carrier.messages == {}
    await desk.opt_outs.note("demo", OURS, THEIRS, Keyword.START, "SM2")
    await desk.stop_word()
    await desk.write(id="o2")
    await desk.work()
    assert len(desk.carrier.messages) == 1


async def test_to_have_stopped_one_number_says_nothing_of_others(desk: Desk) -> None:
    await desk.stop_word()
    assert await desk.opt_outs.has_stopped("demo", OURS, THEIRS)
    assert not await desk.opt_outs.has_stopped("demo", "+4930901820", THEIRS)
    assert not await desk.opt_outs.has_stopped("demo", OURS, "+14155552672")
    assert not await desk.opt_outs.has_stopped("other", OURS, THEIRS)


@pytest.mark.parametrize(
    ("text", "to", "why"),
    [
        ("x" * 1601, THEIRS, failures.TOO_LONG),
        ("😤" * 801, THEIRS, failures.TOO_LONG),
        (" \n", THEIRS, failures.EMPTY),
        ("Hello", "", failures.NO_NUMBER),
        ("Hello", "DHL Express", failures.NO_NUMBER),
        ("Hello", "vera@customer.example", failures.NO_NUMBER),
    ],
)
async def test_what_can_never_arrive_is_not_sent(desk: Desk, text: str, to: str, why: str) -> None:
    await desk.write(text, to=to)
    await desk.work()
    assert await desk.told() == [Failed("o1", why)]
    assert desk.carrier.messages == {}


@pytest.mark.parametrize("text", ["x" * 1600, "😤" * 800])
async def test_1600_characters_are_sent(desk: Desk, text: str) -> None:
    await desk.write(text)
    await desk.work()
    assert [message.text for message, _ in desk.carrier.messages.values()] == [text]


async def test_what_became_of_a_message_is_told_after_the_log_was_away(desk: Desk) -> None:
    await desk.write()
    desk.carrier.fails = [Refused("no", 21614)]
    desk.inbound.away = True
    await desk.work()
    desk.inbound.away = False
    assert await desk.told() == []
    await desk.work_for(2 * LEASE_MS)
    assert await desk.told() == [Failed("o1", "The customer's number takes no messages: it is no mobile number.")]


async def test_what_was_said_is_forgotten_once_it_is_over(desk: Desk) -> None:
    await desk.write("a secret")
    await desk.work()
    await desk.report(only(desk), MessageState.DELIVERED)
    (kept,) = await desk.documents.find(desk.sends.collection, {})
    assert (kept["open"], kept["record"], kept["state"]) == (False, "", "delivered")


async def test_every_sentence_for_agents_ends_as_one(desk: Desk) -> None:
    sentences = [value for name, value in vars(failures).items() if name.isupper() and isinstance(value, str)]
    assert all(each.endswith(".") for each in [*sentences, failures.words(0), failures.words(21610)])
    assert len(sentences) >= 6
