"""The borders of the definitions in docs/metrics.md, each from both sides."""

from typing import Any

import pytest

from services.plan.compiled import Channel
from services.reporting.facts import (
    CallConnected,
    ContactOutcome,
    ContactReturned,
    ContactTransferred,
    CustomerLeft,
    CustomerTold,
    Fact,
    ReplySettled,
    StepTaken,
)
from services.reporting.projections.counters import Tally
from tests.unit.reporting.story import accepted, arrived, ended, folded, offered, plan, queued, told, wrap_up

TARGET_MS = 20_000
SHORT_MS = 5_000
LIVE = [Channel.VOICE, Channel.CALLBACK, Channel.WEB_CHAT, Channel.SMS]
WRITTEN = [Channel.EMAIL, Channel.FAX, Channel.LETTER, Channel.WEB_FORM]
CALLS = [Channel.VOICE, Channel.CALLBACK]


def sales(channel: Channel, *facts: tuple[int, Fact]) -> Tally:
    """What is counted in the queue `sales` of a contact that is queued at once."""
    story = told((0, plan()), (0, arrived("c1", channel=channel)), (0, queued("c1")), *facts)
    return next(tally for where, tally in folded(*story).counters.by_place() if where.queue == "sales")


def counted(tally: Tally, *names: str) -> tuple[int, ...]:
    return tuple(tally.counts[name] for name in names)


def taken(at_ms: int) -> tuple[tuple[int, Fact], tuple[int, Fact]]:
    return (at_ms, offered("c1")), (at_ms, accepted("c1"))


def answer_of(channel: Channel, at_ms: int) -> tuple[tuple[int, Fact], ...]:
    if channel in CALLS:
        return (*taken(100), (at_ms, CallConnected("c1", "ann")))
    if channel in LIVE:
        return taken(at_ms)
    return (*taken(100), (at_ms, ReplySettled("c1", "o1", delivered=True)))


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize(("at_ms", "within"), [(TARGET_MS - 1, 1), (TARGET_MS, 1), (TARGET_MS + 1, 0)])
def test_within_the_target_is_up_to_the_target_itself(channel: Channel, at_ms: int, within: int) -> None:
    tally = sales(channel, *answer_of(channel, at_ms))
    assert counted(tally, "answered", "answered_within", "entered") == (1, within, 1)
    assert tally.spans["answered"].sum_ms == at_ms


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize(("at_ms", "short"), [(SHORT_MS - 1, 1), (SHORT_MS, 0)])
def test_short_is_less_than_five_seconds(channel: Channel, at_ms: int, short: int) -> None:
    tally = sales(channel, (at_ms, ended("c1", ContactOutcome.ABANDONED)))
    assert counted(tally, "abandoned", "short_abandoned", "answered") == (1, short, 0)


@pytest.mark.parametrize("channel", WRITTEN)
def test_what_is_written_is_answered_by_the_first_reply_that_arrives(channel: Channel) -> None:
    failed, arrives = ReplySettled("c1", "o1", delivered=False), ReplySettled("c1", "o2", delivered=True)
    tally = sales(channel, *taken(1), (50, failed), (70, arrives), (90, arrives), (99, ended("c1", agent="ann")))
    assert (tally.counts["answered"], tally.spans["answered"].sum_ms) == (1, 70)


@pytest.mark.parametrize("channel", WRITTEN)
def test_or_by_its_completion(channel: Channel) -> None:
    tally = sales(channel, *taken(1), (60, wrap_up("c1")), (99, ended("c1", agent="ann")))
    assert (tally.counts["answered"], tally.spans["answered"].sum_ms) == (1, 99)


@pytest.mark.parametrize(("channel", "how"), [(Channel.VOICE, "abandoned"), (Channel.CALLBACK, "not_reached")])
def test_a_customer_who_is_gone_before_the_connection_was_not_answered(channel: Channel, how: str) -> None:
    tally = sales(channel, *taken(1), (9_000, CustomerLeft("c1")), (9_000, wrap_up("c1")), (9_500, ended("c1")))
    assert counted(tally, how, "answered", "unanswered", "unmet", "handled") == (1, 0, 0, 1, 0)


@pytest.mark.parametrize("channel", CALLS)
def test_a_customer_who_hangs_up_after_the_connection_was_answered(channel: Channel) -> None:
    life = (*taken(1), (40, CallConnected("c1", "ann")), (90, CustomerLeft("c1")), (90, wrap_up("c1")))
    tally = sales(channel, *life, (100, ended("c1", agent="ann")))
    assert counted(tally, "answered", "abandoned", "not_reached", "handled", "unmet") == (1, 0, 0, 1, 0)
    assert (tally.spans["connecting"].sum_ms, tally.spans["handled"].sum_ms) == (39, 60)


@pytest.mark.parametrize("channel", CALLS)
def test_a_call_that_the_agent_ends_before_the_connection_is_unanswered(channel: Channel) -> None:
    tally = sales(channel, *taken(1), (40, wrap_up("c1")), (90, ended("c1", agent="ann")))
    assert counted(tally, "unanswered", "answered", "abandoned") == (1, 0, 0)


@pytest.mark.parametrize("channel", CALLS)
def test_a_telephone_that_is_not_answered_does_not_stop_the_clock(channel: Channel) -> None:
    back = (10_000, ContactReturned("c1", "ann"))
    tally = sales(channel, *taken(1), back, *taken(12_000), (15_000, CallConnected("c1", "ann")))
    assert counted(tally, "entered", "answered", "unmet") == (1, 1, 1)
    assert tally.spans["answered"].sum_ms == 15_000


@pytest.mark.parametrize("channel", [Channel.WEB_CHAT, Channel.SMS])
def test_a_conversation_that_is_taken_back_waits_anew(channel: Channel) -> None:
    tally = sales(channel, *taken(100), (10_000, ContactReturned("c1", "ann")), *taken(12_000))
    assert counted(tally, "entered", "answered") == (2, 2)
    assert tally.spans["answered"].sum_ms == 100 + 2_000


@pytest.mark.parametrize("channel", list(Channel))
def test_a_transfer_ends_a_wait_that_still_runs_and_begins_another(channel: Channel) -> None:
    moved: tuple[Any, ...] = ((500, ContactTransferred("c1", "ann", "help")), (500, queued("c1", "help")))
    tally = sales(channel, *taken(100), *moved)
    stopped = channel in {Channel.WEB_CHAT, Channel.SMS}
    assert counted(tally, "unanswered", "answered") == (0 if stopped else 1, 1 if stopped else 0)


@pytest.mark.parametrize("outcome", [ContactOutcome.CANCELLED, ContactOutcome.JOINED])
@pytest.mark.parametrize("channel", list(Channel))
def test_what_is_cancelled_or_joins_says_nothing_of_the_service(channel: Channel, outcome: ContactOutcome) -> None:
    tally = sales(channel, (500, ended("c1", outcome)))
    assert counted(tally, "unanswered", "answered", "abandoned", "short_abandoned") == (1, 0, 0, 0)


def expecting(*facts: tuple[int, Fact], queue: str = "sales") -> Tally:
    """What is counted of a contact of which half are expected to wait 5 s, and nine tenths 9 s."""
    begin = ((0, plan()), (0, arrived("c1")), (0, queued("c1", half_ms=5_000, most_ms=9_000)))
    places = folded(*told(*begin, *facts)).counters.by_place()
    return next(tally for where, tally in places if where.queue == queue)


EXPECTED = ("expected", "within_p50", "within_p90")


@pytest.mark.parametrize(
    ("at_ms", "counts"), [(5_000, (1, 1, 1)), (5_001, (1, 0, 1)), (9_000, (1, 0, 1)), (9_001, (1, 0, 0))]
)
def test_a_wait_is_within_what_was_expected_up_to_that_itself(at_ms: int, counts: tuple[int, ...]) -> None:
    assert counted(expecting(*taken(at_ms)), *EXPECTED) == counts


def test_of_a_wait_what_was_expected_first_counts_also_in_another_queue() -> None:
    moved = (1_000, queued("c1", "help", half_ms=1, most_ms=2))
    assert counted(expecting(moved, *taken(8_000), queue="help"), *EXPECTED) == (1, 0, 1)


def test_each_wait_counts_by_its_own_expectation() -> None:
    back = ((8_000, ContactTransferred("c1", "ann", "sales")), (8_000, queued("c1", half_ms=100, most_ms=200)))
    assert counted(expecting(*taken(7_000), *back, *taken(8_150)), *EXPECTED) == (2, 0, 2)


def test_where_nothing_was_expected_nothing_is_counted() -> None:
    assert counted(sales(Channel.WEB_FORM, *taken(1_000)), *EXPECTED) == (0, 0, 0)
    gone = expecting((1_000, ended("c1", ContactOutcome.ABANDONED)))
    assert counted(gone, *EXPECTED) == (0, 0, 0)


def test_steps_and_what_was_told_are_counted_and_a_diversion_is_an_end_of_its_own() -> None:
    step = (1_000, StepTaken("c1", 0, (), (), 0, "waited 1 s"))
    said = (1_000, CustomerTold("c1", 3, 60_000, 90_000, callback_offered=False))
    tally = sales(Channel.VOICE, step, said, (2_000, ended("c1", ContactOutcome.DIVERTED)))
    assert counted(tally, "step_taken", "told", "ended_diverted", "unanswered", "abandoned") == (1, 1, 1, 1, 0)
