from typing import get_args

import pytest

from services.plan.compiled import Channel
from services.reporting import facts
from services.reporting.facts import ContactOutcome, OfferEnd, OfferReturned, Presence, PresenceChanged, place_of
from services.reporting.log_codec import UnreadableDecision, commit_of, name_of
from switchroom.v1 import events_pb2, log_pb2
from tests.unit.reporting.router_log import decided
from tests.unit.reporting.story import accepted, arrived, ended, offered, plan, queued, told


def test_the_facts_of_a_commit_come_back_in_order_with_tenant_and_time() -> None:
    story = told(
        (0, plan()),
        (1, arrived("c1", channel=Channel.WEB_CHAT)),
        (2, queued("c1")),
        (2, offered("c1")),
        (3, accepted("c1")),
        (4, OfferReturned("c1", "ann", OfferEnd.TIMED_OUT)),
        (5, PresenceChanged("ann", Presence.NOT_RESPONDING, "")),
        (9, ended("c1", ContactOutcome.ABANDONED)),
    ) + told((9, arrived("c2")), tenant="t2")
    assert commit_of(decided(story)).happened == tuple(story)


def test_events_of_kinds_that_nobody_knows_are_passed_over_and_counted() -> None:
    message = log_pb2.Decided(at_ms=7)
    events = message.commands.add(tenant="t1").events
    events.add()
    events.add().left_before_arrival.contact_id = "c1"
    commit = commit_of(message.SerializeToString(), offset=3)
    assert commit.at_ms == 7
    assert [(each.fact, each.place) for each in commit.happened] == [(facts.LeftBeforeArrival("c1"), place_of(3, 1))]
    assert facts.offset_of(commit.happened[0].place) == 3


def test_every_event_of_the_log_is_known_here() -> None:
    kinds = {field.name for field in events_pb2.Event.DESCRIPTOR.fields}
    assert {name_of(kind) for kind in get_args(facts.Fact)} == kinds


@pytest.mark.parametrize("content", [b"\xff", b"\x1a\x05\x2a\x03\x72\x01"])
def test_bytes_that_are_no_commit_are_refused(content: bytes) -> None:
    with pytest.raises(UnreadableDecision, match="run the version that wrote it"):
        commit_of(content)


def test_an_enum_value_of_a_newer_version_is_refused() -> None:
    message = log_pb2.Decided()
    event = message.commands.add(tenant="t1").events.add()
    event.contact_ended.contact_id = "c1"
    event.contact_ended.outcome = 99  # type: ignore[assignment]  # as a newer version would write it
    with pytest.raises(UnreadableDecision):
        commit_of(message.SerializeToString())


@pytest.mark.parametrize("kind", get_args(facts.Fact), ids=lambda kind: kind.__name__)
def test_every_fact_is_an_event_of_the_log(kind: type) -> None:
    assert kind.__name__ in events_pb2.DESCRIPTOR.message_types_by_name


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (facts.Presence, events_pb2.Presence),
        (facts.OfferEnd, events_pb2.OfferEnd),
        (facts.ContactOutcome, events_pb2.ContactOutcome),
    ],
)
def test_every_value_of_the_protos_has_a_word_here(
    ours: type[facts.Presence], theirs: type[events_pb2.Presence]
) -> None:
    words = {
        name.partition("_UNSPECIFIED")[0] for name in theirs.DESCRIPTOR.values_by_name if name.endswith("_UNSPECIFIED")
    }
    prefix = f"{words.pop()}_"
    assert {word.value for word in ours} | {"unspecified"} == {
        name.removeprefix(prefix).lower() for name in theirs.DESCRIPTOR.values_by_name
    }
