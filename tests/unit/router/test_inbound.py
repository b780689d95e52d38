from typing import Any

import pytest

from services.plan.caller import CallerFacts, caller_hash
from services.plan.compiled import Attribute, CallerPrefix, Channel, Direction
from services.router.core.commands import (
    Arrive,
    ConnectCall,
    CustomerLeaves,
    CustomerWrites,
    Refine,
    ReturnCall,
    SettleReply,
)
from services.router.envelopes import (
    Arrived,
    CallAnswered,
    CallUnanswered,
    Changed,
    Envelope,
    Left,
    MessageAdded,
    Settled,
    What,
)
from services.router.inbound import AHEAD_MS_MAX, PARSED_WITHIN_MS, caller_facts, command_for
from tests.unit.router.core.builders import plan

KEY = b"k" * 32
APPENDED_AT_MS = 1_790_000_000_123
CUSTOMER = ("hash", ("list:vip",))
ATTRIBUTES = (Attribute("size", "XL"),)


def command(what: What) -> Any:
    return command_for(Envelope("e-1", "harbour", "acme", "c1", what), APPENDED_AT_MS, lambda caller: CUSTOMER)


def arrived(channel: Channel = Channel.WEB_CHAT, *, ready: bool = True, queue_at_ms: int = 0) -> Arrived:
    return Arrived(channel, Direction.INBOUND, "page", "kim", ("1",), "de", ATTRIBUTES, ready, "c0", queue_at_ms)


def test_an_arrival_becomes_a_command_without_the_caller() -> None:
    assert command(arrived()) == Arrive(
        contact_id="c1",
        company="acme",
        channel=Channel.WEB_CHAT,
        direction=Direction.INBOUND,
        dialed="page",
        caller_classes=("list:vip",),
        customer="hash",
        ivr_path=("1",),
        language="de",
        attributes=ATTRIBUTES,
        arrived_at_ms=APPENDED_AT_MS,
        previous_contact_id="c0",
        ready=True,
        queue_anyway_at_ms=0,
    )


@pytest.mark.parametrize(
    ("channel", "ready", "queue_anyway_at_ms"),
    [
        (Channel.EMAIL, False, APPENDED_AT_MS + PARSED_WITHIN_MS),
        (Channel.FAX, False, APPENDED_AT_MS + PARSED_WITHIN_MS),
        (Channel.LETTER, False, APPENDED_AT_MS + PARSED_WITHIN_MS),
        (Channel.EMAIL, True, 0),
        (Channel.VOICE, False, 0),
    ],
)
def test_only_what_is_still_being_read_is_queued_anyway(channel: Channel, ready: bool, queue_anyway_at_ms: int) -> None:
    assert command(arrived(channel, ready=ready)).queue_anyway_at_ms == queue_anyway_at_ms


def test_a_call_back_for_later_is_queued_at_its_time_but_not_in_a_year() -> None:
    at_ms = APPENDED_AT_MS + 3_600_000
    assert command(arrived(Channel.CALLBACK, ready=False, queue_at_ms=at_ms)).queue_anyway_at_ms == at_ms
    assert command(arrived(Channel.CALLBACK, ready=True, queue_at_ms=at_ms)).queue_anyway_at_ms == 0
    in_a_year = command(arrived(Channel.CALLBACK, ready=False, queue_at_ms=APPENDED_AT_MS + 31_536_000_000))
    assert in_a_year.queue_anyway_at_ms == APPENDED_AT_MS + AHEAD_MS_MAX


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (
            Changed(("3",), "en", ATTRIBUTES, ready=True, continues_contact_id="c0"),
            Refine("c1", ("3",), "en", ATTRIBUTES, "c0", ready=True),
        ),
        (MessageAdded("c2"), CustomerWrites("c1", "c2")),
        (Left(), CustomerLeaves("c1")),
        (Settled("o1", delivered=True), SettleReply("c1", "o1", delivered=True)),
        (CallAnswered("c1.2"), ConnectCall("c1", "c1.2")),
        (CallUnanswered("c1.2"), ReturnCall("c1", "c1.2")),
        (Settled("o1", delivered=False), SettleReply("c1", "o1", delivered=False)),
    ],
)
def test_everything_else_that_happens_has_its_command(what: What, expected: Any) -> None:
    assert command(what) == expected


def test_a_caller_becomes_a_hash_of_one_spelling_and_the_classes_of_the_plan() -> None:
    facts = CallerFacts(plan(caller_prefixes=(CallerPrefix("prefix:de", "+49"),)), b"", KEY)
    for spelling in ("+49 30 12345-67", "+49301234567"):
        expected = (caller_hash(KEY, "harbour", "+49301234567"), ("prefix:de",))
        assert caller_facts(KEY, "harbour", facts, spelling) == expected


def test_nobody_is_nobody_and_without_a_plan_there_are_no_classes() -> None:
    assert caller_facts(KEY, "harbour", None, "  ") == ("", ())
    customer, classes = caller_facts(KEY, "harbour", None, "+49301234567")
    assert (len(customer), classes) == (32, ())
